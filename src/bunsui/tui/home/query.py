"""The filter line: ``status:failed pipeline:etl since:24h owner:me text``. What it means for a session; no I/O.

What may be typed next is here, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches

from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.text import words
from bunsui.text.language import _

KEYS = ("status", "pipeline", "owner", "since")
STATUSES = tuple(sorted(one.value.lower() for one in SessionStatus))
OPEN = tuple(one for one in SessionStatus if not one.ended)
GROUPS = {"open": OPEN, "ended": tuple(one for one in SessionStatus if one.ended)}
ME, TODAY = "me", "today"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


@dataclass(frozen=True, slots=True)
class Query:
    """`since` is in seconds before now; `text` stands in the id, the pipeline, the reason or the owner."""

    statuses: tuple[SessionStatus, ...] = ()  # one of these; empty: any
    pipeline: str | None = None  # the beginning of its name
    since: float | None = None
    today: bool = False
    owner: str | None = None
    text: tuple[str, ...] = ()
    problem: str = ""  # what could not be read of it

    def by(self, owner: str) -> Query:
        """As `owner` means it."""
        return replace(self, owner=owner) if self.owner == ME else self

    def takes(self, session: Session, now: float) -> bool:
        whole = f"{session.id} {session.pipeline} {session.reason} {session.owner}".lower()
        return (
            (not self.statuses or session.status in self.statuses)
            and (self.pipeline is None or session.pipeline.startswith(self.pipeline))
            and (self.owner is None or session.owner == self.owner)
            and not self.is_before(session, now)
            and all(word in whole for word in self.text)
        )

    def is_before(self, session: Session, now: float) -> bool:
        """So are all that come after it, since the newest come first."""
        begin = _midnight(now) if self.today else now - self.since if self.since is not None else None
        return begin is not None and words.seconds_of(session.created) < begin


def parse(text: str) -> Query:
    """As far as it can be read: what is half typed filters nothing yet."""
    query = Query()
    for word in text.split():
        key, colon, value = word.partition(":")
        if not colon or key not in KEYS:
            query = replace(query, text=(*query.text, word.lower()), problem=query.problem or _misspelt(key, value))
        elif value:
            query = _READ[key](query, value)
    return query


def _misspelt(key: str, value: str) -> str:
    """What looks like a key is searched for as text, which finds nothing: that is said."""
    near = get_close_matches(key.lower(), KEYS, 1, 0.7) if value else []
    return f"{key}: {_('Did you mean {name!r}?').format(name=f'{near[0]}:')}" if near else ""


def _status(query: Query, value: str) -> Query:
    """One or several, each by its beginning."""
    found: list[SessionStatus] = []
    for part in value.lower().split(","):
        wanted = part.replace("-", "_")
        some = GROUPS.get(wanted) or [one for one in SessionStatus if wanted and one.lower().startswith(wanted)]
        if part and not some:
            return replace(query, problem=_("no status {name}: {all}").format(name=part, all=", ".join(STATUSES)))
        found += some
    return replace(query, statuses=tuple(dict.fromkeys(found)))


def _since(query: Query, value: str) -> Query:
    if value == TODAY:
        return replace(query, today=True)
    found = re.fullmatch(r"(\d{1,9})([smhdw])", value.lower())
    if not found:
        half = TODAY.startswith(value) or value.isdecimal()
        return query if half else replace(query, problem=_("since: 30m, 24h, 7d or today"))
    return replace(query, since=float(int(found[1]) * _UNITS[found[2]]))


_READ: dict[str, Callable[[Query, str], Query]] = {
    "status": _status,
    "since": _since,
    "pipeline": lambda query, value: replace(query, pipeline=value),
    "owner": lambda query, value: replace(query, owner=value),
}


def _midnight(now: float) -> float:
    return datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


@dataclass(frozen=True, slots=True)
class Known:
    """Names that may be typed: those that were seen."""

    pipelines: Sequence[str] = ()
    owners: Sequence[str] = ()


def completions(text: str, known: Known) -> list[str]:
    """What the last word may become, the likeliest first; a key, or a value of its key."""
    word = "" if not text or text[-1].isspace() else text.split()[-1]
    key, colon, value = word.partition(":")
    if not colon:
        return [f"{one}:" for one in KEYS if one.startswith(word) and f"{one}:" not in text]
    if key not in KEYS:
        return []
    done, comma, last = value.rpartition(",") if key == "status" else ("", "", value)
    values = _values(key, known)
    return [f"{key}:{done}{comma}{one}" for one in values if one.startswith(last.lower()) and one != last]


def _values(key: str, known: Known) -> Sequence[str]:
    match key:
        case "status":
            return (*STATUSES, *GROUPS)
        case "pipeline":
            return known.pipelines
        case "owner":
            return (ME, *known.owners)
        case _:
            return (TODAY, "1h", "24h", "7d", "30d")


def completed(text: str, word: str) -> str:
    """With the last word become `word`."""
    return text[: len(text) - len(text.split()[-1])] + word if text and not text[-1].isspace() else text + word
