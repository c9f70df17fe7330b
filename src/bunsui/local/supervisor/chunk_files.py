"""A chunk of a log as a file of the object store: written aside, then named by its number; never changed after that."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

from bunsui.model.log import chunk_key

UNKNOWN = -1  # number of the last chunk, before anybody looked
_numbers = itertools.count()


def write_chunk(objects: Path, prefix: str, last: int, body: bytes) -> None:
    """Store the chunk after number `last`. Raises OSError."""
    aside = objects / ".aside" / f"log-{os.getpid()}-{next(_numbers)}"
    target = objects / chunk_key(prefix, last + 1)
    try:
        _write_file(aside, body)
        try:
            os.replace(aside, target)
        except FileNotFoundError:  # the folder went with its last chunk, when the log was archived
            os.makedirs(target.parent, mode=0o700, exist_ok=True)
            os.replace(aside, target)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def last_there(objects: Path, prefix: str) -> int:
    """An attempt that was launched again, after its supervisor had died, goes on behind the chunks of before."""
    folder = objects / prefix
    try:
        os.makedirs(folder, mode=0o700)
    except FileExistsError:
        numbers = [name.partition(".")[0] for name in os.listdir(folder)]
        return max((int(number) for number in numbers if number.isdigit()), default=0)
    return 0


def _write_file(path: Path, body: bytes) -> None:
    flags = os.O_CREAT | os.O_WRONLY | os.O_TRUNC
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileNotFoundError:
        os.makedirs(path.parent, mode=0o700, exist_ok=True)
        descriptor = os.open(path, flags, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)
