"""A real supervisor on a home of its own, an engine's end of it, and a folder of handlers: what these tests share."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bunsui.local.home import open_home
from bunsui.local.launch import Launch, Lost, Outcome, Report
from bunsui.local.supervisor.client import SupervisorClient

HANDLERS = Path(__file__).parent / "handlers"
PATIENCE = 30.0


class Rig:
    def __init__(self, home: Path, workers: int = 2, linger: float = 0.5) -> None:
        self.home = open_home(home)
        self.workers = workers
        self.linger = linger
        self.reports: list[Report] = []
        self.changed = threading.Condition()
        self.client = self.new_client()
        self.known: frozenset[str] = frozenset()

    def new_client(self) -> SupervisorClient:
        return SupervisorClient(self.home.path, self.home.socket("supervisor.sock"), self.workers, self.linger)

    def start(self) -> Rig:
        self.known = self.client.start(self.deliver)
        return self

    def deliver(self, report: Report) -> None:
        with self.changed:
            self.reports.append(report)
            self.changed.notify_all()

    def wait(self, found: Callable[[], Any], what: str = "") -> Any:
        """Until `found` is true of the reports."""
        with self.changed:
            assert self.changed.wait_for(found, PATIENCE), f"waited in vain: {what} {self.reports}"
            return found()

    def outcome(self, id: str) -> Outcome:
        found = self.wait(lambda: [r for r in self.reports if isinstance(r, Outcome) and r.id == id], id)
        return found[0]

    def outcomes(self, id: str) -> list[Outcome]:
        return [r for r in self.reports if isinstance(r, Outcome) and r.id == id]

    def wait_lost(self) -> None:
        self.wait(lambda: any(isinstance(r, Lost) for r in self.reports), "Lost")

    def run(self, handler: str, event: Any = None, **more: Any) -> Outcome:
        launch = function(handler, event, **more)
        self.client.launch([launch])
        return self.outcome(launch.id)

    def run_command(self, *argv: str, **more: Any) -> Outcome:
        launch = command(*argv, **more)
        self.client.launch([launch])
        return self.outcome(launch.id)

    def lines(self, attempt: str = "1.0.0", operation: str = "op") -> list[dict[str, Any]]:
        folder = self.home.objects / "logs" / "s" / operation / attempt
        return [json.loads(line) for chunk in sorted(folder.glob("*.jsonl")) for line in chunk.open(encoding="utf-8")]

    def messages(self, stream: str | None = None, attempt: str = "1.0.0") -> list[str]:
        return [line["message"] for line in self.lines(attempt) if stream in (None, line["stream"])]

    def eventually(self, true: Callable[[], Any], what: str = "") -> Any:
        """For what no report tells of: files and processes."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            value = true()
            if value:
                return value
            time.sleep(0.01)
        raise AssertionError(f"waited in vain: {what}")

    def supervisor_pid(self) -> int:
        wanted = str(self.home.path)
        for entry in os.listdir("/proc"):
            words = cmdline(entry)
            if "bunsui.local.supervisor" in words and wanted in words:
                return int(entry)
        return 0

    def close(self) -> None:
        self.client.stop()


_ids = iter(range(1, 1_000_000))


def context(key: str = "s/op/-/0", attempt: str = "1.0.0", operation: str = "op", **more: Any) -> dict[str, Any]:
    base = {"session": "s", "operation": operation, "item": None, "generation": 0, "attempt": attempt, "key": key}
    return {**base, "inline": [], "cap": 32768, **more}


def function(handler: str, event: Any = None, id: str = "", **more: Any) -> Launch:
    more.setdefault("context", context())
    more.setdefault("folder", str(HANDLERS))
    more.setdefault("python", sys.executable)
    return Launch(
        id=id or f"s-1/{next(_ids)}",
        kind=more.pop("kind", "function"),
        event={} if event is None else event,
        handler=handler,
        code=more.pop("code", str(HANDLERS)),
        path=os.environ["PATH"],
        **more,
    )


def command(*argv: str, id: str = "", event: Any = None, **more: Any) -> Launch:
    more.setdefault("context", context())
    more.setdefault("folder", str(HANDLERS))
    more.setdefault("path", os.environ["PATH"])
    return Launch(id=id or f"s-1/{next(_ids)}", kind="command", event={} if event is None else event, argv=argv, **more)


def cause(outcome: Outcome) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(outcome.cause or "{}")
    return parsed


def cmdline(pid: int | str) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def is_alive(pid: int) -> bool:
    """A zombie that nobody has reaped counts as dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
