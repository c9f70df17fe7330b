"""Finding, starting and waiting for the processes of a home: nothing here knows what they run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from bunsui.local.home import Home

T = TypeVar("T")
PATIENCE = 60.0
DEADLY = Path(__file__).with_name("deadly_cli.py")


def until(holds: Callable[[], T], what: str, patience: float = PATIENCE) -> T:
    """What `holds` gives once it is true."""
    deadline = time.monotonic() + patience
    while not (found := holds()):
        assert time.monotonic() < deadline, f"{what}: it did not happen in {patience:.0f} seconds"
        time.sleep(0.02)
    return found


def processes() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def words(pid: int) -> list[bytes]:
    with suppress(OSError):
        return Path("/proc", str(pid), "cmdline").read_bytes().split(b"\0")
    return []


def supervisors(home: Home) -> list[int]:
    wanted = [b"bunsui.local.supervisor", os.fsencode(home.path)]
    return [pid for pid in processes() if all(word in words(pid) for word in wanted)]


def workers(home: Home) -> list[int]:
    start = os.fsencode(home.run / "runtime")
    return [pid for pid in processes() if any(word.startswith(start) for word in words(pid))]


def engines(home: Home) -> list[int]:
    """Background engines."""
    found = [pid for pid in processes() if words(pid)[1:4] == [b"-m", b"bunsui", b"engine"]]
    return [pid for pid in found if in_environment(pid, f"BUNSUI_HOME={home.path}")]


def in_environment(pid: int, setting: str) -> bool:
    with suppress(OSError):
        return setting.encode() in Path("/proc", str(pid), "environ").read_bytes().split(b"\0")
    return False


def tasks(home: Home) -> list[int]:
    """Processes that a task of this home started, however deep, and workers."""
    with suppress(OSError):
        mark = f"BUNSUI_OBJECTS={home.objects}"
        return sorted({*workers(home), *(pid for pid in processes() if in_environment(pid, mark))})
    return []


def bunsui(
    folder: Path, *arguments: str, deadly: tuple[str, int | str] | None = None, **more: Any
) -> subprocess.Popen[str]:
    """The program, in its own session: a signal for it is for it alone."""
    program = ["-m", "bunsui"] if deadly is None else [str(DEADLY), deadly[0], str(deadly[1])]
    more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    return subprocess.Popen(
        [sys.executable, *program, *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        **more,
    )


def finished(process: subprocess.Popen[str], patience: float = PATIENCE) -> tuple[int, str, str]:
    try:
        out, err = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        raise AssertionError(f"{process.args} never ended: {process.communicate()}") from None
    return process.returncode, out, err
