"""An engine as a process of its own, for tests that kill it: HOME [KILL_AFTER_ROW].

With a row number the process kills itself once that many journal rows are durable, before anything follows from them.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from bunsui.local.home import open_home
from bunsui.local.host import EngineHost
from bunsui.settings import Settings


def main() -> None:
    home, kill_after = open_home(Path(sys.argv[1])), int(sys.argv[2]) if len(sys.argv) > 2 else 0

    def committed(rows: int) -> None:
        if kill_after and rows >= kill_after:
            os.kill(os.getpid(), signal.SIGKILL)

    EngineHost(home, Settings(home.path, "test", 4), committed=committed).run_until_idle()


if __name__ == "__main__":
    main()
