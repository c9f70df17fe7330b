"""The command line, with an engine that kills: VICTIMS ROW|FILE COMMAND...

Once its engine made so many journal rows durable, and before anything follows from them, it kills the victims: itself
(`engine`), the `supervisor`, `both`, or every `worker` that lives then. A file instead of a row: with the first rows
that are durable when that file exists.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from processes import supervisors, workers

from bunsui import backend
from bunsui.cli.main import main
from bunsui.local.home import Home
from bunsui.local.host import EngineHost


def killer(home: Home, victims: str, moment: str) -> Callable[[int], None]:
    left = [moment]

    def committed(rows: int) -> None:
        if not left or not (rows >= int(moment) if moment.isdigit() else os.path.exists(moment)):
            return
        left.clear()
        for pid in {"worker": workers, "engine": lambda home: []}.get(victims, supervisors)(home):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if victims in ("engine", "both"):
            os.kill(os.getpid(), signal.SIGKILL)

    return committed


class DeadlyHost(EngineHost):
    victims, moment = sys.argv[1:3]

    def __init__(self, home: Home, *arguments: Any, **more: Any) -> None:
        super().__init__(home, *arguments, committed=killer(home, self.victims, self.moment), **more)


if __name__ == "__main__":
    backend.EngineHost = DeadlyHost  # type: ignore[misc]
    sys.argv = ["bunsui", *sys.argv[3:]]
    sys.exit(main())
