"""The only place where a session's status changes: a lookup in TRANSITIONS that returns a new record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bunsui.errors import IllegalTransition
from bunsui.model.session import Session
from bunsui.model.status import TRANSITIONS, SessionStatus


def moved(session: Session, status: SessionStatus, **changes: Any) -> Session:
    """The session with another status (and other fields): nothing is due or open unless said. IllegalTransition."""
    if status not in TRANSITIONS[session.status]:
        raise IllegalTransition(session.id, session.status, status)
    return replace(session, status=status, **{"ending": (), "tries": 0, "due": None, **changes})
