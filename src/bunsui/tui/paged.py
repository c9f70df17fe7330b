"""A list that is read a page at a time, newest first, and whose newest page is read again and again. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

T = TypeVar("T")


class Paged(Generic[T]):
    """`more`: where to read on (None: that was all). `known`: something was read."""

    def __init__(self) -> None:
        self.rows: dict[str, T] = {}
        self.more: str | None = None
        self.known = False

    def take(self, found: Mapping[str, T], after: str | None, more: str | None) -> None:
        """A page that began at `after` (None: with the newest). What was read of older ones stays below the newest,
        unless more came meanwhile than a page holds: then the list begins anew.
        """
        if after is not None:
            self.rows |= found
            self.more = more
            return
        below = {key: one for key, one in self.rows.items() if key not in found}
        if not below or more is None or len(below) == len(self.rows):
            below, self.more = {}, more
        self.rows, self.known = {**found, **below}, True
