"""Where a whole life happens: a home on this machine, or an environment on AWS as MiniStack has it."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from e2e.whole_life import Life

_PATIENCE = 60


@dataclass
class Laptop:
    """A home that is not there yet."""

    home: Path

    @property
    def environ(self) -> dict[str, str]:
        return {"BUNSUI_HOME": str(self.home), "BUNSUI_CONTEXT": "local"}

    def deploy(self, life: Life, *files: str) -> None:
        """What is in the files is what runs."""

    def destroy(self, life: Life) -> None:
        """Who is done with a home removes it; nothing runs that keeps it open."""
        deadline = time.monotonic() + _PATIENCE
        while left := self._processes():
            assert time.monotonic() < deadline, left
            time.sleep(0.1)
        shutil.rmtree(self.home)

    def _processes(self) -> list[str]:
        named = f"BUNSUI_HOME={self.home}".encode()
        return [one.parent.name for one in Path("/proc").glob("[0-9]*/environ") if named in _read(one).split(b"\0")]


def _read(path: Path) -> bytes:
    """Of a process that may have ended, or be somebody else's."""
    try:
        return path.read_bytes() if path.parent.name != str(os.getpid()) else b""
    except OSError:
        return b""
