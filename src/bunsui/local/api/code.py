"""The code of a function: unpacked from its zip into a folder named by its digest, once and whole."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from pathlib import Path

from bunsui.local.api import failures

_MOST_BYTES = 262_144_000  # unzipped, Lambda's limit
_MOST_FILES = 100_000
_BAD_ZIP = "Could not unzip uploaded file. Please check your file, then try to upload again."


def decoded(text: str) -> bytes:
    """Of the Base64 in a request."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise failures.serialization("ZipFile is no Base64") from None


def digest(zipped: bytes) -> str:
    """As Lambda tells it: SHA-256 in Base64."""
    return base64.b64encode(hashlib.sha256(zipped).digest()).decode()


def unpack(zipped: bytes, folder: Path) -> str:
    """Below `folder`; the name of the folder it went to. Raises ApiError when it is no zip, or reaches outside."""
    name = hashlib.sha256(zipped).hexdigest()[:32]
    if (folder / name).is_dir():
        return name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder, prefix=".new-"))
    try:
        _extract(zipped, made)
        made.rename(folder / name)
    except FileExistsError:
        pass  # somebody else was as fast
    except OSError as error:
        if not (folder / name).is_dir():
            raise failures.bad_value(f"{_BAD_ZIP} ({error.strerror})") from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return name


def _extract(zipped: bytes, target: Path) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
            members = archive.infolist()
            if len(members) > _MOST_FILES or sum(member.file_size for member in members) > _MOST_BYTES:
                raise failures.bad_value(f"Unzipped size must be smaller than {_MOST_BYTES} bytes")
            left = _MOST_BYTES
            for member in members:
                left -= _extract_member(archive, member, target, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeError):
        raise failures.bad_value(_BAD_ZIP) from None


def _extract_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, left: int) -> int:
    """The bytes it has; what its header says of that is not believed."""
    path = Path(os.path.normpath(target / member.filename))
    kind = stat.S_IFMT(member.external_attr >> 16)
    if not path.is_relative_to(target) or "\0" in member.filename or kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise failures.bad_value(_BAD_ZIP)
    if member.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, open(path, "wb") as file:
        body = source.read(left + 1)
        if len(body) > left:
            raise failures.bad_value(f"Unzipped size must be smaller than {_MOST_BYTES} bytes")
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    if member.external_attr >> 16 & 0o111:
        path.chmod(0o755)
    return len(body)
