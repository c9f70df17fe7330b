"""The commands that an engine takes: deploy, start, stop, redrive, answer. How they arrive is in `inbox` and `host`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bunsui import errors
from bunsui.asl.advance import redrivable
from bunsui.asl.inputs import Redriven, Stopped
from bunsui.errors import AlreadyExists, BackendError, BunsuiError, InvalidInput, NotFound, Refused
from bunsui.local import machines, names
from bunsui.local.engine import Engine
from bunsui.local.payloads import dumps
from bunsui.model.json import Json
from bunsui.ports import Answer

Body = Mapping[str, Any]
Reply = dict[str, Json]
_MOST_INPUT = 256 * 1024  # bytes, AWS's limit


def carry_out(engine: Engine, kind: str, body: Body) -> Reply:
    """Within the engine's turn. What is refused is a reply too; BackendError ends the turn."""
    engine.journal.begin()
    try:
        return {"value": _COMMANDS[kind](engine, body)}
    except BackendError:
        raise
    except BunsuiError as error:
        return refusal(error)


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


def _deploy(engine: Engine, body: Body) -> Json:
    arn = machines.deploy(body, engine.journal)
    engine.lives.machine(arn or "")  # raises InvalidInput before the commit when it cannot be interpreted
    return arn


def _start(engine: Engine, body: Body) -> Json:
    machine, name, given = body["machine"], names.checked_name(body["name"]), body["input"]
    existing = engine.journal.execution(names.execution_arn(names.machine_name_of(machine), name))
    if existing:
        if existing.input != given:
            raise AlreadyExists(f"an execution {name} with another input exists already")
        return existing.arn
    row = engine.new_row(machine, name, given)
    size = len(dumps(given))
    if engine.lives.machine(machine)[0].limits and size > _MOST_INPUT:
        raise InvalidInput(f"the execution's input has {size} bytes; Step Functions takes {_MOST_INPUT}")
    engine.begin_execution(row)
    return row.arn


def _stop(engine: Engine, body: Body) -> Json:
    live = engine.lives.by_arn(body["arn"])
    if live:
        engine.feed(live, Stopped(engine.clock(), body["error"] or None, body["cause"] or None))
    elif not engine.journal.execution(body["arn"]):
        raise NotFound(f"there is no execution {body['arn']}")
    return None


def _redrive(engine: Engine, body: Body) -> Json:
    row = engine.journal.execution(body["arn"])
    if not row:
        raise NotFound(f"there is no execution {body['arn']}")
    if engine.lives.by_arn(row.arn):
        raise Refused(f"{row.name} is still running", "Stop it first: bunsui session cancel ID")
    live = engine.lives.load(row)
    possible, reason = redrivable(live.state, engine.clock()) if live.state else (False, "it never began")
    if not possible or live.state is None:
        engine.lives.drop(live)
        raise Refused(f"{row.name} cannot be redriven: {reason}", "Start anew with what is done: bunsui session resume")
    engine.journal.reopen_execution(row.id, live.state.redrive_count + 1)
    engine.feed(live, Redriven(engine.clock()))
    return None


def _answer(engine: Engine, body: Body) -> Json:
    if not engine.answer(body["token"], Answer(body["output"], body["error"], body["cause"])):
        raise NotFound("nothing waits for this token any more")
    return None


_COMMANDS: Mapping[str, Callable[[Engine, Body], Json]] = {
    "deploy": _deploy,
    "start": _start,
    "stop": _stop,
    "redrive": _redrive,
    "answer": _answer,
}
