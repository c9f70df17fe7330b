"""Which lines of a log are wanted, told from the keys of chunks and from the lines. Reading them is in `logs`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bunsui.errors import InvalidInput
from bunsui.model.log import LogLine
from bunsui.patterns import BlockPattern, InvalidPattern

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_ESCAPED = re.compile(r"\\.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LogFilter:
    """`operation` also selects those nested in it; `level` is the lowest one shown.

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
        operation, *_, attempt = folder.split("/")
        wanted = self.operation
        return (wanted is None or operation == wanted or operation.startswith(f"{wanted}.")) and (
            self.attempt is None or attempt == self.attempt
        )

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


def rank(level: str) -> int:
    return LEVELS.index(level.upper()) if level.upper() in LEVELS else 1
