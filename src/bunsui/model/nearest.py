"""The name that somebody most likely meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The closest candidate, if it is close: about one slip for every three letters."""
    name, candidates = name[:80], tuple(candidates)
    allowed = max(1, len(name) // 3)
    best: tuple[int, str] | None = None
    for candidate in candidates:
        if abs(len(candidate) - len(name)) > allowed or _different_letters(name, candidate) > 2 * allowed:
            continue
        found = (_distance(name.lower(), candidate.lower()), candidate)
        if found[0] <= allowed and (best is None or found < best):
            best = found
    return best[1] if best else _beginning(name, candidates)


def _beginning(name: str, candidates: Iterable[str]) -> str | None:
    """int for integer, param for params."""
    return next((c for c in candidates if len(name) >= 3 and c.lower().startswith(name.lower())), None)


def did_you_mean(name: str, candidates: Iterable[str], otherwise: str = "") -> str:
    found = nearest(name, candidates)
    return f"Did you mean '{found}'?" if found else otherwise


def _different_letters(left: str, right: str) -> int:
    a, b = Counter(left.lower()), Counter(right.lower())
    return sum((a - b).values()) + sum((b - a).values())


def _distance(left: str, right: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and b == left[i - 2]:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
