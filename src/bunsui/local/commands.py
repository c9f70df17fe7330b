"""The commands that an engine takes: deploy, start, stop, redrive, answer, beat, declare, drop, forget. How they
arrive: `inbox`, `host`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bunsui.asl.advance import redrivable
from bunsui.asl.inputs import Redriven, Stopped
from bunsui.asl.machine import InvalidDefinition, parse
from bunsui.errors import AlreadyExists, BackendError, BunsuiError, InvalidInput, NotFound, Refused
from bunsui.local import machines, names
from bunsui.local.forgetting import forget, tidy, tree
from bunsui.local.payloads import dumps
from bunsui.local.replies import Reply, refusal
from bunsui.local.steps import Steps
from bunsui.model.json import Json
from bunsui.ports import Answer

Body = Mapping[str, Any]
_MOST_INPUT = 256 * 1024  # bytes, AWS's limit


def carry_out(steps: Steps, kind: str, body: Body) -> Reply:
    """Within the engine's turn. What is refused is a reply too; a BackendError ends the turn."""
    steps.journal.begin()
    try:
        return {"value": _COMMANDS[kind](steps, body)}
    except BackendError:
        raise
    except BunsuiError as error:
        return refusal(error)


def _deploy(steps: Steps, body: Body) -> Json:
    return machines.deploy(body, _Checked(steps))


class _Checked:
    """The journal as a registry that takes no machine which could not be interpreted."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self.find_machine = steps.journal.find_machine

    def add_machine(self, name: str, identity: str, body: Callable[[str], Mapping[str, Any]]) -> str | None:
        given = body("")
        try:
            machine = parse(given["definition"], limits=given["limits"])
        except InvalidDefinition as error:
            raise InvalidInput(f"state machine {name} is not valid: {error}", "See it: bunsui compile FILE") from error
        arn = self._steps.journal.add_machine(name, identity, body)
        self._steps.lives.remember(machines.deployed_from_json(body(arn)), machine)
        return arn


def _start(steps: Steps, body: Body) -> Json:
    machine, name, given = body["machine"], names.checked_name(body["name"]), body["input"]
    express = str(body.get("express", ""))
    machine_name = names.machine_name_of(machine)
    arn = names.express_arn(machine_name, name, express) if express else names.execution_arn(machine_name, name)
    existing = steps.journal.execution(arn)
    if existing:
        if existing.input != given or (body.get("open") and not steps.lives.by_arn(existing.arn)):
            raise AlreadyExists(f"an execution {name} with another input exists already")
        return existing.arn
    row = steps.new_row(machine, name, given, express=express)
    size = len(dumps(given))
    if steps.lives.machine(machine)[0].limits and size > _MOST_INPUT:
        raise InvalidInput(
            f"the execution's input has {size} bytes; Step Functions takes {_MOST_INPUT}",
            "Store large values and pass on where they are",
        )
    steps.begin_execution(row)
    return row.arn


def _stop(steps: Steps, body: Body) -> Json:
    live = steps.lives.by_arn(body["arn"])
    if live:
        steps.feed(live, Stopped(steps.clock(), body["error"] or None, body["cause"] or None))
    elif not steps.journal.execution(body["arn"]):
        raise NotFound(f"there is no execution {body['arn']}")
    return None


def _redrive(steps: Steps, body: Body) -> Json:
    row = steps.journal.execution(body["arn"])
    if not row:
        raise NotFound(f"there is no execution {body['arn']}")
    if steps.lives.by_arn(row.arn):
        raise Refused(f"{row.name} is still running", "Stop it first: bunsui session cancel ID")
    live = steps.lives.load(row)
    possible, reason = redrivable(live.state, steps.clock()) if live.state else (False, "it never began")
    if not possible or live.state is None:
        steps.lives.drop(live)
        raise Refused(f"{row.name} cannot be redriven: {reason}", "Start anew with what is done: bunsui session resume")
    steps.journal.reopen_execution(row.id, live.state.redrive_count + 1)
    steps.feed(live, Redriven(steps.clock()))
    return None


def _forget(steps: Steps, body: Body) -> Json:
    for arn in body["arns"]:
        root = steps.journal.execution(arn)
        rows = list(tree(steps.journal, root)) if root else []
        running = next((row.name for row in rows if steps.lives.by_arn(row.arn)), None)
        if running:
            raise Refused(f"{running} is still running", "Stop it first: bunsui session cancel ID")
        for row in rows:
            forget(steps.journal, row)
            steps.forget_saved(row)
    if not len(steps.lives):
        tidy(steps.journal)
    steps.loosened = True
    return None


def _answer(steps: Steps, body: Body) -> Json:
    if not steps.answer(body["token"], Answer(body["output"], body["error"], body["cause"])):
        raise NotFound("nothing waits for this token any more")
    return None


def _beat(steps: Steps, body: Body) -> Json:
    if not steps.beat(body["token"]):
        raise NotFound("nothing waits for this token any more")
    return None


def _declare(steps: Steps, body: Body) -> Json:
    """With `deploy` the machine's version is made with it; its ARN."""
    declared = dict(body["body"])
    if "deploy" in body:
        declared["version"] = _deploy(steps, body["deploy"])
    steps.declarations.put(body["kind"], body["name"], declared, body["expected"])
    return declared.get("version")


def _drop(steps: Steps, body: Body) -> Json:
    steps.declarations.drop(body["kind"], body["name"], body["expected"])
    return None


_COMMANDS: Mapping[str, Callable[[Steps, Body], Json]] = {
    "deploy": _deploy,
    "start": _start,
    "stop": _stop,
    "redrive": _redrive,
    "answer": _answer,
    "beat": _beat,
    "declare": _declare,
    "drop": _drop,
    "forget": _forget,
}
