"""Times as ASL writes them, to and from seconds since the epoch."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_TIMESTAMP = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d{2})(?::?(\d{2}))?)"
)


@lru_cache(maxsize=256)
def written(at: float) -> str:
    """RFC 3339 in UTC with milliseconds, as in the context object."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parsed(text: str) -> float | None:
    """Seconds since the epoch; None when `text` is not an ISO-8601 date and time with its offset."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute = (int(match[i]) for i in range(1, 6))
    try:
        moment = datetime(year, month, day, hour, minute, int(match[6] or 0), tzinfo=_offset(match))
    except ValueError:
        return None
    return moment.timestamp() + float(f"0.{match[7] or 0}")


def _offset(match: re.Match[str]) -> timezone:
    away = timedelta(hours=int(match[9] or 0), minutes=int(match[10] or 0))
    return timezone(-away if match[8] == "-" else away)
