"""Log lines that the object store does not take, in files of the spool until it does: bounded, in order, tried again.

A file for each attempt: a first line that says where its chunks go, then the lines. What an earlier supervisor spilled
is taken over. A store that is slow is left alone for a while, like one that fails: every task waits for this process.
"""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

import orjson

from bunsui.local.supervisor.chunk_files import UNKNOWN, last_there, write_chunk
from bunsui.local.supervisor.loop import complain

MOST = 256 * 1024 * 1024  # bytes, of all attempts
_SUFFIX = ".lines"
_AGAIN = 0.5  # seconds until a store that took nothing is tried again; doubled each time
_LONGEST_PAUSE = 8.0
_SLOW = 1.0  # seconds that a write may take
_CHUNK = 1024 * 1024


@dataclass(slots=True)
class _File:
    path: Path
    size: int
    last: int  # number of the last chunk before it


class Spill:
    def __init__(self, folder: Path, objects: Path, most: int = MOST) -> None:
        self._folder = folder
        self._objects = objects
        self._most = most
        self._files: dict[str, _File] = {}  # by the prefix of their chunks
        self._size = 0
        self._retry_at = 0.0
        self._pause = _AGAIN
        self._last: dict[str, int] = {}  # of attempts that still run: the newest chunk that was written from here
        self._load()

    def _load(self) -> None:
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")) if self._folder.is_dir() else ():
            try:
                data = path.read_bytes()
                whole = data.rfind(b"\n") + 1  # a crash may have torn the last line
                head = orjson.loads(data[: data.index(b"\n")])
                os.truncate(path, whole)
                self._note(str(head["prefix"]), _File(path, whole, int(head["last"])))
            except (OSError, ValueError, KeyError, TypeError):  # a crash tore its first line: nothing else is in it
                path.unlink(missing_ok=True)

    def _note(self, prefix: str, file: _File) -> None:
        self._files[prefix] = file
        self._size += file.size

    def __contains__(self, prefix: str) -> bool:
        return prefix in self._files

    # The store

    def may_store(self) -> bool:
        """Whether the store is to be tried: not, if it failed or was slow a moment ago."""
        return time.monotonic() >= self._retry_at

    def store(self, prefix: str, last: int, body: bytes) -> int:
        """Write the chunk after number `last`; its number. Raises OSError."""
        began = time.monotonic()
        try:
            last = max(last, self._last.get(prefix, UNKNOWN))
            last = last_there(self._objects, prefix) if last == UNKNOWN else last
            write_chunk(self._objects, prefix, last, body)
        except OSError as error:
            self._failed(error)
            raise
        self._pause = _AGAIN
        took = time.monotonic() - began
        if took > _SLOW:
            self._retry_at = time.monotonic() + min(took * 4, _LONGEST_PAUSE)
        return last + 1

    def _failed(self, error: OSError) -> None:
        if self._pause == _AGAIN:
            complain(f"logs wait in the spool: {error}")
        self._retry_at = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)

    # What waits

    def add(self, prefix: str, last: int, body: bytes) -> bool:
        """Keep lines that follow chunk `last`; False if there is no room, or this disk does not take them either."""
        file = self._files.get(prefix)
        last = max(last, self._last.get(prefix, UNKNOWN))
        head = b"" if file else _head(prefix, last)
        if self._size + len(head) + len(body) > self._most:
            return False
        path = file.path if file else self._folder / (hashlib.sha256(prefix.encode()).hexdigest() + _SUFFIX)
        try:
            _append(path, file.size if file else 0, head + body)
        except OSError:
            return False
        if file is None:
            self._note(prefix, _File(path, len(head) + len(body), last))
        else:
            file.size += len(body)
            self._size += len(body)
        return True

    def next_due(self) -> float:
        return self._retry_at if self._files else float("inf")

    def drain(self, now: float) -> None:
        """Hand the store what waited longest, unless it is not to be tried yet."""
        if self._files and now >= self._retry_at:
            prefix, file = next(iter(self._files.items()))
            try:
                self._move(prefix, file)
            except OSError as error:
                self._failed(error)

    def _move(self, prefix: str, file: _File) -> None:
        """Done again after a crash, it writes the same chunks again: what number they begin with is on disk before."""
        if file.last == UNKNOWN:
            file.last = last_there(self._objects, prefix)
            _write_at(file.path, 0, _head(prefix, file.last))
        lines = file.path.read_bytes().partition(b"\n")[2]
        last, begin = file.last, 0
        while begin < len(lines):
            end = lines.find(b"\n", begin + _CHUNK) + 1 or len(lines)
            write_chunk(self._objects, prefix, last, lines[begin:end])
            last, begin = last + 1, end
        file.path.unlink()
        del self._files[prefix]
        self._size -= file.size
        self._last[prefix] = last
        self._pause = _AGAIN

    def forget(self, prefix: str) -> None:
        """Its attempt has no more lines."""
        self._last.pop(prefix, None)


def _head(prefix: str, last: int) -> bytes:
    """Always of the same length: the number may be written over."""
    return b'{"last":%8d,"prefix":%s}\n' % (last, orjson.dumps(prefix))


def _append(path: Path, size: int, data: bytes) -> None:
    """All of it or nothing: what a full disk cut off is taken away again."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        _write_at(path, size, data)
    except OSError:
        if path.exists():
            os.truncate(path, size)
        raise


def _write_at(path: Path, offset: int, data: bytes) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        done = 0
        while done < len(data):
            done += os.pwrite(descriptor, data[done:], offset + done)
    finally:
        os.close(descriptor)
