"""The port ObjectStore on a folder: whole files, written aside, synced, then named. S3's is in `aws`."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from bunsui.errors import InvalidInput, NotFound
from bunsui.local import database

_ASIDE = ".aside"  # files being written; on the same file system, so that renaming is atomic
_LONGEST_KEY = 1024


class FolderObjectStore:
    """Safe to use from several threads and several processes."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._numbers = count()

    def put(self, key: str, body: bytes) -> None:
        path = self._path(key)
        with database.translated(path):
            aside = self._write_aside(body)
            self._make_folder(path.parent)
            os.replace(aside, path)
            _sync_folder(path.parent)

    def put_if_absent(self, key: str, body: bytes) -> bool:
        path = self._path(key)
        if path.exists():
            return False
        with database.translated(path):
            aside = self._write_aside(body)
            self._make_folder(path.parent)
            try:
                os.link(aside, path)  # fails if the name is taken, unlike a rename
            except FileExistsError:
                return False
            finally:
                os.unlink(aside)
            _sync_folder(path.parent)
        return True

    def get(self, key: str) -> bytes:
        path = self._path(key)
        try:
            return path.read_bytes()
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

    def url(self, key: str) -> str:
        return self._path(key).absolute().as_uri()

    def _path(self, key: str) -> Path:
        parts = key.split("/")
        if not key or len(key) > _LONGEST_KEY or "\0" in key or any(part in ("", ".", "..", _ASIDE) for part in parts):
            raise InvalidInput(f"{key!r} is no object key", "Keys are relative, with / between names, never . or ..")
        return self._root.joinpath(*parts)

    def _write_aside(self, body: bytes) -> Path:
        folder = self._root / _ASIDE
        aside = folder / f"{os.getpid()}-{threading.get_ident()}-{next(self._numbers)}"
        flags = os.O_CREAT | os.O_WRONLY | os.O_TRUNC
        try:
            descriptor = os.open(aside, flags, 0o600)
        except FileNotFoundError:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(aside, flags, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            aside.unlink(missing_ok=True)
            raise
        return aside

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(folder.parent)


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
