"""What was worked out last, kept while the same is asked again: many sessions are started with one pipeline object.

Only for things that never change; what lies in files is looked at each time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Of = TypeVar("Of")
Made = TypeVar("Made")


class Latest(Generic[Of, Made]):
    """Calls `make` when it is asked for another object, or with other details. Safe to use from several threads."""

    def __init__(self, make: Callable[..., Made]) -> None:
        self._make = make
        self._kept: tuple[Of, tuple[Hashable, ...], Made] | None = None

    def __call__(self, of: Of, *details: Hashable) -> Made:
        kept = self._kept
        if kept is None or kept[0] is not of or kept[1] != details:
            kept = self._kept = (of, details, self._make(of, *details))
        return kept[2]
