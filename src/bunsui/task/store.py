"""The object store as a task sees it: here a folder, on AWS `aws.store`. Keys are made in `outputs` and `files`."""

from __future__ import annotations

import itertools
import os
from typing import Any, Protocol

from bunsui.task.failure import TaskFailure

_ASIDE = ".aside"  # the folder where the home's object store writes files before they get their name
_numbers = itertools.count()


class Store(Protocol):
    """Objects by their keys; `path` is a file with what one holds, `aside` one that nobody has named yet."""

    def path(self, key: str) -> str: ...

    def aside(self) -> str: ...

    def put(self, key: str, body: bytes) -> None: ...

    def put_file(self, key: str, path: str) -> None: ...

    def get(self, key: str) -> bytes: ...


class FolderStore:
    """Whole files: written aside, synced, then named."""

    def __init__(self, root: str) -> None:
        self.root = root

    def path(self, key: str) -> str:
        parts = key.split("/")
        if any(part in ("", ".", "..", _ASIDE) for part in parts):
            raise TaskFailure("Bunsui.ReferenceBroken", f"{key!r} is no key of the object store")
        return os.path.join(self.root, *parts)

    def aside(self) -> str:
        folder = os.path.join(self.root, _ASIDE)
        make_folder(folder)
        return os.path.join(folder, f"task-{os.getpid()}-{next(_numbers)}")

    def put(self, key: str, body: bytes) -> None:
        aside = self.aside()
        descriptor = os.open(aside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
        self.put_file(key, aside)

    def put_file(self, key: str, path: str) -> None:
        """Take over a file that lies `aside`; durable when it returns."""
        target = self.path(key)
        make_folder(os.path.dirname(target))
        _sync(path)
        os.replace(path, target)
        _sync(os.path.dirname(target))

    def get(self, key: str) -> bytes:
        try:
            with open(self.path(key), "rb") as file:
                return file.read()
        except OSError as error:
            message = f"{key} cannot be read from the object store ({error.strerror}): was it purged?"
            raise TaskFailure("Bunsui.ReferenceBroken", message) from error


def make_folder(folder: str) -> None:
    """With those above it, all private (os.makedirs gives its mode to the last one only)."""
    if not os.path.isdir(folder):
        make_folder(os.path.dirname(folder))
        try:
            os.mkdir(folder, 0o700)
        except FileExistsError:
            return  # somebody else was first


def _sync(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_reference(value: Any) -> bool:
    """Only our own: a JSON Schema's ``{"$ref": "#/..."}`` in a user's value is none."""
    return isinstance(value, dict) and isinstance(value.get("$ref"), str) and "bytes" in value and "sha256" in value
