"""A file that a person asked for: whole or not at all, for nobody else to read, and never over another by accident."""

from __future__ import annotations

import os
from pathlib import Path

from bunsui.errors import Refused


def refuse_to_replace(target: str | None, *, force: bool) -> None:
    """Raises Refused if there is a file already, unless it may be replaced."""
    if target is not None and not force and Path(target).expanduser().exists():
        raise Refused(f"{target} is there already", "Choose another name, or replace it: --force")


def write_whole(target: str, body: bytes, *, force: bool) -> str:
    """The address of the file that is now there."""
    refuse_to_replace(target, force=force)
    path = Path(target).expanduser()
    beside = path.with_name(path.name + ".part")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(body)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path.absolute().as_uri()
