"""Files and folders for every kind of address: a path is of this machine, ``s3://`` of whoever is handed in for it.

Which one that is `bunsui.backend` knows; it is made when the first such address is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bunsui.errors import Refused
from bunsui.model.address import PIPELINE_ENDINGS, is_remote, parsed
from bunsui.model.listing import Listing
from bunsui.services.surroundings import LocalFiles
from bunsui.services.wiring import RemoteFiles

Remote = Callable[[], RemoteFiles]


class AddressedFiles:
    """Code is of this machine alone: what would lie in S3 is not there."""

    def __init__(self, remote: Remote) -> None:
        self._here = LocalFiles()
        self._remote = remote

    def read(self, address: str, limit: int) -> bytes:
        return self._remote().read(address, limit) if is_remote(address) else self._here.read(address, limit)

    def digest(self, folders: Sequence[str]) -> str:
        return self._here.digest([folder for folder in folders if not is_remote(folder)])

    def exists(self, path: str) -> bool:
        return not is_remote(path) and self._here.exists(path)


class AddressedFolders:
    """What is in S3 is browsed and read, never written."""

    def __init__(self, remote: Remote) -> None:
        from bunsui.services.folders import LocalFolders

        self._here = LocalFolders()
        self._remote = remote

    def entries(self, address: str, most: int, after: str = "") -> Listing:
        return (self._remote() if is_remote(address) else self._here).entries(address, most, after)

    def read(self, address: str, limit: int) -> bytes:
        return (self._remote() if is_remote(address) else self._here).read(address, limit)

    def write(self, address: str, data: bytes, seen: str) -> None:
        if is_remote(address):
            hint = f"Copy it here and edit that: aws s3 cp {parsed(address).newest} ."
            raise Refused(f"{address} is not written from here", hint)
        self._here.write(address, data, seen)

    def full(self, address: str) -> str:
        if not is_remote(address):
            return self._here.full(address)
        there = parsed(address)
        return f"{address}/" if self.is_folder(address) and there.key and not there.is_folder else address

    def is_folder(self, address: str) -> bool:
        """In S3 a name tells: one without a slash is a file if it ends like a pipeline's."""
        if not is_remote(address):
            return self._here.is_folder(address)
        there = parsed(address)
        return there.is_folder or not (there.version or there.key.lower().endswith(PIPELINE_ENDINGS))
