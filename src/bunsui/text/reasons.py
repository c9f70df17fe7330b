"""Why a session ended, as its record says it: whole, or as short as a line in a list needs it."""

from __future__ import annotations

import re

from bunsui.model.session import Session
from bunsui.text import escape

_ERROR = "Bunsui.OperationsFailed: "  # says no more than what follows it
_COUNT = re.compile(r"\d+ of \d+ operations failed: ")


def whole(session: Session) -> str:
    return escape.line(session.reason.removeprefix(_ERROR))


def brief(session: Session) -> str:
    """What failed comes first: a line in a list is cut at its end."""
    return _COUNT.sub("", whole(session), count=1)
