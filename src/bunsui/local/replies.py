"""What an engine answers to a command: a value, or an error that is raised where the command was given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bunsui import errors
from bunsui.errors import BackendError, BunsuiError
from bunsui.model.json import Json

Reply = dict[str, Json]


def refusal(error: Exception) -> Reply:
    if isinstance(error, BunsuiError):
        return {"error": type(error).__name__, "message": str(error), "hint": error.hint}
    return {"error": "BackendError", "message": f"the engine failed: {error!r}", "hint": ""}


def value_of(reply: Mapping[str, Any]) -> Any:
    """What the engine answered; raises what it refused."""
    if "error" not in reply:
        return reply["value"]
    known = getattr(errors, reply["error"], BackendError)
    raise known(reply["message"], reply["hint"])
