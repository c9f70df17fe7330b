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
_NOT_CODE = ("pyvenv.cfg", "records.db")  # in an environment; in a home of Bunsui


class LocalFiles:
    """Files by their path: pipelines, and the code beside them."""

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
            for path in sorted(_code_of(folder)):
                whole.update(f"{os.path.relpath(path, folder)}\0".encode(errors="surrogateescape"))
                whole.update(_fingerprint(path))
        return whole.hexdigest()


def _without_waiting(path: str, flags: int) -> int:
    """A pipe into which nobody writes is empty, and not waited for."""
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)
    return descriptor


def _fingerprint(path: str) -> bytes:
    """What is too large to be code, or cannot be read, is told apart by its size and time."""
    try:
        found = os.stat(path)
        if found.st_size > _LARGEST_CODE:
            return f"{found.st_size} {found.st_mtime_ns}".encode()
        with open(path, "rb", buffering=0) as file:
            return hashlib.sha256(file.read()).digest()
    except OSError:
        return b"?"


def _code_of(folder: str) -> Iterator[str]:
    """Its files, but for caches, hidden folders, environments and homes: what a package of the code would hold."""
    if os.path.isfile(folder):
        yield folder
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if _is_code(name, os.path.join(place, name))]
        paths = (os.path.join(place, name) for name in files if not name.startswith("."))
        yield from (path for path in paths if os.path.isfile(path))


def _is_code(name: str, folder: str) -> bool:
    if name.startswith(".") or name == "__pycache__":
        return False
    return not any(os.path.exists(os.path.join(folder, mark)) for mark in _NOT_CODE)


def surroundings(owner: str) -> Surroundings:
    return Surroundings(time.time, time.sleep, _chance, owner, os.environ, sys.executable)


def _chance(count: int) -> str:
    return base64.b32encode(secrets.token_bytes(count)).decode().lower()[:count]
