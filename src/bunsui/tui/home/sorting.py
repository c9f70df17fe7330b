"""The orders in which sessions may stand. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.text import words
from bunsui.text.language import mark

_BY_STATUS = {
    status: number
    for number, status in enumerate(
        (
            SessionStatus.FAILED,
            SessionStatus.TIMED_OUT,
            SessionStatus.RETRYING,
            SessionStatus.RECOVERING,
            SessionStatus.RUNNING,
            SessionStatus.QUEUED,
            SessionStatus.CREATED,
            SessionStatus.CANCELLED,
            SessionStatus.COMPLETED,
        )
    )
}  # what needs somebody comes first
COLUMNS = {
    "created": mark("created"),
    "time": mark("time it took"),
    "status": mark("status"),
    "pipeline": mark("pipeline"),
    "session": mark("session"),
    "owner": mark("owner"),
}


@dataclass(frozen=True, slots=True)
class Order:
    """By a column. `down`: the newest, longest, last in the alphabet first."""

    column: str = "created"
    down: bool = True

    @property
    def is_stored(self) -> bool:
        """The order in which sessions are read: pages of it are whole."""
        return self == NEWEST

    def chosen(self, column: str) -> Order:
        """The same column again turns it around."""
        return Order(column, not self.down) if column == self.column else Order(column, column in ("created", "time"))

    def text(self) -> str:
        """As it is kept with a view."""
        return f"{'-' if self.down else ''}{self.column}"

    def sorted(self, sessions: list[Session], now: float) -> list[Session]:
        """Those that are alike: the newest first."""
        if self.column == "created":
            return sorted(sessions, key=lambda one: (one.created, one.id), reverse=self.down)
        newest = sorted(sessions, key=lambda one: (one.created, one.id), reverse=True)
        value = _VALUES[self.column]
        return sorted(newest, key=lambda one: value(one, now), reverse=self.down)


NEWEST = Order()


def order_of(text: str) -> Order:
    """Of `Order.text`; anything else is the newest first."""
    column = text.removeprefix("-")
    return Order(column, text.startswith("-")) if column in COLUMNS else NEWEST


def spent(session: Session, now: float) -> float:
    """Seconds that it took, or has taken so far."""
    if session.started is None:
        return 0.0
    ended = words.seconds_of(session.ended) if session.ended else now
    return max(ended - words.seconds_of(session.started), 0.0)


_VALUES: dict[str, Callable[[Session, float], str | float]] = {
    "time": spent,
    "status": lambda session, _: float(_BY_STATUS[session.status]),
    "pipeline": lambda session, _: session.pipeline,
    "session": lambda session, _: session.id,
    "owner": lambda session, _: session.owner,
}
