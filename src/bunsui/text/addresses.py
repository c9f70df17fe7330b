"""Addresses that a person can open: until when one that is signed holds. The object store makes them."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit


def expiry(address: str) -> float | None:
    """Seconds since the epoch, or None where it holds as long as what it leads to.

    One that was signed with temporary credentials ends with them, perhaps sooner.
    """
    named = parse_qs(urlsplit(address).query) if "X-Amz-Expires=" in address else {}
    try:
        signed = datetime.strptime(named["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return signed.timestamp() + int(named["X-Amz-Expires"][0])
    except (KeyError, ValueError):
        return None
