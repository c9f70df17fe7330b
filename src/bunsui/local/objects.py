"""The port ObjectStore on a folder: whole files, written aside, synced, then named. S3's is in `aws`."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from io import RawIOBase
from itertools import count
from pathlib import Path

from bunsui.errors import InvalidInput, NotFound
from bunsui.local import database
from bunsui.ports import checked_key

_ASIDE = ".aside"  # files being written; on the same file system, so that renaming is atomic
_MOST_TRIES = 5
_MOST_SYNCED = 10_000


class FolderObjectStore:
    """Safe to use from several threads and several processes."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._numbers = count()
        self._synced: set[Path] = set()  # folders whose own names last

    def put(self, key: str, body: bytes) -> None:
        path = self._path(key)
        with database.translated(path):
            aside = self._write_aside(body)
            self._place(path, lambda: os.replace(aside, path))
            self._sync(path.parent)

    def put_if_absent(self, key: str, body: bytes, *, lasting: bool = True) -> bool:
        path = self._path(key)
        if os.path.exists(path):
            return False
        with database.translated(path):
            aside = self._write_aside(body, lasting=lasting)
            try:
                self._place(path, lambda: os.link(aside, path))  # fails if the name is taken, unlike a rename
            except FileExistsError:
                return False
            finally:
                os.unlink(aside)
            if lasting:
                self._sync(path.parent)
        return True

    def get(self, key: str, offset: int = 0, size: int | None = None) -> bytes:
        path = self._path(key)
        try:
            with open(path, "rb") as file:
                file.seek(offset)
                return file.read(-1 if size is None else size)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise NotFound(f"there is no object {key!r} in {self._root}") from None
        except OSError as error:
            with database.translated(path):
                raise error

    def list(self, prefix: str, after: str = "") -> Iterator[str]:
        yield from _walk(self._root, "", prefix, after)

    def delete(self, key: str) -> None:
        path = self._path(key)
        with database.translated(path):
            path.unlink(missing_ok=True)
        self._prune(path.parent)

    def _prune(self, folder: Path) -> None:
        """Folders that hold nothing go with their last file; those at the top stay."""
        while len(folder.parts) > len(self._root.parts) + 1:
            try:
                os.rmdir(folder)
            except OSError:
                return
            folder = folder.parent

    def size(self, prefix: str) -> int:
        found = 0
        for key in self.list(prefix):
            with contextlib.suppress(FileNotFoundError):
                found += os.stat(self._path(key)).st_size
        return found

    def url(self, key: str) -> str:
        return self._path(key).absolute().as_uri()

    def _path(self, key: str) -> Path:
        parts = checked_key(key).split("/")
        if _ASIDE in parts:
            raise InvalidInput(f"{key!r} is no object key", f"{_ASIDE} is a name that the folder needs itself")
        return self._root.joinpath(*parts)

    def _write_aside(self, body: bytes, *, lasting: bool = True) -> str:
        folder = os.path.join(self._root, _ASIDE)
        aside = os.path.join(folder, f"{os.getpid()}-{threading.get_ident()}-{next(self._numbers)}")
        flags = os.O_CREAT | os.O_WRONLY | os.O_TRUNC
        try:
            descriptor = os.open(aside, flags, 0o600)
        except FileNotFoundError:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            descriptor = os.open(aside, flags, 0o600)
        try:
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                _write_whole(file, body)
                if lasting:
                    os.fsync(descriptor)
        except OSError:
            os.unlink(aside)
            raise
        return aside

    def _place(self, path: Path, name: Callable[[], None]) -> None:
        """Give a file its name; the folder may be removed as empty, by somebody else, at any moment before."""
        for _ in range(_MOST_TRIES):
            with contextlib.suppress(FileNotFoundError):
                self._make_folder(path.parent)
                return name()
        self._make_folder(path.parent)
        return name()

    def _make_folder(self, folder: Path) -> None:
        if os.path.isdir(folder):
            return
        self._make_folder(folder.parent)
        self._synced.discard(folder)
        folder.mkdir(mode=0o700, exist_ok=True)

    def _sync(self, folder: Path) -> None:
        """Make a new name in the folder last. The folders above may be as new: who made them need not have synced."""
        _sync_folder(folder)
        while folder != self._root and folder not in self._synced:
            _sync_folder(folder.parent)
            self._synced.add(folder)
            folder = folder.parent
        if len(self._synced) > _MOST_SYNCED:
            self._synced.clear()


def _write_whole(file: RawIOBase, body: bytes) -> None:
    view = memoryview(body)
    while view:
        view = view[file.write(view) or 0 :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _walk(folder: Path, base: str, prefix: str, after: str) -> Iterator[str]:
    """Keys in the order of their bytes, as S3 lists them: a folder sorts as its name with a slash."""
    try:
        entries = [(base + e.name + ("/" if e.is_dir(follow_symlinks=False) else ""), e) for e in os.scandir(folder)]
    except (FileNotFoundError, NotADirectoryError):
        return
    for name, entry in sorted(entries, key=lambda pair: pair[0].encode(errors="surrogateescape")):
        below = name.endswith("/")
        if entry.name == _ASIDE or not (name.startswith(prefix) or (below and prefix.startswith(name))):
            continue
        if below and (name > after or after.startswith(name)):
            yield from _walk(folder / entry.name, name, prefix, after)
        elif not below and name > after:
            yield name
