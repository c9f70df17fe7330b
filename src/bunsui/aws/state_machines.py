"""The port StateMachines on Step Functions Standard. The local engine's adapter is in `local`.

Nothing here lists executions: that is what AWS limits most. What a machine's resources are called is in `names`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC
from itertools import islice
from typing import Any, TypeVar

import orjson

from bunsui.aws import history, names, stopping
from bunsui.aws.binding import bound
from bunsui.aws.clients import Clients
from bunsui.aws.errors import Declined
from bunsui.aws.names import Environment
from bunsui.errors import AlreadyExists, Conflict, InvalidInput, NotFound, Refused
from bunsui.model.history import Execution, HistoryEvent
from bunsui.model.json import Json
from bunsui.model.machine import CompiledMachine
from bunsui.model.status import ExecutionStatus
from bunsui.ports import Answer

_NEWEST = 20  # versions that are looked through for the very machine
_LONGEST_ERROR, _LONGEST_CAUSE = 256, 32_768
_LONGEST_INPUT = 262_144
_UNANSWERABLE = ("TaskDoesNotExist", "TaskTimedOut", "InvalidToken")
_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)  # seconds in which an execution that was just started may not be seen yet
T = TypeVar("T")
_FRESH = 1000  # executions that are known to have been started here


class StepFunctionsClient:
    """Safe to use from several threads. One that `publishes` makes the machines that it lacks; else they are deployed
    by `bunsui env deploy`, and here only found."""

    def __init__(
        self,
        clients: Clients,
        environment: Environment,
        sleep: Callable[[float], None] = time.sleep,
        *,
        publishes: bool = True,
    ) -> None:
        self._clients = clients
        self._environment = environment
        self._publishes = publishes
        self._sleep = sleep
        self._started: dict[str, None] = {}
        self._deployed: dict[str, str] = {}  # versions by the hash of the machine; the same are asked for again

    def deploy(self, machine: CompiledMachine) -> str:
        """A version with this very definition: the newest ones are looked through before another is made.

        Raises Refused where there is none and none is to be made.
        """
        definition = bound(machine, self._environment, self.deploy)
        arn = self._environment.machine(machine.name)
        key = f"{arn} {hashlib.sha256(definition.encode()).hexdigest()}"
        if key not in self._deployed:
            find = self._version if self._publishes else self._there
            self._deployed[key] = find(arn, machine, definition)
        return self._deployed[key]

    def start(self, machine_arn: str, name: str, input: Json) -> str:
        text = orjson.dumps(input).decode()
        if len(text.encode()) > _LONGEST_INPUT:
            raise InvalidInput(
                f"an input of {len(text.encode()):,} bytes, but {_LONGEST_INPUT:,} is the most", "Give less"
            )
        given = {"stateMachineArn": machine_arn, "name": name, "input": text}
        expect = ("ExecutionAlreadyExists", "StateMachineDoesNotExist")
        try:
            arn = str(self._ask("start_execution", machine_arn, expect, **given)["executionArn"])
        except Declined as no:
            if no.answer.code == "StateMachineDoesNotExist":
                raise NotFound(f"there is no state machine {machine_arn}", "Deploy it: bunsui env deploy") from None
            arn = self._same(names.execution_arn(machine_arn, name), name, input)
        self._remember(arn)
        return arn

    def stop(self, arn: str, error: str, cause: str) -> Sequence[str]:
        given = {"error": error[:_LONGEST_ERROR], "cause": cause[:_LONGEST_CAUSE]}
        try:
            self._of(arn, "stop_execution", ("ValidationException",), **given)
        except Declined:  # some say so of one that ended
            if self.describe(arn).status is ExecutionStatus.RUNNING:
                raise Refused(f"{arn} cannot be stopped") from None
        return tuple(self._stopped_with(arn, error, cause))

    def _stopped_with(self, arn: str, error: str, cause: str) -> Iterator[str]:
        """What it had begun. Executions that it waits for end with it, as well as Step Functions can."""
        tasks = stopping.open_tasks(self.history(arn))
        yield from stopping.stopped(self._clients, tasks, cause)
        for child in filter(None, (task.child for task in tasks)):
            yield from self.stop(child, error, cause)

    def redrive(self, arn: str) -> None:
        try:
            self._of(arn, "redrive_execution", ("ExecutionNotRedrivable",))
        except Declined as no:
            raise Refused(f"{arn} cannot be redriven: {no.answer.message}") from None

    def describe(self, arn: str) -> Execution:
        return _execution(self._of(arn, "describe_execution"))

    def history(self, arn: str, after: int = 0) -> Iterator[HistoryEvent]:
        first, others = self._patient(arn, lambda: _begun(history.read(self._clients, arn, after)))
        yield from first
        yield from others

    def children(self, arn: str) -> Sequence[str]:
        found: list[str] = []
        for event in self.history(arn):
            if event.type == "TaskSubmitted" and event.details.get("resourceType") == "states":
                output = event.details.get("output")
                if isinstance(output, dict) and isinstance(child := output.get("ExecutionArn"), str):
                    found.append(child)
            elif event.type == "MapRunStarted":
                found += self._children_of(str(event.details.get("mapRunArn")))
        return list(dict.fromkeys(found))

    def answer(self, token: str, answer: Answer) -> None:
        if answer.error is None:
            self._answer("send_task_success", token, output=orjson.dumps(answer.output).decode())
        else:
            error, cause = answer.error[:_LONGEST_ERROR], (answer.cause or "")[:_LONGEST_CAUSE]
            self._answer("send_task_failure", token, error=error, cause=cause)

    def heartbeat(self, token: str) -> None:
        """Whoever will answer is still alive. Raises NotFound when nothing waits for it any more."""
        self._answer("send_task_heartbeat", token)

    def forget(self, arns: Sequence[str]) -> None:
        """They stay where they are until AWS removes them; one that still runs is not to be forgotten."""
        for arn in arns:
            try:
                running = self.describe(arn).status is ExecutionStatus.RUNNING
            except NotFound:
                continue
            if running:
                raise Refused(f"{arn} still runs")

    def close(self) -> None:
        self._clients.close()

    def _there(self, arn: str, machine: CompiledMachine, definition: str) -> str:
        """The version that was deployed. One that is called by another's name has been there before it."""
        if self._described(arn) is None:
            raise self._undeployed(f"the pipeline {machine.name} is not deployed to")
        found = self._found(arn, definition)
        if found is None:
            raise self._undeployed(f"the pipeline {machine.name} as it is here is not the one that is deployed to")
        return found

    def _undeployed(self, what: str) -> Refused:
        name = self._environment.name
        return Refused(f"{what} the environment {name}", f"Deploy it: bunsui env deploy FILE --env {name}")

    def _version(self, arn: str, machine: CompiledMachine, definition: str) -> str:
        there = self._described(arn)
        if there is None:
            return self._created(arn, machine, definition)
        found = self._found(arn, definition, self._environment.role(machine.name))
        if found is not None:
            return found
        if there["definition"] == definition:
            return self._published(arn, there.get("revisionId"), machine)
        return self._updated(arn, machine, definition)

    def _described(self, arn: str) -> Mapping[str, Any] | None:
        expect = ("StateMachineDoesNotExist",)
        try:
            found: Mapping[str, Any] = self._ask("describe_state_machine", arn, expect, stateMachineArn=arn)
        except Declined:
            return None
        return found

    def _found(self, arn: str, definition: str, role: str = "") -> str | None:
        """The newest version with this definition and, if it is named, this role."""
        listed = self._ask("list_state_machine_versions", arn, stateMachineArn=arn, maxResults=_NEWEST)
        for one in listed["stateMachineVersions"]:
            there = self._described(one[_VERSION])
            if there is not None and there["definition"] == definition and role in ("", there["roleArn"]):
                return str(one[_VERSION])
        return None

    def _created(self, arn: str, machine: CompiledMachine, definition: str) -> str:
        given = {"name": arn.rpartition(":")[2], "type": "STANDARD", **self._content(machine, definition)}
        try:
            return str(self._ask("create_state_machine", arn, ("StateMachineAlreadyExists",), **given)[_VERSION])
        except Declined:  # somebody else did, meanwhile
            return self._updated(arn, machine, definition)

    def _published(self, arn: str, revision: str | None, machine: CompiledMachine) -> str:
        """A version of what the machine is at this revision. AWS makes one only if there is none."""
        given = {"stateMachineArn": arn, "description": machine.sha256}
        given |= {"revisionId": revision} if revision else {}
        try:
            return str(self._ask("publish_state_machine_version", arn, ("ConflictException",), **given)[_VERSION])
        except Declined:
            raise _changed(arn) from None

    def _updated(self, arn: str, machine: CompiledMachine, definition: str) -> str:
        given = {"stateMachineArn": arn, **self._content(machine, definition)}
        try:
            return str(self._ask("update_state_machine", arn, ("ConflictException",), **given)[_VERSION])
        except Declined:
            raise _changed(arn) from None

    def _content(self, machine: CompiledMachine, definition: str) -> dict[str, Any]:
        role = self._environment.role(machine.name)
        return {"definition": definition, "roleArn": role, "publish": True, "versionDescription": machine.sha256}

    def _same(self, arn: str, name: str, input: Json) -> str:
        """The execution that has the name, if it was started with this input. Raises AlreadyExists."""
        self._remember(arn)
        if self.describe(arn).input != input:
            raise AlreadyExists(f"the execution {name} was started with another input")
        return arn

    def _children_of(self, map_run: str) -> Iterator[str]:
        for page in self._clients.pages("stepfunctions", "list_executions", map_run, mapRunArn=map_run):
            yield from (str(one["executionArn"]) for one in page["executions"])

    def _answer(self, method: str, token: str, **given: str) -> None:
        try:
            self._ask(method, "", _UNANSWERABLE, taskToken=token, **given)
        except Declined:
            raise NotFound("nothing waits for this answer any more", "Look at it: bunsui session show ID") from None

    def _of(self, arn: str, method: str, expect: tuple[str, ...] = (), **given: Any) -> Any:
        """About an execution."""
        return self._patient(arn, lambda: self._ask(method, arn, expect, executionArn=arn, **given))

    def _patient(self, arn: str, act: Callable[[], T]) -> T:
        """An execution that was started here a moment ago may not be seen everywhere yet."""
        for pause in _PAUSES if arn in self._started else ():
            try:
                return act()
            except NotFound:
                self._sleep(pause)
        return act()

    def _remember(self, arn: str) -> None:
        self._started[arn] = None
        if len(self._started) > _FRESH:
            self._started = dict.fromkeys(list(self._started)[_FRESH // 2 :])

    def _ask(self, method: str, resource: str, expect: tuple[str, ...] = (), **given: Any) -> Any:
        return self._clients.ask("stepfunctions", method, resource, expect, **given)


_VERSION = "stateMachineVersionArn"


def _begun(events: Iterator[HistoryEvent]) -> tuple[list[HistoryEvent], Iterator[HistoryEvent]]:
    """What is asked for first is asked for now."""
    return list(islice(events, 1)), events


def _changed(arn: str) -> Conflict:
    return Conflict(f"the state machine {arn} is being changed by somebody else")


def _execution(told: Mapping[str, Any]) -> Execution:
    status = ExecutionStatus(_STATUSES.get(told["status"], told["status"]))
    return Execution(
        arn=told["executionArn"],
        name=told["name"],
        machine_arn=told.get(_VERSION) or told["stateMachineArn"],
        status=status,
        started=told["startDate"].astimezone(UTC),
        ended=told["stopDate"].astimezone(UTC) if told.get("stopDate") else None,
        input=history.parsed(told.get("input")),
        output=history.parsed(told.get("output")) if status is ExecutionStatus.SUCCEEDED else None,
        error=told.get("error"),
        cause=told.get("cause"),
        redrive_count=told.get("redriveCount", 0),
        redrivable=told.get("redriveStatus") == "REDRIVABLE",
        redrive_reason=told.get("redriveStatusReason", ""),
    )


_STATUSES = {"PENDING_REDRIVE": "RUNNING"}  # a child of a distributed Map that will go on
