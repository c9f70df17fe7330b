"""The desk: pipeline files as people browse, edit and save them. What a file means is PipelineManager's to say.

Where files lie is behind `Folders`: an address is a path, or leads to S3.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from bunsui.errors import Conflict, InvalidInput, NotFound
from bunsui.model.listing import Entry as Entry
from bunsui.model.listing import Listing as Listing
from bunsui.services.pipelines.views import LoadedConfig

LARGEST = 1 << 20  # bytes, as of every pipeline file
MOST_ENTRIES = 2_000  # of a folder
_BOM = "\ufeff".encode()


class Folders(Protocol):
    def entries(self, address: str, most: int, after: str = "") -> Listing:
        """A page of what is there, from where a former page's `next` says. Never raises: it has a problem then."""

    def read(self, address: str, limit: int) -> bytes:
        """Raises NotFound, or InvalidInput when it is no readable file or larger than `limit` bytes."""

    def write(self, address: str, data: bytes, seen: str) -> None:
        """Whole or not at all, with the permissions that it had.

        `seen` is the SHA-256 of what it replaces, empty for a file that must not be there. Raises Conflict, and
        BackendError when it cannot be written.
        """

    def full(self, address: str) -> str:
        """The whole address, without shortcuts."""

    def is_folder(self, address: str) -> bool:
        """Whether there is a folder at this address."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A file as it was read, or is to be written: `sha256` of its bytes, empty while there is no such file."""

    path: str
    text: str = ""
    sha256: str = ""
    bom: bool = False

    @property
    def data(self) -> bytes:
        return (_BOM if self.bom else b"") + self.text.encode(errors="replace")


class Desk:
    def __init__(
        self,
        folders: Folders,
        check: Callable[[str, str], LoadedConfig],
    ) -> None:
        self._folders = folders
        self._check = check

    def entries(self, address: str, after: str = "") -> Listing:
        """A page; of this machine's folders the first is all there is."""
        return self._folders.entries(address, MOST_ENTRIES, after)

    def full(self, address: str) -> str:
        return self._folders.full(address)

    def is_folder(self, address: str) -> bool:
        return self._folders.is_folder(address)

    def open(self, path: str) -> Draft:
        """Raises NotFound, or InvalidInput when it is no text that can be edited."""
        data = self._folders.read(path, LARGEST)
        bom = data.startswith(_BOM)
        try:
            text = data.removeprefix(_BOM).decode()
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            hint = "Save it as UTF-8 with the program that wrote it"
            raise InvalidInput(f"{path!r} is not UTF-8 from line {line} on", hint) from None
        if "\0" in text:
            raise InvalidInput(f"{path!r} is no text: it holds the character 0", "Name a pipeline file")
        return Draft(path, text, _sha256(data), bom)

    def check(self, text: str, path: str) -> LoadedConfig:
        """All problems of a text, as if it were the file."""
        return self._check(text, path)

    def save(self, draft: Draft, text: str) -> Draft:
        """Raises Conflict when the file is not as it was read, BackendError when it cannot be written."""
        new = replace(draft, text=text)
        if len(new.data) > LARGEST:
            raise InvalidInput(f"{draft.path!r} would be larger than {LARGEST:,} bytes", "Put data beside it")
        self._folders.write(draft.path, new.data, draft.sha256)
        return replace(new, sha256=_sha256(new.data))

    def is_as_read(self, draft: Draft) -> bool:
        """Whether the file is still what was read; one that is gone is not."""
        try:
            return _sha256(self._folders.read(draft.path, LARGEST)) == draft.sha256
        except (InvalidInput, NotFound):
            return False


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def changed_meanwhile(path: str) -> Conflict:
    return Conflict(f"{path!r} was changed by somebody else since it was read", "Read it again, or save over it")
