"""A rule: which failures it takes, and what it says of them. Read from a file in `rulebook`, applied in `matching`."""

from __future__ import annotations

from dataclasses import dataclass, field

from bunsui.analysis.errors.clues import Clue
from bunsui.model.failure import Category
from bunsui.model.pipeline import Retry
from bunsui.patterns import Alternatives


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
    cause: Alternatives = field(default_factory=Alternatives)
    log: Alternatives = field(default_factory=Alternatives)
    text: Alternatives = field(default_factory=Alternatives)
    exit_codes: tuple[int, ...] = ()
    signals: tuple[str, ...] = ()
    stack: Alternatives = field(default_factory=Alternatives)
    retry: Retry | None = None

    def takes(self, clue: Clue) -> bool:
        """As far as this clue can tell; the log's lines are another matter if the clue is none of them."""
        if clue.line:
            return self._takes_line(clue.message)
        return (
            bool(self.errors or self.cause or self.text or self.exit_codes or self.signals or self.stack)
            and (not self.errors or any(glob.takes(name) for glob in self.errors for name in clue.names))
            and (not self.exit_codes or clue.exit_code in self.exit_codes)
            and (not self.signals or clue.signal in self.signals)
            and (not self.cause or _found(self.cause, clue.whole))
            and (not self.text or _found(self.text, clue.whole))
            and (not self.stack or any(map(self.stack.found_in, clue.stack)))
        )

    def _takes_line(self, line: str) -> bool:
        if self.errors or self.cause or self.exit_codes or self.signals or self.stack or not (self.log or self.text):
            return False
        return all(patterns.found_in(line) for patterns in (self.log, self.text) if patterns)

    def line_in(self, message: str) -> int | None:
        """The index of the message's line that its patterns are found in."""
        patterns = [one for one in (self.cause, self.text) if one]
        found = (n for n, line in enumerate(message.splitlines()) if any(one.found_in(line) for one in patterns))
        return next(found, None)


@dataclass(frozen=True, slots=True)
class Glob:
    """A name in which ``*`` stands for anything. One without a dot is compared with the name's last part, too."""

    text: str

    def takes(self, name: str) -> bool:
        if not name:
            return False
        return self._is(name) or ("." not in self.text and self._is(name.rpartition(".")[2]))

    def _is(self, name: str) -> bool:
        first, *middle = self.text.split("*")
        if not middle:
            return name == self.text
        last = middle.pop()
        if len(name) < len(first) + len(last) or not (name.startswith(first) and name.endswith(last)):
            return False
        return _in_order(middle, name, len(first), len(name) - len(last))


def _in_order(parts: list[str], name: str, start: int, end: int) -> bool:
    for part in parts:
        found = name.find(part, start, end)
        if found < 0:
            return False
        start = found + len(part)
    return True


def _found(patterns: Alternatives, message: str) -> bool:
    return any(map(patterns.found_in, message.splitlines()[:100]))
