"""Which lines of a log are wanted, told from the keys of chunks and from the lines. Reading them is in `logs`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bunsui.errors import InvalidInput
from bunsui.model.log import LogLine
from bunsui.patterns import BlockPattern, InvalidPattern

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_ITEM = re.compile(r"(.+)\[(\d{1,9})\]")
_ESCAPED = re.compile(r"\\.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LogFilter:
    """`operation` also selects those nested in it, ``name[3]`` one item of a fan-out; `level` is the lowest one shown.

    `grep` is a regular expression, found without regard to case unless it has a capital. `since` is in seconds since
    the epoch. `tail` keeps the last n lines.
    """

    operation: str | None = None
    attempt: str | None = None
    level: str | None = None
    grep: str | None = None
    since: float | None = None
    tail: int | None = None

    def takes_folder(self, folder: str) -> bool:
        """Whether lines of this attempt (its folder below the session's logs) can be wanted at all."""
        operation, *within, attempt = folder.split("/")
        if self.attempt is not None and attempt != self.attempt:
            return False
        if self.operation is None:
            return True
        wanted, item = of_item(self.operation)
        if item is not None:
            return operation == wanted and within == [item]
        return operation == wanted or operation.startswith(f"{wanted}.")

    def takes_levels(self, levels: Iterable[str]) -> bool:
        return self.level is None or any(rank(level) >= rank(self.level) for level in levels)

    def takes(self, line: LogLine) -> bool:
        """Whether its time and level are wanted; its text is looked at for many lines at once, by `pattern`."""
        return (self.since is None or line.time >= self.since) and self.takes_levels((line.level,))

    def pattern(self) -> BlockPattern | None:
        """Raises InvalidInput."""
        if self.grep is None:
            return None
        plain = _ESCAPED.sub("", self.grep)
        try:
            return BlockPattern(self.grep, ignore_case=plain == plain.lower())
        except InvalidPattern as error:
            hint = "It is as RE2 has it: no look-around, no back-references"
            raise InvalidInput(f"{self.grep!r} is no regular expression: {error}", hint) from None


def of_item(operation: str) -> tuple[str, str | None]:
    """``load[3]`` as errors and logs name an item of a fan-out: the operation and the index."""
    found = _ITEM.fullmatch(operation)
    return (found[1], str(int(found[2]))) if found else (operation, None)


def rank(level: str) -> int:
    return LEVELS.index(level.upper()) if level.upper() in LEVELS else 1
