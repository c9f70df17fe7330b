"""An engine that kills: once so many journal rows are durable, and before anything follows from them.

Its victims are itself (`engine`), the `supervisor`, `both`, or every `worker` that lives then. The moment is a number
of rows, or a file: then it is with the first rows that are durable when that exists.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from processes import supervisors, workers

from bunsui.local.home import Home
from bunsui.local.host import EngineHost


def host(victims: str, moment: str, reached: Callable[[], object] = lambda: None) -> type[EngineHost]:
    class DeadlyHost(EngineHost):
        def __init__(self, home: Home, *arguments: Any, **more: Any) -> None:
            super().__init__(home, *arguments, committed=_killer(home, victims, moment, reached), **more)

    return DeadlyHost


def _killer(home: Home, victims: str, moment: str, reached: Callable[[], object]) -> Callable[[int], None]:
    left = [moment]

    def committed(rows: int) -> None:
        if not left or not (rows >= int(moment) if moment.isdigit() else os.path.exists(moment)):
            return
        left.clear()
        reached()
        for find in {"worker": [workers], "supervisor": [supervisors], "both": [supervisors]}.get(victims, []):
            for pid in find(home):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if victims in ("engine", "both"):
            os.kill(os.getpid(), signal.SIGKILL)

    return committed
