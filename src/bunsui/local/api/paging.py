"""Tokens that name where a page ended: opaque to whoever gets them, refused when they are not ours."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from bunsui.local.api import failures

_DIGEST = 8


def token(kind: str, place: str | int) -> str:
    body = json.dumps([kind, place], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_seal(body) + body).decode()


def place(kind: str, given: str | None) -> Any:
    """Where to go on; None at the beginning. Raises ApiError (InvalidToken)."""
    if given is None:
        return None
    try:
        raw = base64.b64decode(given.encode("ascii"), altchars=b"-_", validate=True)
        found = json.loads(raw[_DIGEST:]) if raw[:_DIGEST] == _seal(raw[_DIGEST:]) else None
    except ValueError:
        found = None
    if found is None or found[0] != kind:
        raise failures.invalid_page()
    return found[1]


def _seal(body: bytes) -> bytes:
    """Against slips, not against people: a token opens nothing that its holder may not see."""
    return hashlib.sha256(b"page" + body).digest()[:_DIGEST]
