"""The real surroundings of a process: its clock, chance and environment, and the files of its machine."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bunsui.errors import InvalidInput, NotFound
from bunsui.services.wiring import Surroundings

_LARGEST_CODE = 8 * 1024 * 1024  # bytes of a file
_SETTLED = 2.0  # seconds: a file that was changed later may change again without a later time
_MOST_KEPT = 10_000
_NOT_CODE = ("pyvenv.cfg", "records.db")  # in an environment; in a home of Bunsui


class LocalFiles:
    """Files by their path: pipelines, and the code beside them."""

    def __init__(self, settled: float = _SETTLED) -> None:
        self._settled = settled
        self._fingerprints: dict[str, tuple[tuple[int, ...], bytes]] = {}  # path -> its version, its content's hash

    def read(self, address: str, limit: int) -> bytes:
        path = Path(address)
        try:
            with open(path, "rb", opener=_without_waiting) as file:
                body = file.read(limit + 1)
        except FileNotFoundError:
            raise NotFound(f"there is no file {address!r}", "Make one: bunsui init") from None
        except IsADirectoryError:
            raise InvalidInput(f"{address!r} is a folder, not a pipeline file", "Name the file in it") from None
        except PermissionError:
            raise InvalidInput(f"no permission to read {address!r}", f"chmod +r {shlex.quote(address)}") from None
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise InvalidInput(f"{address!r} cannot be read: {why}", "Name a file that can be read") from None
        if len(body) > limit:
            raise InvalidInput(f"{address!r} is larger than {limit:,} bytes", "A pipeline file is text of some KB")
        return body

    def exists(self, path: str) -> bool:
        return Path(path).is_file()

    def digest(self, folders: Sequence[str]) -> str:
        if not folders:
            return ""
        whole = hashlib.sha256()
        for folder in folders:
            for path in sorted(code_files(folder)):
                inside = path.removeprefix(os.path.join(folder, "")) if path != folder else "."
                whole.update(f"{inside}\0".encode(errors="surrogateescape"))
                whole.update(self._fingerprint(path))
        return whole.hexdigest()

    def _fingerprint(self, path: str) -> bytes:
        """What is too large to be code, or cannot be read, is told apart by its size and time."""
        try:
            found = os.stat(path)
            version = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
            known = self._fingerprints.get(path)
            if known and known[0] == version:
                return known[1]
            if found.st_size > _LARGEST_CODE:
                return f"{found.st_size} {found.st_mtime_ns}".encode()
            with open(path, "rb", buffering=0) as file:
                made = hashlib.sha256(file.read()).digest()
        except OSError:
            return b"?"
        if time.time() - found.st_ctime > self._settled:
            self._keep(path, version, made)
        return made

    def _keep(self, path: str, version: tuple[int, ...], fingerprint: bytes) -> None:
        if len(self._fingerprints) > _MOST_KEPT:
            self._fingerprints.clear()
        self._fingerprints[path] = (version, fingerprint)


def _without_waiting(path: str, flags: int) -> int:
    """A pipe into which nobody writes is empty, and not waited for."""
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)
    return descriptor


def code_files(folder: str) -> Iterator[str]:
    """Its files, but for caches, hidden folders, environments and homes: what a package of the code would hold."""
    if os.path.isfile(folder):
        yield folder
    else:
        yield from _code_below(folder)


def _code_below(folder: str) -> Iterator[str]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            if _is_code(entry.name, entry.path):
                yield from _code_below(entry.path)
        elif os.path.isfile(entry.path):
            yield entry.path


def _is_code(name: str, folder: str) -> bool:
    return name != "__pycache__" and not any(os.path.exists(os.path.join(folder, mark)) for mark in _NOT_CODE)


def surroundings(owner: str) -> Surroundings:
    return Surroundings(time.time, time.sleep, _chance, owner, os.environ, sys.executable)


def _chance(count: int) -> str:
    return base64.b32encode(secrets.token_bytes(count)).decode().lower()[:count]
