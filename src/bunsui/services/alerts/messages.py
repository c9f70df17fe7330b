"""What an alert says: which operation failed, why, the lines that say so, and what to type. No markup, nothing sent.

Each gives a message without an id: that depends on whom it is for.
"""

from __future__ import annotations

from collections.abc import Sequence

from bunsui.analysis.usual import Usual
from bunsui.model.alert import AlertKind, Failed, Message
from bunsui.model.failure import CAUSE, ErrorAnalysis, Evidence
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.model.words import duration, seconds_of

_MOST_FAILURES = 3
_MOST_LINES = 8  # of evidence
_LONGEST = 500  # characters of a line
_Pairs = tuple[tuple[str, str], ...]


def failure(session: Session, found: Sequence[ErrorAnalysis], facts: _Pairs) -> Message:
    verb = "timed out" if session.status is SessionStatus.TIMED_OUT else "failed" if session.started else "did not run"
    why = f"{_what(found[0])}: {found[0].error} ({found[0].category})" if found else session.reason
    told = tuple(_failed(one) for one in found[:_MOST_FAILURES])
    return Message(
        "",
        AlertKind.FAILURE,
        f"{session.pipeline} {verb}" + (f": {why}" if why else ""),
        session.id,
        session.pipeline,
        facts,
        told,
        max(len(found) - len(told), 0),
        (
            (f"bunsui session recover {session.id}", "every way out, and what each would run again"),
            (f"bunsui session errors {session.id}", "all that is known of what failed"),
        ),
    )


def _failed(one: ErrorAnalysis) -> Failed:
    chance = "may pass by itself" if one.recoverable else "does not pass by itself"
    tried = f", tried {one.attempts} times" if one.attempts > 1 else ""
    why = f"{one.error}: {one.cause}" if one.cause else one.error
    lines = tuple((_cut(line.text), _place(one, line.place)) for line in _lines(one)[:_MOST_LINES])
    return Failed(_what(one), _cut(why), f"{one.category}, {chance}{tried}", one.advice, lines)


def _lines(one: ErrorAnalysis) -> list[Evidence]:
    """In the order in which they were written; what the cause says already is left out."""
    told = (line for line in one.evidence if line.place != CAUSE or line.text != one.cause)
    return sorted(told, key=lambda line: (line.place == CAUSE, line.place, line.line))


def _what(one: ErrorAnalysis) -> str:
    item = "" if one.item is None else f"[{one.item}]"
    more = f" and {one.alike - 1} more items" if one.alike > 1 else ""
    return f"{one.operation}{item}{more}" if one.operation else "the execution itself"


def _place(one: ErrorAnalysis, place: str) -> str:
    """Chunks of a log move into its archive: whose log it is stays."""
    if place == CAUSE:
        return "as the history tells it"
    item = "" if one.item is None else f"[{one.item}]"
    return f"log of {one.operation}{item}, attempt {one.attempt}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


_GOOD = {
    AlertKind.RECOVERY: "{0} has recovered",
    AlertKind.FIXED: "{0} succeeds again",
    AlertKind.SUCCESS: "{0} succeeded",
}


def good(session: Session, kind: AlertKind, facts: _Pairs) -> Message:
    commands = ((f"bunsui session show {session.id}", "its operations and outputs"),)
    subject = _GOOD[kind].format(session.pipeline)
    return Message("", kind, subject, session.id, session.pipeline, facts, commands=commands)


def slow(session: Session, spent: float, usual: Usual | None, limit: float, facts: _Pairs) -> Message:
    if usual and usual.limit == limit:
        against = f"usually {duration(usual.typical)}"
        facts = (*facts, ("usual", f"{duration(usual.typical)}, by its last {usual.count} sessions that completed"))
    else:
        against = f"more than {duration(limit)}"
    took = f"took {duration(spent)}" if session.status.ended else f"has been running for {duration(spent)}"
    commands = (
        (f"bunsui session show {session.id}", "what takes its time"),
        *(() if session.status.ended else ((f"bunsui session cancel {session.id}", "if it is to end"),)),
    )
    subject = f"{session.pipeline} is slow: {took}, {against}"
    return Message("", AlertKind.SLOW, subject, session.id, session.pipeline, facts, commands=commands)


def queued(session: Session, waited: float, position: int, facts: _Pairs) -> Message:
    pool = f" in pool {session.queue}" if session.queue and "/" not in session.queue else ""
    subject = f"{session.pipeline} has waited for {duration(waited)}{pool}, position {position}"
    commands = (
        (f"bunsui session show {session.id}", "where it stands"),
        (f"bunsui session cancel {session.id}", "if it need not run any more"),
    )
    return Message("", AlertKind.QUEUE, subject, session.id, session.pipeline, facts, commands=commands)


def test(facts: _Pairs) -> Message:
    commands = (("bunsui alert list", "the alerts so far"),)
    return Message("", AlertKind.TEST, "Bunsui can reach you here", facts=facts, commands=commands)


def facts(session: Session, where: tuple[str, str], note: str = "", report: str = "") -> _Pairs:
    """What is told of every session, whatever it is about; `report` is the address of one."""
    version = f"@{session.version}" if session.version else ""
    told = [
        ("session", session.id),
        ("pipeline", f"{session.pipeline}{version}"),
        ("status", str(session.status)),
        ("owner", session.owner),
        ("started", _moment(session.started or session.created)),
    ]
    if session.ended:
        told.append(("ended", f"{_moment(session.ended)}, after {duration(spent(session))}"))
    if len(session.executions) > 1 or session.executions[-1].redrives:
        told.append(("recoveries", str(session.recoveries)))
    told += [(name, value) for name, value in (where, ("report", report), ("note", note)) if value]
    return tuple(told)


def spent(session: Session) -> float:
    return seconds_of(session.ended or session.created) - seconds_of(session.started or session.created)


def _moment(text: str) -> str:
    return f"{text[:10]} {text[11:19]} UTC"
