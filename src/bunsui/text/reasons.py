"""Why a session ended, as its record says it: whole, or as short as a line in a list needs it."""

from __future__ import annotations

import re

from bunsui.model.session import Session
from bunsui.text import escape
from bunsui.text.said import said

_ERROR = "Bunsui.OperationsFailed: "  # says no more than what follows it
_COUNT = re.compile(r"\d+ of \d+ operations failed: ")


def whole(session: Session) -> str:
    return escape.line(said(_plain(session)))


def brief(session: Session) -> str:
    """What failed comes first: a line in a list is cut at its end."""
    return escape.line(said(_COUNT.sub("", _plain(session), count=1)))


def _plain(session: Session) -> str:
    return session.reason.removeprefix(_ERROR)
