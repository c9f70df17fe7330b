"""What the loader's threads say to screens: frozen views, or why there are none."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from bunsui.model.problem import Problem
from bunsui.model.session import Session
from bunsui.services.views import SessionView


@dataclass(eq=False)
class Told(Message, bubble=False):
    """Of every message from a thread; it concerns only the widget that asked."""


@dataclass(eq=False)
class Failed(Told):
    """What was asked for could not be had: `asked` is the name of the job."""

    asked: str
    message: str
    hint: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(eq=False)
class Reached(Told):
    """The backend is there again: what looked at it all the time has to begin anew."""


@dataclass(eq=False)
class Known(Told):
    """Names to choose from: recent sessions and registered pipelines, each with what is said of it."""

    sessions: tuple[tuple[str, str], ...]
    pipelines: tuple[tuple[str, str], ...]


class Latest(Told):
    """Of several of one kind that wait for a busy screen, the last says it all."""

    def can_replace(self, message: Message) -> bool:
        return type(message) is type(self)


@dataclass(eq=False)
class Viewed(Latest):
    view: SessionView


@dataclass(eq=False)
class Recorded(Told):
    """A session that had ended, as its record stands now."""

    session: Session


@dataclass(eq=False)
class NewLines(Latest):
    """There are lines of the log to be taken from the follower."""


@dataclass(eq=False)
class Done(Told):
    """Something was done about a session."""

    what: str
    session: Session


@dataclass(eq=False)
class NotAllowed(Told):
    """A pipeline from S3 would run these things on this machine, and nobody said yet that this content may."""

    source: str
    deeds: tuple[str, ...]
    sha256: str


@dataclass(eq=False)
class Answered(Told):
    """An approval."""

    text: str


@dataclass(eq=False)
class Reported(Told):
    address: str
    size: int
