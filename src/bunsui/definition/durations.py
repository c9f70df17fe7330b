"""Lengths of time as people write them: ``10m``, ``1h30m``, ``2s``; a bare number is seconds."""

from __future__ import annotations

import re

PATTERN = r"(?:[0-9]+w)?(?:[0-9]+d)?(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?"
_SHAPE = re.compile(PATTERN)
_PART = re.compile(r"([0-9]+)([wdhms])")
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
YEAR = 366 * 86_400  # no execution of Step Functions lasts longer


def seconds(text: str) -> int | None:
    """The whole seconds that the text says, or None if it is no duration."""
    if not text or len(text) > 40 or not _SHAPE.fullmatch(text):
        return None
    return sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
