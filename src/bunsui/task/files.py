"""Files that travel between tasks as references; the values of large fields are in `outputs`."""

from __future__ import annotations

import builtins
import hashlib
import os
import urllib.parse
from types import TracebackType
from typing import IO, Any

from bunsui.task.store import Store

FILES = "files"  # the folder of an attempt's output that holds files; fields are beside it
_CHUNK = 1 << 20


class File(dict[str, Any]):
    """A file in the object store: a path for `open`, `pathlib` or pandas, and a reference when returned as output.

    The dictionary is ``{"$ref": key, "bytes": n, "sha256": ...}``, so it can be passed on as it is.
    """

    def __init__(self, reference: dict[str, Any], store: Store) -> None:
        super().__init__(reference)
        self._store = store

    @property
    def path(self) -> str:
        return self._store.path(self["$ref"])

    @property
    def name(self) -> str:
        return urllib.parse.unquote(self["$ref"].rsplit("/", 1)[-1])

    def __fspath__(self) -> str:
        return self.path

    def open(self, mode: str = "r", **options: Any) -> IO[Any]:
        return builtins.open(self.path, mode, **options)


class OutputFile(File):
    """A file being written. It is stored when its `with` block ends well, or at the latest when the handler returns."""

    def __init__(self, key: str, store: Store) -> None:
        super().__init__({}, store)
        self._key = key
        self._aside = store.aside()
        os.close(os.open(self._aside, os.O_CREAT | os.O_WRONLY, 0o600))

    @property
    def path(self) -> str:
        return super().path if self else self._aside

    @property
    def name(self) -> str:
        return urllib.parse.unquote(self._key.rsplit("/", 1)[-1])

    def store(self) -> OutputFile:
        """Put it into the object store; doing it twice is harmless."""
        if not self:
            size, digest = measure(self._aside)
            self._store.put_file(self._key, self._aside)
            self.update({"$ref": self._key, "bytes": size, "sha256": digest})
        return self

    def discard(self) -> None:
        if not self and os.path.exists(self._aside):
            os.unlink(self._aside)

    def __enter__(self) -> OutputFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.store()
        else:
            self.discard()


def measure(path: str) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    with builtins.open(path, "rb") as file:
        while True:
            part = file.read(_CHUNK)
            if not part:
                return size, digest.hexdigest()
            digest.update(part)
            size += len(part)


def file_name(name: str) -> str:
    """A name as one part of a key: nothing that a user wrote leads out of the folder."""
    quoted = urllib.parse.quote(name, safe=" ()+,=@~-_.", errors="surrogatepass") or "%"
    if quoted.startswith("."):
        quoted = "%2E" + quoted[1:]
    if len(quoted) > 200:
        quoted = quoted[:130] + "-" + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return quoted


def is_file_key(key: str) -> bool:
    return key.split("/")[-2:-1] == [FILES]
