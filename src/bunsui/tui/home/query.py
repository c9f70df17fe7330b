"""The filter line: ``status:failed pipeline:etl since:24h owner:me text``. What it means for a session; no I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.text import words

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_KEYS = ("status", "pipeline", "since", "owner")


@dataclass(frozen=True, slots=True)
class Query:
    """`since` is in seconds before now; `text` stands in the id, the reason or the owner, whatever its case."""

    status: SessionStatus | None = None
    pipeline: str | None = None
    since: float | None = None
    owner: str | None = None
    text: tuple[str, ...] = ()
    problem: str = ""  # what could not be read of it

    def takes(self, session: Session, now: float) -> bool:
        whole = f"{session.id} {session.pipeline} {session.reason} {session.owner}".lower()
        return (
            (self.status is None or session.status is self.status)
            and (self.pipeline is None or session.pipeline == self.pipeline)
            and (self.owner is None or session.owner == self.owner)
            and not self.is_before(session, now)
            and all(word in whole for word in self.text)
        )

    def is_before(self, session: Session, now: float) -> bool:
        """So are all that come after it, since the newest come first."""
        return self.since is not None and words.seconds_of(session.created) < now - self.since


def parse(text: str) -> Query:
    """As far as it can be read: what is half typed filters nothing yet."""
    status, pipeline, since, owner, problem = None, None, None, None, ""
    rest: list[str] = []
    for word in text.split():
        key, colon, value = word.partition(":")
        if not colon or key not in _KEYS:
            rest.append(word.lower())
        elif not value:
            continue
        elif key == "status":
            status = _status(value)
            problem = problem if status else f"no status {value}"
        elif key == "since":
            since = _seconds(value)
            problem = problem if since is not None else "since: 30m, 24h or 7d"
        elif key == "pipeline":
            pipeline = value
        else:
            owner = value
    return Query(status, pipeline, since, owner, tuple(rest), problem)


def _status(value: str) -> SessionStatus | None:
    """By its beginning, if only one begins so."""
    wanted = value.upper().replace("-", "_")
    found = [one for one in SessionStatus if one.startswith(wanted)]
    return found[0] if len(found) == 1 or wanted in found else None


def _seconds(value: str) -> float | None:
    found = re.fullmatch(r"(\d{1,9})([smhdw])", value.lower())
    return int(found[1]) * _UNITS[found[2]] if found else None
