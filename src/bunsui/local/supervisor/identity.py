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
    if sys.platform.startswith("linux"):
        fields = _stat(pid)
        return fields[19] if fields else ""
    return _output("ps", "-o", "lstart=", "-p", str(pid))


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on: 2 is the group, 19 the start time."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


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
        for path in list(self._folder.iterdir()):
            try:
                record = orjson.loads(path.read_bytes())
            except (OSError, ValueError):
                record = {}
            if record.get("boot") == self._boot:
                _end(int(record["pid"]), str(record["start"]), str(record["mark"]))
            path.unlink(missing_ok=True)


def _end(pid: int, start: str, mark: str) -> None:
    now = start_time(pid)
    if now and now == start:
        kill_group(pid)
    elif not now:
        _end_orphans(pid, mark)


def _end_orphans(group: int, mark: str) -> None:
    """The leader is gone: members of its group are ours only if their environment says so."""
    wanted = f"{MARK}={mark}".encode()
    for entry in os.listdir("/proc") if sys.platform.startswith("linux") else ():
        if not entry.isdigit() or _stat(int(entry))[2:3] != [str(group)]:
            continue
        try:
            if wanted in Path(f"/proc/{entry}/environ").read_bytes().split(b"\0"):
                os.kill(int(entry), signal.SIGKILL)
        except OSError:
            continue


def kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
