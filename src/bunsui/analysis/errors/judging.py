"""One failure, judged: clues, the rule that says most about them, and what follows from it.

Where failures are found in a history is in `roots`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bunsui.analysis.errors.clues import Clue, PlacedLine, clues
from bunsui.analysis.errors.fingerprint import OURS, fingerprint, telling
from bunsui.analysis.errors.matching import Match, matched, without_echoes
from bunsui.analysis.errors.rule import Rule
from bunsui.model.failure import CAUSE, Category, Evidence
from bunsui.model.pipeline import Retry

_SHORT = 300
_TELLING_LINES = 3
_SURE = 0.4  # below this the end of the log is shown, too
_LAST = "; it last wrote:"
_MUTE = (Category.TIMEOUT, Category.MEMORY)  # whoever is cut off says nothing of it: what it did last is in its log
_UNKNOWN = "No rule knows this: look at its whole log. A rule of your own can name it: docs/errors.md."


@dataclass(frozen=True, slots=True)
class Judgement:
    category: Category
    recoverable: bool
    confidence: float
    rule: str
    advice: str
    cause: str
    fingerprint: str
    evidence: tuple[Evidence, ...]
    retry: Retry | None


def judge(
    error: str, cause: str | None, lines: Sequence[PlacedLine], books: Sequence[Sequence[Rule]], tries: int = 1
) -> Judgement:
    """`books` are rules, the user's own first. `tries` is how often it was tried already."""
    found = clues(error, cause, lines)
    match = matched(found, books)
    told = telling(found)
    if match is None:
        return Judgement(
            Category.UNKNOWN, False, 0.1, "", _UNKNOWN, _short(told, error), fingerprint(found), _last(found), None
        )
    rule = match.rule
    shown = _shown(match, told)
    return Judgement(
        category=rule.category,
        recoverable=rule.recoverable,
        confidence=match.confidence,
        rule=rule.name,
        advice=rule.advice,
        cause=_short(shown, error),
        fingerprint=fingerprint(found),
        evidence=_evidence(match, found),
        retry=_retry(rule.retry, error, tries),
    )


def _shown(match: Match, told: Clue) -> Clue:
    """A line that was decisive is shown; otherwise what the failure says of itself."""
    return match.clue if match.clue.line or match.clue.raised else told


def _short(clue: Clue, error: str) -> str:
    lines = [line.strip() for line in clue.message.splitlines() if line.strip()]
    text = lines[0] if lines else ""
    if text.endswith(_LAST):
        text = text.removesuffix(_LAST) + (f": {lines[-1]}" if len(lines) > 1 else "")
    if clue.error and clue.error != error and clue.error not in text:
        text = f"{clue.error}: {text}" if text else clue.error
    return text if len(text) <= _SHORT else text[: _SHORT - 3] + "..."


def _evidence(match: Match, found: Sequence[Clue]) -> tuple[Evidence, ...]:
    """What was decisive; the end of the log too where that says little, or only that it was cut off."""
    if match.confidence < _SURE:
        return _last(found)
    own = [line for line in match.evidence if line.place != CAUSE and not line.text.startswith(OURS)]
    if match.rule.category not in _MUTE or own:
        return match.evidence
    clues = [clue for clue in found if clue.line and not clue.message.startswith(OURS)][:_TELLING_LINES]
    return tuple(dict.fromkeys((*(e for clue in reversed(clues) for e in clue.evidence), *match.evidence)))


def _last(found: Sequence[Clue]) -> tuple[Evidence, ...]:
    """Of a failure that nothing is known of: its own words, and the last ones of its log."""
    last = [clue for clue in found if clue.line][:_TELLING_LINES]
    return without_echoes(tuple(dict.fromkeys(e for clue in (found[0], *reversed(last)) for e in clue.evidence)))


def _retry(rule: Retry | None, error: str, tries: int) -> Retry | None:
    """For this error; with more tries than were of no avail."""
    if rule is None or not error:
        return None
    return replace(rule, on=(error,), max_attempts=max(rule.max_attempts, tries + 2 if tries > 1 else 0))
