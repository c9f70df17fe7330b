"""An alert: what is told, to whom, and how far its delivery got. Who is told what: `model.notify`.

Deciding and storing is `services.notifications`, delivering is `channels`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bunsui.model.secret import Secret


class AlertKind(StrEnum):
    FAILURE = "failure"
    RECOVERY = "recovery"  # a session that had failed has completed
    FIXED = "fixed"  # a success after another session's failure
    SUCCESS = "success"
    SLOW = "slow"  # longer than usual
    QUEUE = "queue"  # waits too long for its turn
    TEST = "test"
    SEVERAL = "several"  # alerts that were held back, in one message


class AlertStatus(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    GIVEN_UP = "given up"


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to tell: an address such as ``mailto:data@example.com``, a reference to one, or ``console``.

    `folder` is where a ``file:`` reference begins.
    """

    address: str | Secret
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """A failure as it is told: what failed, why, what kind it is, what to do, and the lines that say so."""

    what: str
    why: str
    kind: str
    advice: str
    evidence: tuple[tuple[str, str], ...] = ()  # (text, place)


@dataclass(frozen=True, slots=True)
class Message:
    """What is told, in the words of its sender: channels make it safe for what they speak.

    The same message has the same `id`, however often it is sent.
    """

    id: str
    kind: AlertKind
    subject: str
    session: str = ""
    pipeline: str = ""
    facts: tuple[tuple[str, str], ...] = ()  # (name, value)
    failures: tuple[Failed, ...] = ()
    more: int = 0  # failures that are not told
    commands: tuple[tuple[str, str], ...] = ()  # (what to type, what it does)

    @property
    def bad(self) -> bool:
        return self.kind in (AlertKind.FAILURE, AlertKind.SLOW, AlertKind.QUEUE, AlertKind.SEVERAL)


@dataclass(frozen=True, slots=True)
class Alert:
    """A message for one target, as it is kept. `how` tells what the channel did, `error` why it last could not.

    Tried, and without an error: whether it went is not known, or it is on its way.
    """

    message: Message
    target: Target
    created: str  # RFC 3339, UTC
    status: AlertStatus = AlertStatus.PENDING
    attempts: int = 0
    due: str | None = None  # when it is tried again
    sent: str | None = None
    how: str = ""
    error: str = ""
    held: bool = False  # too many went there of late: it waits, and goes together with others
    batch: str = ""  # the id of the message in which it went together with others
    revision: int = 0
