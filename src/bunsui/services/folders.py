"""Files and folders of this machine for the desk: listed, read, written whole. What lies in them is not judged here."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from bunsui.errors import BackendError, NotFound
from bunsui.model.listing import Entry, Listing
from bunsui.services.pipelines.desk import LARGEST, changed_meanwhile
from bunsui.services.surroundings import LocalFiles

_ENDINGS = (".yaml", ".yml", ".json")
_LOOKED_AT = 16 << 10  # bytes of a file, to tell whether it could be a pipeline
_MOST_LOOKED_INTO = 300  # files of a folder
_PIPELINE = re.compile(rb"""^[ \t{]*["']?(?:operations|definition)["']?[ \t]*:""", re.MULTILINE)
_VERSION = re.compile(rb"""^[ \t{]*["']?version["']?[ \t]*:""", re.MULTILINE)
_NEW = 0o666


class LocalFolders:
    """Paths of this machine."""

    def __init__(self) -> None:
        self._files = LocalFiles()

    def entries(self, address: str, most: int, after: str = "") -> Listing:
        """There is one page."""
        folder = self.full(address)
        above = os.path.dirname(folder) if os.path.dirname(folder) != folder else ""
        try:
            with os.scandir(folder) as found:
                taken = list(islice(found, most + 1))
        except OSError as error:
            return Listing(folder, above, problem=error.strerror or str(error))
        entries = [_entry(one, folder) for one in taken[:most]]
        entries.sort(key=lambda one: (not one.is_folder, one.name.casefold(), one.name))
        return Listing(folder, above, tuple(_looked_into(entries)), more=len(taken) > most)

    def read(self, address: str, limit: int) -> bytes:
        return self._files.read(address, limit)

    def full(self, address: str) -> str:
        address = os.path.expanduser(address)
        try:
            return os.path.abspath(address)
        except OSError:  # the current folder is gone
            return address

    def is_folder(self, address: str) -> bool:
        return os.path.isdir(self.full(address))

    def write(self, address: str, data: bytes, seen: str) -> None:
        path = os.path.realpath(address)  # a link stays one
        try:
            self._write(path, data, seen, address)
        except OSError as error:
            hint = f"Save it elsewhere, or see to the permissions of {os.path.dirname(path)}"
            raise BackendError(f"{address!r} cannot be written: {error.strerror or error}", hint) from None

    def _write(self, path: str, data: bytes, seen: str, address: str) -> None:
        mode = self._mode(path, seen, address)
        descriptor, temporary = tempfile.mkstemp(prefix=".", suffix=".new", dir=os.path.dirname(path))
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(file.fileno(), mode)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if seen:
                os.replace(temporary, path)
            else:
                _put_new(temporary, path, address)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary)

    def _mode(self, path: str, seen: str, address: str) -> int:
        """What it is to have; raises Conflict when the file is not what was seen."""
        try:
            before = self._files.read(path, LARGEST)
        except NotFound:
            if seen:
                raise changed_meanwhile(address) from None
            return _NEW & ~_umask()
        if hashlib.sha256(before).hexdigest() != seen:
            raise changed_meanwhile(address)
        if not os.access(path, os.W_OK):
            raise PermissionError(0, "it may not be written")
        return stat.S_IMODE(os.stat(path).st_mode)


def _put_new(temporary: str, path: str, address: str) -> None:
    """A link fails where there is a file by now."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise changed_meanwhile(address) from None


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _entry(found: os.DirEntry[str], folder: str) -> Entry:
    link = ""
    try:
        link = os.readlink(found.path) if found.is_symlink() else ""
        is_folder = found.is_dir()
        real = os.path.realpath(found.path) if link and is_folder else ""
        loops = bool(real) and os.path.join(os.path.realpath(folder), "").startswith(os.path.join(real, ""))
        size = 0 if is_folder else found.stat().st_size
        readable = os.access(found.path, os.R_OK | (os.X_OK if is_folder else 0))
    except OSError:  # gone meanwhile, or a link to nowhere
        return Entry(found.name, found.path, False, link=link, readable=False)
    return Entry(found.name, found.path, is_folder, size, link, loops, readable=readable)


def _looked_into(entries: list[Entry]) -> Iterator[Entry]:
    left = _MOST_LOOKED_INTO
    for one in entries:
        if one.is_folder or not one.name.lower().endswith(_ENDINGS):
            yield one
            continue
        left -= 1
        yield Entry(
            one.name,
            one.address,
            False,
            one.size,
            one.link,
            pipeline=left < 0 or _could_be_a_pipeline(one),
            readable=one.readable,
        )


def _could_be_a_pipeline(entry: Entry) -> bool:
    """By its first lines; what cannot be looked into might be one."""
    if entry.size > LARGEST or not entry.readable:
        return False
    try:
        with open(entry.address, "rb", opener=_without_waiting) as file:
            head = file.read(_LOOKED_AT)
    except OSError:
        return False
    return bool(_VERSION.search(head) and (_PIPELINE.search(head) or len(head) == _LOOKED_AT))


def _without_waiting(path: str, flags: int) -> int:
    """A pipe into which nobody writes is not waited for."""
    return os.open(path, flags | os.O_NONBLOCK)
