"""Which process a number meant: start time and boot tell it from a later one with the same number.

Records lie in ``run/tasks/``, so that a new supervisor can end what its predecessor left, and nothing else.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import orjson

MARK = "BUNSUI_SUPERVISOR"  # environment of every task: which supervisor started it


def boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return _output("sysctl", "-n", "kern.boottime")


def start_time(pid: int) -> str:
    """Empty when there is no such process."""
    if not sys.platform.startswith("linux"):
        return _output("ps", "-o", "lstart=", "-p", str(pid))
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603


class Records:
    """One small file a process group that this supervisor started."""

    def __init__(self, folder: Path, mark: str) -> None:
        self._folder = folder
        self._mark = mark
        self._boot = boot_id()
        folder.mkdir(mode=0o700, exist_ok=True)

    def add(self, pid: int) -> None:
        body = orjson.dumps({"pid": pid, "start": start_time(pid), "boot": self._boot, "mark": self._mark})
        try:
            (self._folder / str(pid)).write_bytes(body)
        except OSError:
            return  # a full disk: the group still ends with this supervisor in all but the rarest case

    def remove(self, pid: int) -> None:
        (self._folder / str(pid)).unlink(missing_ok=True)

    def end_leftovers(self) -> None:
        """Kill what an earlier supervisor of this home started and what still lives."""
        marks: set[str] = set()
        for path in list(self._folder.iterdir()):
            try:
                record = orjson.loads(path.read_bytes())
            except (OSError, ValueError):
                record = {}
            if record.get("boot") == self._boot:
                marks.add(f"{MARK}={record['mark']}")
                if start_time(record["pid"]) == record["start"]:
                    kill_group(record["pid"])
            path.unlink(missing_ok=True)
        kill_marked(marks)


def kill_marked(settings: set[str]) -> None:
    """Kill whoever has one of these in its environment: groups without a leader, children that nobody recorded."""
    wanted = {setting.encode() for setting in settings}
    for entry in os.listdir("/proc") if wanted and sys.platform.startswith("linux") else ():
        try:
            if entry.isdigit() and wanted & set(Path(f"/proc/{entry}/environ").read_bytes().split(b"\0")):
                os.kill(int(entry), signal.SIGKILL)
        except OSError:
            continue  # another user's, or gone


def kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
