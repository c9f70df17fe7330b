"""What there is to go by: the error itself, exceptions in its cause and in the log, and single lines of the log.

How services write their causes is read in `causes`, exceptions in `exceptions`; what a clue means, the rules say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from bunsui.analysis.errors.causes import Told, told_in
from bunsui.analysis.errors.exceptions import Raised, frames_of, own_lines, raised_in
from bunsui.model.failure import CAUSE, Evidence

MOST_LINES = 400  # of a log, from its end
_MOST_RAISED = 6
_MOST_CODES = 3
_OLDER, _CAUSE, _BETWEEN = 0.06, 0.03, 0.3  # less trust in an exception of a chain
_LONGEST_EVIDENCE = 500
_CODE = re.compile(r"(?<![\w$./-])([A-Z][A-Z0-9]{1,30}(?:_[A-Z0-9]{1,30}){1,8})(?![\w=/-])")
_QUOTED = re.compile(r"'[^'\n]{0,500}'|\"[^\"\n]{0,500}\"")
_BAD_LEVELS = ("ERROR", "CRITICAL")
# How far a line is trusted: on stderr; said as a failure, or warned of; one that only has such words.
_ALARM, _SAID, _WORD = 0.8, 0.55, 0.3
# What is said as a failure, whatever stream it is on: `ERROR ...`, `error: ...`, `... failed`, `Cannot ...`.
_CRY = re.compile(
    r"\b(?:ERROR|FATAL|CRITICAL|SEVERE|PANIC|FAILED|FAILURE|Killed)\b"
    r"|(?i:\b(?:error|fatal|panic|failure|exception|failed):)"
    r"|(?i:^\W*(?:\S+ ){0,4}(?:error|fatal|exception|fail(?:ure|ed)|cannot|can't|could not|unable to|aborted|denied)\b"
    r"(?![\"'=]))"
    r"|(?i:\b(?:failed|failure|error|exception)\.?$)|(?i:\b(?:has|have|was|were) (?:failed|aborted|denied|killed)\b)"
)
_AFTER_A_CRY = 3  # lines that go on with it
# What was got over, or counted as none.
_CALM = re.compile(
    r"(?i)\b(?:0|no|without|zero) (?:errors?|failures?|warnings?|exceptions?)\b|\b(?:errors?|failed|failures?)[=:] ?0\b"
    r"|\bretrying\b|\bwill (?:be )?retr(?:y|ied)\b|\bretry \d+ ?(?:/|of) ?\d|\(attempt \d+ ?(?:/|of) ?\d+\)"
    r"|\bDEBUG\b|\bTRACE\b|(?:Deprecation|Future|User|Runtime|Resource)Warning\b|\bdeprecated\b"
    r"|\b(?:ignored|ignoring|recovered|reconnected|falling back|continuing)\b"
)
# Programs write all of their log to stderr, and say what is only information.
_INFORMS = re.compile(
    r"^\W*(?:\S+ ){0,4}\[?(?:INFO|NOTICE|DEBUG|TRACE)\b|(?i:\blevel[\"']?[=:] ?[\"']?(?:info|debug)\b)"
)
_WARNS = re.compile(r"(?i)^\W*(?:\S+ ){0,3}WARN(?:ING)?\b")


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line of a task's log and where it lies."""

    place: str
    number: int
    level: str
    stream: str
    text: str


@dataclass(frozen=True, slots=True)
class Clue:
    """`weight` is how far it can be trusted to tell of this failure.

    `line`: a single line of the log, without an error of its own. `raised`: an exception found inside a text.
    """

    error: str
    message: str
    weight: float
    frames: tuple[str, ...] = ()
    stack: tuple[str, ...] = ()  # its lines as they are
    exit_code: int | None = None
    signal: str | None = None
    evidence: tuple[Evidence, ...] = ()
    line: bool = False
    raised: bool = False

    @property
    def name(self) -> str:
        """The error's name without its module."""
        return self.error.rpartition(".")[2]

    @property
    def names(self) -> tuple[str, ...]:
        """The error's name, and how it is written where words begin with capitals: NO_SUCH_ROW is NoSuchRow, too."""
        if "_" not in self.error and "-" not in self.error:
            return (self.error,)
        return (self.error, "".join(word.capitalize() for word in re.split(r"[_-]+", self.error) if word))

    @property
    def whole(self) -> str:
        """What patterns are searched in: an exception's name stands before its message, as in the text.

        What a ValueError quotes is the value.
        """
        message = _QUOTED.sub("''", self.message) if self.name == "ValueError" else self.message
        return f"{self.error}: {message}" if self.raised else message


def clues(error: str, cause: str | None, lines: Sequence[PlacedLine]) -> tuple[Clue, ...]:
    """In order of trust: what the history says, exceptions in the log, lines of the log."""
    lines = lines[-MOST_LINES:]
    return (*_of_cause(error, cause or ""), *_of_log(lines), *_of_lines(lines))


def evidence_of(line: PlacedLine) -> Evidence:
    return Evidence(line.place, line.number, line.text[:_LONGEST_EVIDENCE])


def _of_cause(error: str, cause: str) -> Iterator[Clue]:
    every = told_in(error, cause)
    for depth, told in enumerate(every):
        yield _of_told(told, 1.0 if depth == 0 else 0.98)
    yield from _codes(every[0].message, 0.9, lambda number, line: Evidence(CAUSE, number + 1, line))
    lines = every[0].message.splitlines()
    yield from _raised(lines, 0.97, lambda number: Evidence(CAUSE, number + 1, lines[number][:_LONGEST_EVIDENCE]))


def _of_told(told: Told, weight: float) -> Clue:
    numbered = [(number, line) for number, line in enumerate(told.message.splitlines(), 1) if line.strip()]
    evidence = tuple(Evidence(CAUSE, number, line[:_LONGEST_EVIDENCE]) for number, line in numbered[:1])
    after = len(told.message.splitlines()) + 1
    own = (Evidence(CAUSE, after + n, told.frames[n].strip()[:_LONGEST_EVIDENCE]) for n in own_lines(told.frames))
    return Clue(
        told.error,
        told.message,
        weight,
        frames_of(told.frames),
        told.frames,
        told.exit_code,
        told.signal,
        (*evidence, *own),
    )


def _there(evidence: Evidence) -> Callable[[int, str], Evidence]:
    return lambda number, line: evidence


def _codes(message: str, weight: float, place: Callable[[int, str], Evidence]) -> Iterator[Clue]:
    """Services name their errors in capitals inside of a message: UNABLE_TO_LOCK_ROW."""
    for number, line in enumerate(message.splitlines()[:_MOST_RAISED]):
        for match in islice(_CODE.finditer(line[:_LONGEST_EVIDENCE]), _MOST_CODES):
            evidence = place(number, line[:_LONGEST_EVIDENCE])
            yield Clue(match[1], line, weight, evidence=(evidence,), raised=True)


def _of_log(lines: Sequence[PlacedLine]) -> Iterator[Clue]:
    yield from _raised([line.text for line in lines], 0.9, lambda number: evidence_of(lines[number]))


def _raised(texts: Sequence[str], weight: float, place: Callable[[int], Evidence]) -> Iterator[Clue]:
    """Each exception counts less than the one that was raised after it; what one was raised `from` hardly less.

    What stands between the two only passes it on.
    """
    trust = weight
    for age, one in enumerate(raised_in(texts)[:_MOST_RAISED]):
        own = round(trust - (_BETWEEN if age and one.explained else 0.0), 3)
        yield _of_raised(one, own, (place(one.line), *map(place, one.at)))
        yield from _codes(one.message, round(own * 0.9, 3), _there(place(one.line)))
        trust -= _CAUSE if one.explained else _OLDER


def _of_raised(one: Raised, weight: float, evidence: tuple[Evidence, ...]) -> Clue:
    told = told_in(one.error, one.message)
    error = told[-1].error if len(told) > 1 else one.error
    first = told[0]
    return Clue(
        error,
        one.message,
        weight,
        one.frames,
        one.stack,
        first.exit_code,
        first.signal,
        evidence,
        raised=True,
    )


def _trusts(lines: Sequence[PlacedLine]) -> Iterator[float]:
    """How far each is trusted: a word such as 'timeout' in a line that reports progress tells nothing of the end."""
    cried = _AFTER_A_CRY + 1
    for line in lines:
        text = line.text[:_LONGEST_EVIDENCE]
        cried = 0 if _CRY.search(text) else cried + 1
        if _CALM.search(text) or (cried and _INFORMS.search(text)):
            yield _WORD
        elif line.level in _BAD_LEVELS or line.stream == "stderr":
            yield _SAID if _WARNS.search(text) else _ALARM
        else:
            yield _SAID if cried <= _AFTER_A_CRY and not _WARNS.search(text) else _WORD


def _of_lines(lines: Sequence[PlacedLine]) -> Iterator[Clue]:
    """The nearer to the end, the likelier it tells of the end."""
    trusts = list(_trusts(lines))
    for age, (line, trust) in enumerate(zip(reversed(lines), reversed(trusts), strict=True)):
        if line.text.strip():
            weight = trust * (1 - 0.25 * age / MOST_LINES)
            yield Clue("", line.text, weight, evidence=(evidence_of(line),), line=True)
