"""Numbers and times as people read them: durations, sizes, counts, money. No clock, and no local time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime


def duration(seconds: float) -> str:
    """Two figures that matter: ``0.4s``, ``12.3s``, ``1m 05s``, ``2h 03m``, ``3d 04h``."""
    if seconds < 59.95:
        return f"{max(seconds, 0):.1f}s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02}s"
    if whole < 86400:
        return f"{whole // 3600}h {whole % 3600 // 60:02}m"
    return f"{whole // 86400}d {whole % 86400 // 3600:02}h"


def seconds_of(rfc3339: str) -> float:
    """Seconds since the epoch of a time in a record."""
    return datetime.fromisoformat(rfc3339).timestamp()


def rfc3339(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def size(count: float) -> str:
    """Bytes: ``512 B``, ``3.4 KiB``, ``1.2 MiB``."""
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"


def number(value: float) -> str:
    """Without a decimal point where there is nothing behind it; thousands apart."""
    return f"{int(value):,}" if value == int(value) else f"{value:,.2f}"


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """``1 operation``, ``3 operations``."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def listed(names: Sequence[str], most: int = 0) -> str:
    """``a, b and 3 more``; with `most` 0, all of them."""
    if most and len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return ", ".join(names)


def dollars(amount: float) -> str:
    """Small amounts keep figures that mean something."""
    if amount == 0:
        return "$0"
    return f"${amount:.2f}" if amount >= 0.1 else f"${amount:.6f}".rstrip("0")
