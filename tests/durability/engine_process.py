"""An engine as a process of its own, for tests that kill: HOME [ROW [VICTIMS]].

Once that many journal rows are durable, and before anything follows from them, it kills the victims: itself (`engine`,
the default), its `supervisor`, or `both`.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from bunsui.local.home import Home, open_home
from bunsui.local.host import EngineHost
from bunsui.settings import Settings


def supervisors(home: Home) -> list[int]:
    wanted = [b"bunsui.local.supervisor", os.fsencode(home.path)]
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            words = Path("/proc", entry, "cmdline").read_bytes().split(b"\0")
            found += [int(entry)] if all(word in words for word in wanted) else []
    return found


def main() -> None:
    home, *arguments = open_home(Path(sys.argv[1])), *sys.argv[2:]
    row = int(arguments[0]) if arguments else 0
    victims = arguments[1] if len(arguments) > 1 else "engine"
    killed = False

    def committed(rows: int) -> None:
        nonlocal killed
        if not row or rows < row or killed:
            return
        killed = True
        if victims != "engine":
            for pid in supervisors(home):
                os.kill(pid, signal.SIGKILL)
        if victims != "supervisor":
            os.kill(os.getpid(), signal.SIGKILL)

    EngineHost(home, Settings(home.path, "test", 4), committed=committed).run_until_idle()


if __name__ == "__main__":
    main()
