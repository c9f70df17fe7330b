"""Which approvals wait for a person (told from the history, whose scheduled call has the token), and their answer."""

from __future__ import annotations

from collections.abc import Iterator

from bunsui.errors import Conflict, NotFound, Refused
from bunsui.model.json import Json
from bunsui.model.nearest import nearest
from bunsui.ports import Answer, StateMachines
from bunsui.services.sessions.histories import LiveExecution
from bunsui.services.views import Approval, SessionView


def waiting(live: LiveExecution, session: str) -> Iterator[Approval]:
    for name, work in live.works():
        if work.shape.kind != "approval":
            continue
        for item, call in work.pending.items():
            operation = name if item is None else f"{name}[{item}]"
            if token := _text(call.parameters, "token"):
                yield Approval(session, operation, _text(call.parameters, "message"), call.at, token)


def _text(parameters: Json, name: str) -> str:
    """A value of the call's update expression: ``:token``, ``:message``."""
    values = parameters.get("ExpressionAttributeValues") if isinstance(parameters, dict) else None
    value = values.get(f":{name}") if isinstance(values, dict) else None
    return str(value.get("S", "")) if isinstance(value, dict) else ""


def chosen(found: tuple[Approval, ...], session: str, operation: str | None) -> Approval:
    """The one that is meant; without a name there must be only one."""
    names = ", ".join(one.operation for one in found)
    matching = [one for one in found if operation is None or one.operation == operation]
    if not matching:
        if not found:
            raise Refused(f"session {session} waits for no approval", f"bunsui session show {session}")
        what = f"session {session} waits for {names}, and for no approval {operation!r}"
        meant = nearest(operation or "", [one.operation for one in found]) or found[0].operation
        raise Refused(what, f"bunsui session approve {session} {meant}")
    if len(matching) > 1:
        questions = "".join(f"\n  {one.operation}: {one.message}" for one in found)
        hint = f"Name one: bunsui session approve {session} {found[0].operation}"
        raise Refused(f"session {session} waits for several approvals:{questions}", hint)
    return matching[0]


def answered(machines: StateMachines, view: SessionView, operation: str | None, answer: Answer) -> Approval:
    """The one that is meant, now that it has its answer. Raises Refused, or Conflict when somebody was first."""
    approval = chosen(view.approvals, view.session.id, operation)
    try:
        machines.answer(approval.token, answer)
    except NotFound:
        raise Conflict(f"approval {approval.operation!r} was answered by somebody else meanwhile") from None
    return approval
