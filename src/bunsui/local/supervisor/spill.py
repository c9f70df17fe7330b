"""Log lines that the object store does not take, in files of the spool until it does: bounded, in order, tried again.

A file for each attempt: a first line that says where its chunks go, then the lines. What an earlier supervisor spilled
is taken over. A store that is slow, or hangs, is left alone for a while, like one that fails: every task waits for this
process.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson

from bunsui.local.supervisor.chunk_files import UNKNOWN, last_there, write_chunk
from bunsui.local.supervisor.hand import Hand
from bunsui.local.supervisor.loop import complain

MOST = 256 * 1024 * 1024  # bytes, of all attempts
_SUFFIX = ".lines"
_AGAIN = 0.5  # seconds until a store that took nothing is tried again; doubled each time
_LONGEST_PAUSE = 8.0
_SLOW = 1.0  # seconds that a write may take
_HUNG = 2.0  # seconds after which nobody waits for it any more
_CHUNK = 1024 * 1024


@dataclass(slots=True)
class _File:
    path: Path
    size: int
    last: int  # number of the last chunk before what is left of it
    begin: int  # where that begins


class Spill:
    def __init__(self, folder: Path, objects: Path, most: int = MOST) -> None:
        self._folder = folder
        self._objects = objects
        self._most = most
        self._files: dict[str, _File] = {}  # by the prefix of their chunks
        self._size = 0
        self._retry_at = 0.0
        self._pause = _AGAIN
        self._last: dict[str, int] = {}  # of attempts that still run: the newest chunk that is known of
        self._arrived: dict[str, bytes] = {}  # what hung, was not kept in a file, and is stored after all
        self._hand = Hand(_HUNG)
        self._load()

    def _load(self) -> None:
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")) if self._folder.is_dir() else ():
            try:
                data = path.read_bytes()
                whole = data.rfind(b"\n") + 1  # a crash may have torn the last line
                length = data.index(b"\n") + 1
                head = orjson.loads(data[:length])
                os.truncate(path, whole)
                self._note(str(head["prefix"]), _File(path, whole, int(head["last"]), length + int(head["skip"])))
            except (OSError, ValueError, KeyError, TypeError):  # a crash tore its first line: nothing else is in it
                path.unlink(missing_ok=True)

    def _note(self, prefix: str, file: _File) -> None:
        self._files[prefix] = file
        self._size += file.size

    def __contains__(self, prefix: str) -> bool:
        return prefix in self._files

    # The store

    def may_store(self) -> bool:
        """Whether the store is to be tried: not, if it failed, was slow or hung a moment ago."""
        return time.monotonic() >= self._retry_at and not self._hand.busy

    def store(self, prefix: str, last: int, body: bytes) -> int:
        """Write the chunk after number `last`; its number. Raises OSError.

        The body begins with what was given before, if that hung and was kept nowhere.
        """
        began = time.monotonic()
        try:
            last = self._known(prefix, max(last, self._last.get(prefix, UNKNOWN)))
            rest = body.removeprefix(self._arrived.get(prefix, b""))
            number = self._written(prefix, last, rest, lambda n: self._came(prefix, n, rest, body))
        except OSError as error:
            self._failed(error)
            raise
        self._arrived.pop(prefix, None)
        self._pause = _AGAIN
        took = time.monotonic() - began
        if took > _SLOW:
            self._retry_at = time.monotonic() + min(took * 4, _LONGEST_PAUSE)
        return number

    def _known(self, prefix: str, last: int) -> int:
        if last != UNKNOWN:
            return last
        found = self._hand.do(lambda: last_there(self._objects, prefix), lambda number: None)
        self._last[prefix] = found
        return found

    def _written(self, prefix: str, last: int, body: bytes, late: Callable[[int], None]) -> int:
        if not body:
            return last

        def write() -> int:
            write_chunk(self._objects, prefix, last, body)
            return last + 1

        return self._hand.do(write, late)

    def _came(self, prefix: str, number: int, written: bytes, body: bytes) -> None:
        """What hung is there after all: its file begins with it, or else what its attempt will hand over again."""
        self._last[prefix] = number
        file = self._files.get(prefix)
        if file is None:
            self._arrived[prefix] = body
        else:
            self._advance(prefix, file, number, len(written))

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
        body = body.removeprefix(self._arrived.get(prefix, b""))
        head = b"" if file or not body else _head(prefix, last, 0)
        if self._size + len(head) + len(body) > self._most:
            return False
        path = file.path if file else self._folder / (hashlib.sha256(prefix.encode()).hexdigest() + _SUFFIX)
        try:
            if body:
                _append(path, file.size if file else 0, head + body)
        except OSError:
            return False
        self._arrived.pop(prefix, None)
        if file is None and body:
            self._note(prefix, _File(path, len(head) + len(body), last, len(head)))
        elif file:
            file.size += len(body)
            self._size += len(body)
        return True

    def next_due(self) -> float:
        return self._retry_at if self._files else float("inf")

    def drain(self, now: float) -> None:
        """Hand the store what waited longest, unless it is not to be tried yet."""
        if not self._hand.busy and self._files and now >= self._retry_at:
            prefix, file = next(iter(self._files.items()))
            try:
                self._move(prefix, file)
            except OSError as error:
                self._failed(error)

    def _move(self, prefix: str, file: _File) -> None:
        """Done again after a crash, it writes the same chunks again: what number they begin with is on disk before."""
        if file.last == UNKNOWN:
            self._number(prefix, file, self._known(prefix, UNKNOWN))
        while file.begin < file.size:
            lines = _lines_at(file)

            def arrived(number: int, length: int = len(lines)) -> None:
                self._advance(prefix, file, number, length)

            arrived(self._written(prefix, file.last, lines, arrived))
        self._pause = _AGAIN

    def _number(self, prefix: str, file: _File, last: int) -> None:
        file.last = last
        _write_at(file.path, 0, _head(prefix, last, file.begin - len(_head(prefix, last, 0))))

    def _advance(self, prefix: str, file: _File, number: int, length: int) -> None:
        """So many bytes of it are stored, as the chunk of this number."""
        file.begin += length
        self._last[prefix] = number
        if file.begin < file.size:
            self._number(prefix, file, number)
            return
        file.path.unlink()
        del self._files[prefix]
        self._size -= file.size

    def forget(self, prefix: str) -> None:
        """Its attempt has no more lines."""
        self._last.pop(prefix, None)
        self._arrived.pop(prefix, None)


def _head(prefix: str, last: int, skip: int) -> bytes:
    """Always of the same length: the numbers may be written over. `skip` bytes behind it are stored already."""
    return b'{"last":%8d,"skip":%12d,"prefix":%s}\n' % (last, skip, orjson.dumps(prefix))


def _lines_at(file: _File) -> bytes:
    """Whole lines, a chunk of them, where the rest of it begins."""
    with file.path.open("rb") as opened:
        opened.seek(file.begin)
        data = opened.read(_CHUNK)
        if data.endswith(b"\n") or file.begin + len(data) >= file.size:
            return data
        return data + opened.readline()


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
