"""Outcomes and saved positions on disk until the engine's journal has them.

Outcomes are appended to numbered segments, a line with its checksum each: making a file for each of them would wait
for the disk's journal. A line that a crash tore is no outcome. Positions have a file each.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from bunsui.local.launch import Saved
from bunsui.local.supervisor.messages import report_from, report_line

SEGMENT = 1024 * 1024
_OUTCOMES = ".outcomes"
_SAVED = ".saved"
_ASIDE = ".new"


class Spool:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines: dict[str, bytes] = {}  # outcomes that are not acknowledged, by id, as report lines
        self._segment_of: dict[str, str] = {}
        self._left: dict[str, int] = {}  # segment -> outcomes in it that are not acknowledged
        self._saved: dict[str, Saved] = {}  # by idempotency key
        self._saver: dict[str, str] = {}  # id -> key
        self._open = _Segment(folder, self._load() + 1)

    def _load(self) -> int:
        """What an earlier supervisor left; the highest number of its segments."""
        for name in sorted(os.listdir(self._folder)):
            if name.endswith(_ASIDE):
                self._remove(name)
            elif name.endswith(_SAVED):
                self._load_saved(name)
            elif name.endswith(_OUTCOMES):
                self._load_segment(name)
        for name in [name for name, left in self._left.items() if not left]:
            self._remove(name)
        return max((int(name.partition(".")[0]) for name in self._left), default=0)

    def _load_segment(self, name: str) -> None:
        self._left[name] = 0
        for line in _whole_lines((self._folder / name).read_bytes()):
            tag, content = orjson.loads(line)
            if tag == "outcome":
                self._keep(name, {content["id"]: line})
            else:
                self._drop(content)

    def _load_saved(self, name: str) -> None:
        for line in _whole_lines((self._folder / name).read_bytes()):
            saved = report_from(orjson.loads(line))
            if isinstance(saved, Saved):
                self._note(saved)

    def reports(self) -> list[bytes]:
        """All that is kept, as report lines: positions, then outcomes."""
        return [*(report_line(saved) for saved in self._saved.values()), *self._lines.values()]

    def ids(self) -> list[str]:
        return list(self._lines)

    def __contains__(self, id: str) -> bool:
        return id in self._lines

    def position(self, key: str) -> Saved | None:
        return self._saved.get(key)

    # Recording

    def add(self, outcomes: dict[str, bytes]) -> None:
        """Record report lines by id, all or none. Raises OSError."""
        if self._open.size >= SEGMENT:
            self._open.close()
            self._open = _Segment(self._folder, self._open.number + 1)
        self._open.append(outcomes.values())
        self._left.setdefault(self._open.name, 0)
        self._keep(self._open.name, outcomes)

    def save(self, saved: Saved) -> None:
        """Durable when it returns, power cuts included. Raises OSError."""
        path = os.path.join(self._folder, _saved_name(saved.key))
        descriptor = os.open(path + _ASIDE, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        try:
            _write_whole(descriptor, _checked(report_line(saved)))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(path + _ASIDE, path)
        _sync_folder(self._folder)
        self._note(saved)

    def _keep(self, segment: str, outcomes: dict[str, bytes]) -> None:
        self._lines.update(outcomes)
        self._segment_of.update(dict.fromkeys(outcomes, segment))
        self._left[segment] += len(outcomes)

    def _note(self, saved: Saved) -> None:
        self._saved[saved.key] = saved
        self._saver[saved.id] = saved.key

    # Forgetting

    def forget(self, ids: Iterable[str]) -> None:
        """The engine has them."""
        known = [id for id in ids if id in self._lines or id in self._saver]
        for segment in self._drop(known):
            if not self._left[segment] and segment != self._open.name:
                self._remove(segment)
        for id in known:
            self._forget_saved(id)
        if known:
            self._open.try_append([orjson.dumps(["forgotten", known])])

    def _drop(self, ids: Iterable[str]) -> set[str]:
        """The segments that they were in."""
        touched = set()
        for id in ids:
            if self._lines.pop(id, None) is not None:
                segment = self._segment_of.pop(id)
                self._left[segment] -= 1
                touched.add(segment)
        return touched

    def _forget_saved(self, id: str) -> None:
        key = self._saver.pop(id, None)
        if key is not None and self._saved[key].id == id:
            del self._saved[key]
            self._remove(_saved_name(key))

    @property
    def is_tidy(self) -> bool:
        return bool(self._lines) or not self._open.size

    def tidy(self) -> None:
        """In a quiet moment: nothing is kept, so no file need be."""
        if not self.is_tidy:
            self._open.close()
            self._remove(self._open.name)
            self._open = _Segment(self._folder, self._open.number + 1)

    def _remove(self, name: str) -> None:
        self._left.pop(name, None)
        (self._folder / name).unlink(missing_ok=True)


class _Segment:
    """A file that only grows, made when there is something to write."""

    def __init__(self, folder: Path, number: int) -> None:
        self.number = number
        self.name = f"{number:012d}{_OUTCOMES}"
        self.size = 0
        self._path = os.path.join(folder, self.name)
        self._descriptor = -1
        self._lead = b""

    def append(self, lines: Iterable[bytes]) -> None:
        """All or none. Raises OSError."""
        body = self._lead + b"".join(_checked(line) for line in lines)
        if self._descriptor < 0:
            flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
            self._descriptor = os.open(self._path, flags, 0o600)
        try:
            _write_whole(self._descriptor, body)
        except OSError:
            self._lead = b"\n"  # so that a torn line, if it cannot be cut off, spoils no other
            os.ftruncate(self._descriptor, self.size)
            raise
        self._lead = b""
        self.size += len(body)

    def try_append(self, lines: Iterable[bytes]) -> None:
        """For what may be lost: an outcome is delivered twice then, and ignored."""
        try:
            self.append(lines)
        except OSError:
            return

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _checked(line: bytes) -> bytes:
    return b"%08x %s\n" % (zlib.crc32(line), line)


def _whole_lines(body: bytes) -> Iterator[bytes]:
    for checked in body.split(b"\n"):
        digits, _, line = checked.partition(b" ")
        if digits == b"%08x" % zlib.crc32(line) and line:
            yield line


def _write_whole(descriptor: int, body: bytes) -> None:
    view: Any = memoryview(body)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _saved_name(key: str) -> str:
    import hashlib  # not at the start: most pipelines save nothing

    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:40] + _SAVED
