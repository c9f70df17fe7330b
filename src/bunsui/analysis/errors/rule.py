"""A rule: which failures it takes, and what it says of them. Read from a file in `rulebook`, applied in `matching`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bunsui.analysis.errors.clues import Clue
from bunsui.model.failure import Category
from bunsui.model.pipeline import Retry
from bunsui.patterns import Pattern


@dataclass(frozen=True, slots=True)
class Rule:
    """All conditions that it has must hold, each by any of its alternatives.

    `errors` are names with ``*``; `cause` is searched in messages, `log` in lines of the log, `text` in both,
    `stack` in the lines of the stack.
    """

    name: str
    category: Category
    recoverable: bool
    confidence: float
    advice: str
    errors: tuple[Glob, ...] = ()
    cause: tuple[Pattern, ...] = ()
    log: tuple[Pattern, ...] = ()
    text: tuple[Pattern, ...] = ()
    exit_codes: tuple[int, ...] = ()
    signals: tuple[str, ...] = ()
    stack: tuple[Pattern, ...] = ()
    retry: Retry | None = None

    def takes(self, clue: Clue) -> bool:
        """As far as this clue can tell; the log's lines are another matter if the clue is none of them."""
        if clue.line:
            return self._takes_line(clue.message)
        return (
            bool(self.errors or self.cause or self.text or self.exit_codes or self.signals or self.stack)
            and (not self.errors or any(glob.takes(clue.error) for glob in self.errors))
            and (not self.exit_codes or clue.exit_code in self.exit_codes)
            and (not self.signals or clue.signal in self.signals)
            and (not self.cause or _found(self.cause, clue.whole))
            and (not self.text or _found(self.text, clue.whole))
            and (not self.stack or any(_any(self.stack, line) for line in clue.stack))
        )

    def _takes_line(self, line: str) -> bool:
        if self.errors or self.cause or self.exit_codes or self.signals or self.stack or not (self.log or self.text):
            return False
        return all(_any(patterns, line) for patterns in (self.log, self.text) if patterns)

    def line_in(self, message: str) -> int | None:
        """The index of the message's line that its patterns are found in."""
        patterns = (*self.cause, *self.text)
        return next((n for n, line in enumerate(message.splitlines()) if _any(patterns, line)), None)


@dataclass(frozen=True, slots=True)
class Glob:
    """A name in which ``*`` stands for anything. One without a dot is compared with the name's last part, too."""

    text: str
    pattern: Pattern | None  # None: it has no wildcard

    def takes(self, name: str) -> bool:
        if not name:
            return False
        return self._is(name) or ("." not in self.text and self._is(name.rpartition(".")[2]))

    def _is(self, name: str) -> bool:
        return name == self.text if self.pattern is None else self.pattern.found_in(name)


def glob(text: str) -> Glob:
    """Raises InvalidPattern."""
    if "*" not in text:
        return Glob(text, None)
    parts = ("".join(c if c.isalnum() or c == "_" else f"\\{c}" for c in part) for part in text.split("*"))
    return Glob(text, Pattern("^" + ".*".join(parts) + "$"))


def _any(patterns: Sequence[Pattern], line: str) -> bool:
    return any(pattern.found_in(line) for pattern in patterns)


def _found(patterns: Sequence[Pattern], message: str) -> bool:
    return any(_any(patterns, line) for line in message.splitlines()[:100])
