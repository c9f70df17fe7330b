"""The lines of a log that are kept, and which of them are wanted. Pure; how they are drawn is in `logview`.

Of the whole log the last ones are kept: lines are known by their number in all that ever came.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from bunsui.model.log import LogLine
from bunsui.services.logs.filter import rank

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class _Ranks(dict[str, int]):
    def __missing__(self, level: str) -> int:
        self[level] = found = rank(level)
        return found


_RANKS = _Ranks()
SOME = 2_500  # lines that are looked at between two keys
_PREFIX = 3_000  # characters by which a message is known


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines; an `operation` takes those nested in it along."""

    operation: str | None = None
    attempt: str | None = None
    level: str = LEVELS[0]
    text: str = ""

    @property
    def all(self) -> bool:
        return self == Wanted()

    def takes(self, line: LogLine) -> bool:
        name = self.operation
        return (
            (name is None or line.operation == name or line.operation.startswith(f"{name}."))
            and (self.attempt is None or line.attempt == self.attempt)
            and (self.level == LEVELS[0] or _RANKS[line.level] >= _RANKS[self.level])
            and (not self.text or has(line, self.text))
        )


def has(line: LogLine, text: str) -> bool:
    """Without regard to case, unless there is a capital in `text`."""
    if text != text.lower():
        return text in line.message or text in line.operation
    return text in line.message.lower() or text in line.operation


class Book:
    def __init__(self, most: int) -> None:
        self.most = most
        self.wanted = Wanted()
        self.lines: list[LogLine] = []
        self.first = 0  # number of the first line that is kept
        self.shown: list[int] = []  # numbers of lines that are wanted, ascending

    def __len__(self) -> int:
        return len(self.shown)

    def line(self, index: int) -> LogLine:
        """Of those that are shown."""
        return self.lines[self.shown[index] - self.first]

    def add(self, lines: Sequence[LogLine]) -> tuple[int, int]:
        """How many more are shown, and how many of those before are no longer kept."""
        start, before = self.first + len(self.lines), len(self.shown)
        self.lines.extend(lines)
        self.shown.extend(number for number, line in enumerate(lines, start) if self.wanted.takes(line))
        added = len(self.shown) - before
        over = max(len(self.lines) - self.most, 0)
        if not over:
            return added, 0
        del self.lines[:over]
        self.first += over
        gone = bisect_left(self.shown, self.first)
        del self.shown[:gone]
        return added, gone

    def clear(self) -> None:
        self.lines.clear()
        self.shown.clear()
        self.first = 0

    def want(self, wanted: Wanted) -> None:
        """More of the same text narrows what is shown already."""
        every = range(self.first, self.first + len(self.lines))
        same = replace(wanted, text=self.wanted.text) == self.wanted and wanted.text == wanted.text.lower()
        numbers = self.shown if same and wanted.text.startswith(self.wanted.text) else every
        self.wanted = wanted
        if wanted.all:
            self.shown = list(every)
        else:
            self.shown = [number for number in numbers if wanted.takes(self.lines[number - self.first])]

    def narrow(self, **changes: str | None) -> None:
        self.want(replace(self.wanted, **changes))  # type: ignore[arg-type]  # by their names

    def index(self, number: int) -> int:
        """Where the line of this number is shown, or the next one that is."""
        return min(bisect_left(self.shown, number), max(len(self.shown) - 1, 0))

    def sift(self, wanted: Wanted) -> Iterator[None]:
        """As `want`, some lines between two turns; what comes meanwhile is taken along. At the end all is exchanged."""
        found: list[int] = []
        at = self.first
        while (at := max(at, self.first)) < (end := self.first + len(self.lines)):
            upto = min(at + SOME, end)
            lines = self.lines[at - self.first : upto - self.first]
            found += [number for number, line in enumerate(lines, at) if wanted.takes(line)]
            at = upto
            yield
        self.wanted = wanted
        self.shown = found[bisect_left(found, self.first) :]

    def find(self, text: str, start: int, by: int, most: int | None = None) -> int | None:
        """The next index that has the text, all around; `start` itself is looked at last. Of so many lines at most."""
        return self._next(lambda index: has(self.line(index), text), start, by, most) if text else None

    def trouble(self, start: int, by: int, places: Collection[int]) -> int | None:
        """The next error, or line that is evidence of one (by its number)."""

        def takes(index: int) -> bool:
            return self.shown[index] in places or _RANKS[self.line(index).level] >= _RANKS["ERROR"]

        return self._next(takes, start, by)

    def _next(self, takes: Callable[[int], bool], start: int, by: int, most: int | None = None) -> int | None:
        count = len(self.shown)
        ways = ((start + by * step) % count for step in range(1, min(most or count, count) + 1))
        return next((index for index in ways if takes(index)), None)

    def number_of(self, wanted: LogLine) -> int | None:
        """The kept line that is this one; the end of a very long message may be missing from it."""
        for number, line in enumerate(self.lines, self.first):
            if line.time == wanted.time and _same(line, wanted):
                return number
        return None

    def around(self, wanted: LogLine, count: int) -> list[tuple[LogLine, bool]]:
        """Lines of the same attempt, so many before and after it; and which of them it is."""
        who = (wanted.operation, wanted.item, wanted.attempt)
        number = self.number_of(wanted)
        own = [
            (line, at == number)
            for at, line in enumerate(self.lines, self.first)
            if (line.operation, line.item, line.attempt) == who
        ]
        here = next((index for index, (_line, is_it) in enumerate(own) if is_it), None)
        return [] if here is None else own[max(here - count, 0) : here + count + 1]

    def last_of(self, operation: str, count: int) -> list[LogLine]:
        found: list[LogLine] = []
        for line in reversed(self.lines):
            if line.operation == operation or line.operation.startswith(f"{operation}."):
                found.append(line)
                if len(found) == count:
                    break
        return found[::-1]

    def operations(self) -> dict[str, int]:
        """How many lines each has, in the order of their first one."""
        counts: dict[str, int] = {}
        for line in self.lines:
            counts[line.operation] = counts.get(line.operation, 0) + 1
        return counts

    def attempts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for line in self.lines:
            if line.attempt and (self.wanted.operation is None or line.operation == self.wanted.operation):
                counts[line.attempt] = counts.get(line.attempt, 0) + 1
        return counts


def _same(line: LogLine, other: LogLine) -> bool:
    mine = (line.operation, line.item, line.attempt, line.stream, line.message[:_PREFIX])
    return mine == (other.operation, other.item, other.attempt, other.stream, other.message[:_PREFIX])
