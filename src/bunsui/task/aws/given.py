"""What a machine tells a task about itself: the `bunsui` object of its payload. Who writes it: `compiler.context`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from bunsui.task.current import Context
from bunsui.task.outputs import DEFAULT_CAP


class Given(NamedTuple):
    context: Context
    inline: list[str]  # fields of the output that may be large
    cap: int  # bytes of the output
    token: str  # of an execution that waits for an answer; empty where none does
    heartbeat: float  # seconds in which it wants to hear something; 0: it does not say


def given_from(told: Mapping[str, Any]) -> Given:
    context = Context(
        str(told.get("session") or ""),
        str(told.get("operation") or ""),
        told.get("item"),
        int(told.get("generation") or 0),
        str(told.get("attempt") or ""),
        str(told.get("key") or ""),
    )
    return Given(
        context,
        list(told.get("inline") or ()),
        int(told.get("cap") or DEFAULT_CAP),
        str(told.get("token") or ""),
        float(told.get("heartbeat") or 0),
    )


def variables(context: Context) -> dict[str, str]:
    """As a task finds them in its environment, on a laptop, too."""
    return {
        "BUNSUI_SESSION": context.session,
        "BUNSUI_OPERATION": context.operation,
        "BUNSUI_ITEM": "" if context.item is None else str(context.item),
        "BUNSUI_GENERATION": str(context.generation),
        "BUNSUI_ATTEMPT": context.attempt,
        "BUNSUI_IDEMPOTENCY_KEY": context.key,
    }
