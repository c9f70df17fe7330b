"""Which launches began, in a file that outlives the supervisor: one that begins again after a kill says so in its log.

What has an outcome is not launched again; outcomes are in `spool`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_CAP = 256 * 1024  # bytes, from which on only what runs is kept


class Begun:
    """Hints, not facts that anything is decided by: nothing is synced, and a disk that takes nothing is let be."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._before = _read(path)
        self._size = sum(len(id) + 1 for id in self._before)

    def note(self, id: str, running: Iterable[str]) -> bool:
        """It begins now, beside those that run. Whether it had begun under an earlier supervisor."""
        ids = [id]
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        if self._size > _CAP:
            ids, flags, self._size = [*running, id], flags | os.O_TRUNC, 0
        self._size += sum(len(each) + 1 for each in ids)
        _write(self._path, flags, "".join(f"{each}\n" for each in ids).encode())
        return id in self._before


def _read(path: Path) -> frozenset[str]:
    try:
        return frozenset(path.read_text(encoding="utf-8", errors="replace").splitlines())
    except OSError:
        return frozenset()


def _write(path: Path, flags: int, body: bytes) -> None:
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError:
        return
    try:
        os.write(descriptor, body)
    except OSError:
        return
    finally:
        os.close(descriptor)
