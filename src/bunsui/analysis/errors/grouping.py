"""Failures of a fan-out's items that are alike count as one: a thousand items seldom fail in a thousand ways."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bunsui.analysis.errors.clues import clues
from bunsui.analysis.errors.fingerprint import fingerprint
from bunsui.analysis.errors.roots import Failing

MOST = 40  # kinds of failures of one session that are analysed
_MOST_ITEMS = 100  # whose indexes are kept


@dataclass(slots=True)
class Alike:
    """The first of them stands for all."""

    first: Failing
    count: int = 0
    items: list[int] = field(default_factory=list)

    def add(self, failing: Failing) -> None:
        self.count += 1
        if failing.item is not None and len(self.items) < _MOST_ITEMS:
            self.items.append(failing.item)


def alike(failures: Iterable[Failing]) -> list[Alike]:
    """In the order of the first of each kind, at most MOST of them."""
    found: dict[tuple[str, str], Alike] = {}
    for failing in failures:
        key = (failing.operation, _kind(failing))
        if key not in found and len(found) < MOST:
            found[key] = Alike(failing)
        if key in found:
            found[key].add(failing)
    return list(found.values())


def _kind(failing: Failing) -> str:
    """Items only: other failures stand for themselves."""
    if failing.item is None:
        return f"{failing.execution}#{failing.event}"
    return fingerprint(clues(failing.error, failing.cause, ()))
