"""What a target's address stands for: a secret reference is looked up here, when something is sent, and nowhere else.

How an address is shown is in `model.alert_address`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import unquote

from bunsui.errors import BackendError
from bunsui.model.alert import Target
from bunsui.model.secret import Secret

_SHORTEST = 3  # parts of an address that are shorter are in too many words to be blanked out
_HARMLESS = frozenset(("http", "https", "json", "jsons", "mailto", "mailtos", "smtp", "com", "org", "net", "www"))
HIDDEN = "***"


def resolved(
    target: Target, environ: Mapping[str, str] = os.environ, stores: Callable[[str], str] | None = None
) -> str:
    """The address itself. Raises BackendError if a reference leads nowhere. `stores` reads those of AWS."""
    address = target.address
    if not isinstance(address, Secret):
        return address
    kind, _, rest = address.ref.partition(":")
    if kind == "env":
        found = environ.get(rest, "")
    elif kind == "file":
        found = _read(Path(target.folder, rest).expanduser(), address.ref)
    elif stores is None:
        raise BackendError(f"{address.ref} can be read by the aws backend alone", "Use env: or file: on this machine")
    else:
        found = stores(address.ref)
    if not found.strip():
        hint = f"Set it where Bunsui's engine runs: export {rest}=..." if kind == "env" else "Write the address into it"
        raise BackendError(f"{address.ref} is not set", hint)
    return found.strip()


def _read(path: Path, ref: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise BackendError(f"{ref} cannot be read: {why}", "Mend the file; it is tried again") from None


def scrubbed(text: str, address: str) -> str:
    """A text of somebody else's without anything that stands in the address."""
    parts = {address, unquote(address), *re.split(r"[/:@?&=#,;\s]+", address)}
    parts |= {unquote(part) for part in parts}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= _SHORTEST and part.lower() not in _HARMLESS:
            text = text.replace(part, HIDDEN)
    return text
