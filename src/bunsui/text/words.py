"""Numbers and times as people read them on a terminal: those of `model.words`, and moments in local time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bunsui.model.words import counted as counted
from bunsui.model.words import dollars as dollars
from bunsui.model.words import duration as duration
from bunsui.model.words import number as number
from bunsui.model.words import rfc3339 as rfc3339
from bunsui.model.words import seconds_of as seconds_of
from bunsui.model.words import size as size
from bunsui.text.language import _


def listed(names: Sequence[str], most: int = 0) -> str:
    """``a, b and 3 more``; with `most` 0, all of them."""
    if not most or len(names) <= most:
        return ", ".join(names)
    return _("{names} and {count} more").format(names=", ".join(names[:most]), count=len(names) - most)


def clock(at: float) -> str:
    """Local time of day."""
    return datetime.fromtimestamp(at).strftime("%H:%M:%S")


def moment(at: float) -> str:
    """Local date and time."""
    return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M:%S")
