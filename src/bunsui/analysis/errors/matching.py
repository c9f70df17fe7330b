"""Which rule says most about a failure, and by which clue: the user's rules first, then the one that is surest.

Within a clue the first rule of the file counts. Between clues the surest: a rule's confidence by the clue's weight.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bunsui.analysis.errors.clues import Clue
from bunsui.analysis.errors.rule import Rule
from bunsui.model.failure import CAUSE, Evidence

_MOST_EVIDENCE = 5
_TELLING = 8  # characters: a shorter text may stand in any line


@dataclass(frozen=True, slots=True)
class Match:
    rule: Rule
    clue: Clue
    confidence: float
    evidence: tuple[Evidence, ...]


def matched(clues: Sequence[Clue], books: Sequence[Sequence[Rule]]) -> Match | None:
    """Of the first book that has a rule for this failure. A rule that asks for the log looks at all its lines."""
    lines = [clue for clue in clues if clue.line]
    for rules in books:
        found = [match for clue in clues if (match := _first(clue, rules, lines))]
        if found:
            best = max(found, key=lambda match: match.confidence)
            return Match(best.rule, best.clue, best.confidence, _evidence(best, clues))
    return None


def _first(clue: Clue, rules: Iterable[Rule], lines: Sequence[Clue]) -> Match | None:
    for rule in rules:
        if rule.takes(clue):
            logged = _logged(rule, lines) if rule.log and not clue.line else ()
            if logged is not None:
                evidence = (*_lines_of(rule, clue), *logged)
                return Match(rule, clue, round(rule.confidence * clue.weight, 2), evidence)
    return None


def _logged(rule: Rule, lines: Sequence[Clue]) -> tuple[Evidence, ...] | None:
    """The last line that the rule asks for; None if it is not there."""
    for line in lines:  # the last one first
        if rule.log.found_in(line.message):
            return line.evidence
    return None


def _lines_of(rule: Rule, clue: Clue) -> tuple[Evidence, ...]:
    """The very line that the rule was found in."""
    number = None if clue.line or clue.raised else rule.line_in(clue.message)
    if number is None or not clue.evidence:
        return clue.evidence
    text = clue.message.splitlines()[number][:500]
    return (Evidence(clue.evidence[0].place, number + 1, text), *clue.evidence[1:])


def _evidence(match: Match, clues: Sequence[Clue]) -> tuple[Evidence, ...]:
    """What was matched, and where the log tells the same."""
    found = dict.fromkeys((*match.evidence, *_final(match, clues)))
    for clue in clues:
        if clue is not match.clue and not clue.line and clue.raised and _same(clue, match.clue):
            found |= dict.fromkeys(clue.evidence)
    for line in tuple(found):
        if line.place == CAUSE and (logged := _logged_line(line.text.strip(), clues)):
            found[logged] = None
    found |= dict.fromkeys(_whole(found, clues))
    return without_echoes(tuple(found))[:_MOST_EVIDENCE]


def _whole(found: Collection[Evidence], clues: Sequence[Clue]) -> Iterator[Evidence]:
    """Of a traceback of which a line is told and no frame: what was raised, and where."""
    tracebacks = [clue.evidence for clue in clues if clue.raised and len(clue.evidence) > 1]
    tracebacks.sort(key=lambda own: own[0].place == CAUSE)  # the log's first: their lines have places
    if not any(own[1] in found for own in tracebacks):
        yield from next((own for own in tracebacks if any(line in found for line in own)), ())


def _logged_line(text: str, clues: Sequence[Clue]) -> Evidence | None:
    """The last line of the log that says this."""
    if len(text) < _TELLING:
        return None
    return next((clue.evidence[0] for clue in clues if clue.line and text in clue.message), None)


def _final(match: Match, clues: Sequence[Clue]) -> tuple[Evidence, ...]:
    """The exception that was raised last, where the one that says why was raised before it."""
    last = next((clue for clue in clues if clue.raised), None)
    if last is None or not match.clue.raised or last.evidence[:1] == match.clue.evidence[:1]:
        return ()
    return last.evidence[:1] if last.evidence[0].place == match.clue.evidence[0].place else ()


def without_echoes(found: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """What stands in the log needs not be told from the cause, too."""
    logged = [line.text for line in found if line.place != CAUSE]
    return tuple(line for line in found if line.place != CAUSE or not any(line.text.strip() in text for text in logged))


def _same(one: Clue, other: Clue) -> bool:
    return bool(one.name) and (one.name == other.name or (bool(other.message) and other.message in one.message))
