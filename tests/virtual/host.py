"""A host with a virtual clock: runs compiled machines by `asl.advance`, with scripted tasks and services in memory.

A state costs no time and workers are without number, so the makespan is what the machine's structure makes it.
"""

from __future__ import annotations

import heapq
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bunsui.asl.advance import Step, advance
from bunsui.asl.effects import CallTask, CancelTask, Ended, Timer
from bunsui.asl.inputs import (
    Input,
    Redriven,
    Started,
    Stopped,
    TaskFailed,
    TaskSubmitted,
    TaskSucceeded,
    TimerFired,
)
from bunsui.asl.machine import parse
from bunsui.asl.state import State, fold, outstanding, timers
from bunsui.model.history import HistoryEvent
from bunsui.model.json import Json
from bunsui.model.machine import CompiledMachine, MachineResource

ACCOUNT = "arn:aws:states:local:000000000000"


@dataclass(frozen=True)
class Reply:
    """What a scripted task does: takes `seconds`, then gives an output or an error. None of both: never ends."""

    seconds: float = 0.0
    output: Json = field(default_factory=dict)
    error: str | None = None
    cause: str | None = None
    never: bool = False


@dataclass(frozen=True)
class TaskCall:
    """A call of a user's task. `operation` has its path (``parent.child``); `number` counts its calls, from 1."""

    operation: str
    item: int | None
    arguments: Any
    context: Mapping[str, Any]
    number: int
    at: float
    resource: str


Behaviour = Callable[[TaskCall], Reply]


@dataclass
class Run:
    """One execution. `seconds` is how long it took in virtual time."""

    arn: str
    name: str
    machine: CompiledMachine
    parsed: Any
    input: Json
    started: float
    state: State | None = None
    events: list[HistoryEvent] = field(default_factory=list)
    ended: float | None = None
    status: str = "RUNNING"
    output: Json = None
    error: str | None = None
    cause: str | None = None
    parent: tuple[Run, str] | None = None
    children: list[Run] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        assert self.ended is not None, f"{self.name} never ended: {self.status}"
        return self.ended - self.started


class Host:
    """Holds the services' memory, so that executions after one another (resume, redrive) share it.

    `shuffle` takes what happens at the same moment in another order. `folded`: after every step the state is rebuilt
    from its deltas, as after a crash.
    """

    def __init__(self, behaviour: Behaviour, *, shuffle: int | None = None, folded: bool = False) -> None:
        self.behaviour = behaviour
        self.now = 0.0
        self.runs: dict[str, Run] = {}
        self.mailboxes: dict[str, dict[str, Json]] = {}
        self.objects: dict[str, Json] = {}
        self.calls: list[TaskCall] = []
        self.services: list[str] = []  # resources that were called, in order
        self.tokens: dict[str, tuple[Run, str]] = {}
        self.lost_wakes = 0  # so many sendTaskSuccess calls will get lost
        self._queue: list[tuple[float, float, int, Callable[[], None]]] = []
        self._sequence = itertools.count()
        self._random = None if shuffle is None else Random(shuffle)
        self._folded = folded
        self.tried: dict[tuple[str, int | None], int] = {}

    # executions

    def start(self, machine: CompiledMachine, name: str, input: Json, parent: tuple[Run, str] | None = None) -> Run:
        arn = f"{ACCOUNT}:execution:{machine.name}:{name}"
        parsed = parse(json.loads(machine.text), limits=machine.limits)
        run = Run(arn, name, machine, parsed, input, self.now, parent=parent)
        self.runs[arn] = run
        machine_arn = f"{ACCOUNT}:stateMachine:{machine.name}:1"
        self._step(run, Started(self.now, arn, name, machine_arn, machine.name, input, f"seed-{name}"))
        return run

    def run(self, machine: CompiledMachine, name: str, input: Json, *, until: float | None = None) -> Run:
        run = self.start(machine, name, input)
        self.drain(until)
        return run

    def drain(self, until: float | None = None) -> None:
        """Let everything happen, up to a moment. What is due exactly then has happened too."""
        while self._queue and (until is None or self._queue[0][0] <= until):
            self.now, _, _, act = heapq.heappop(self._queue)
            act()
        if until is not None:
            self.now = max(self.now, until)

    @property
    def next(self) -> float | None:
        """When something happens next."""
        return self._queue[0][0] if self._queue else None

    def stop(self, run: Run, error: str = "Bunsui.Cancelled", cause: str = "by test") -> None:
        for child in run.children:
            self.stop(child, error, cause)
        self._step(run, Stopped(self.now, error, cause))

    def redrive(self, run: Run) -> None:
        run.status, run.ended, run.error, run.cause = "RUNNING", None, None, None
        self._step(run, Redriven(self.now))

    def answer(self, token: str, output: Json = None, error: str | None = None, cause: str | None = None) -> bool:
        if token not in self.tokens:
            return False
        run, task = self.tokens.pop(token)
        alive = any(call.task == task for call in outstanding(run.state)) if run.state else False
        if error is None:
            self._step(run, TaskSucceeded(self.now, task, output))
        else:
            self._step(run, TaskFailed(self.now, task, error, cause))
        return alive

    # the loop

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        tie = self._random.random() if self._random else 0.0
        heapq.heappush(self._queue, (self.now + seconds, tie, next(self._sequence), act))

    def _step(self, run: Run, input: Input) -> None:
        step: Step = advance(run.parsed, run.state, input)
        state = step.state
        if self._folded:
            state = fold(run.state, json.loads(json.dumps(step.delta)))
            assert _by_name(outstanding(state)) == _by_name(outstanding(step.state))
            assert _by_name(timers(state)) == _by_name(timers(step.state))
        run.state = state
        run.events.extend(step.events)
        for effect in step.effects:
            self._carry_out(run, effect)

    def _carry_out(self, run: Run, effect: Any) -> None:
        match effect:
            case CallTask():
                self._later(0, lambda: self._call(run, effect))
            case CancelTask():
                for child in [one for one in run.children if one.parent == (run, effect.task)]:
                    if child.status == "RUNNING":
                        self._later(0, lambda child=child: self.stop(child))
            case Timer(timer, at):
                self._later(max(0.0, at - self.now), lambda: self._step(run, TimerFired(self.now, timer)))
            case Ended():
                self._ended(run, effect)

    def _ended(self, run: Run, end: Ended) -> None:
        run.status, run.ended = str(end.status), self.now
        run.output, run.error, run.cause = end.output, end.error, end.cause
        if run.parent is None:
            return
        parent, task = run.parent
        if run.status == "SUCCEEDED":
            self._later(0, lambda: self._step(parent, TaskSucceeded(self.now, task, {"Output": run.output})))
        else:
            cause = json.dumps({"Error": run.error, "Cause": run.cause, "Status": run.status})
            self._later(0, lambda: self._step(parent, TaskFailed(self.now, task, "States.TaskFailed", cause)))

    # services

    def _call(self, run: Run, call: CallTask) -> None:
        if run.state is None or all(open_.task != call.task for open_ in outstanding(run.state)):
            return
        service = call.resource.removeprefix("arn:aws:states:::")
        self.services.append(service)
        if call.token is not None:
            self.tokens[call.token] = (run, call.task)
        _SERVICES[service](self, run, call, call.arguments)

    def _done(self, run: Run, call: CallTask, output: Json) -> None:
        self._step(run, TaskSucceeded(self.now, call.task, output))

    def _failed(self, run: Run, call: CallTask, error: str, cause: str | None = None) -> None:
        self._step(run, TaskFailed(self.now, call.task, error, cause))

    def _submitted(self, run: Run, call: CallTask, output: Json = None) -> None:
        self._step(run, TaskSubmitted(self.now, call.task, output or {}))

    def _behave(self, run: Run, call: CallTask, operation: str, item: int | None, arguments: Any, context: Any) -> None:
        key = (operation, item)
        self.tried[key] = self.tried.get(key, 0) + 1
        task = TaskCall(operation, item, arguments, context, self.tried[key], self.now, call.resource)
        self.calls.append(task)
        reply = self.behaviour(task)
        if reply.never:
            return
        wrap: Callable[[Json], Json] = (lambda out: out) if call.token else (lambda out: {"Payload": out})
        if reply.error is not None:
            self._later(reply.seconds, lambda: self._failed(run, call, str(reply.error), reply.cause))
        else:
            self._later(reply.seconds, lambda: self._done(run, call, wrap(reply.output)))

    def _lambda(self, run: Run, call: CallTask, given: Any) -> None:
        payload = given["Payload"]
        if isinstance(payload, dict) and "bunsui" in payload:
            context = payload["bunsui"]
            self._behave(run, call, context["operation"], context.get("item"), payload["with"], context)
        else:
            name = given["FunctionName"].removeprefix("${Function_").rstrip("}")
            self._behave(run, call, name, None, payload, {})

    def _ecs(self, run: Run, call: CallTask, given: Any) -> None:
        task = json.loads(given["Overrides"]["ContainerOverrides"][0]["Environment"][0]["Value"])
        context = task["bunsui"]
        assert context["token"] == call.token
        arguments = task["with"] if "with" in task else self.objects[task["input"]]
        self._submitted(run, call)
        self._behave(run, call, context["operation"], context.get("item"), arguments, context)

    def _put_object(self, run: Run, call: CallTask, given: Any) -> None:
        self.objects[given["Key"]] = given["Body"]
        self._done(run, call, {"ETag": "x"})

    def _update(self, run: Run, call: CallTask, given: Any) -> None:
        key = given["Key"]["k"]["S"]
        if "ConditionExpression" in given and "r" in self.mailboxes.get(key, {}):
            self._failed(run, call, "DynamoDb.ConditionalCheckFailedException", "The conditional request failed")
            return
        item = self.mailboxes.setdefault(key, {"k": {"S": key}})
        names, values = given["ExpressionAttributeNames"], given["ExpressionAttributeValues"]
        for clause in given["UpdateExpression"].removeprefix("SET ").split(", "):
            name, _, value = clause.partition(" = ")
            item[names.get(name, name)] = values[value]
        if call.token is None:
            self._done(run, call, {"Attributes": dict(item)})
            return
        self._submitted(run, call)
        if "token" in item and "#token" in names:
            self._approval(run, call, item)

    def _approval(self, run: Run, call: CallTask, item: Any) -> None:
        operation, message = item["operation"]["S"], item["message"]["S"]
        self._behave(run, call, operation, None, {"message": message}, {})

    def _batch_get(self, run: Run, call: CallTask, given: Any) -> None:
        ((table, wanted),) = given["RequestItems"].items()
        assert wanted["ConsistentRead"] is True
        found = [self.mailboxes.get(key["k"]["S"]) for key in wanted["Keys"]]
        self._done(run, call, {"Responses": {table: [item for item in found if item]}, "UnprocessedKeys": {}})

    def _wake(self, run: Run, call: CallTask, given: Any) -> None:
        if self.lost_wakes:
            self.lost_wakes -= 1
            self._done(run, call, {})
            return
        alive = self.answer(given["TaskToken"], json.loads(given["Output"]))
        if alive:
            self._done(run, call, {})
        else:
            self._failed(run, call, "Sfn.TaskTimedOutException", "Task Timed Out")

    def _nested(self, run: Run, call: CallTask, given: Any) -> None:
        placeholder = given["StateMachineArn"].removeprefix("${").rstrip("}")
        resource = run.machine.resources[placeholder]
        assert isinstance(resource, MachineResource)
        name = f"{run.name}-{call.task.replace('.', '_')}"
        self._submitted(run, call, {"ExecutionArn": f"{ACCOUNT}:execution:{resource.machine.name}:{name}"})
        child = self.start(resource.machine, name, given["Input"], parent=(run, call.task))
        run.children.append(child)

    def _http(self, run: Run, call: CallTask, given: Any) -> None:
        reply = self.behaviour(TaskCall("http", None, given, {}, 1, self.now, call.resource))
        self._later(reply.seconds, lambda: self._done(run, call, reply.output))


def _by_name(found: tuple[Any, ...]) -> list[Any]:
    return sorted(found, key=lambda one: one.task if isinstance(one, CallTask) else one.timer)


_SERVICES: Mapping[str, Callable[[Host, Run, CallTask, Any], None]] = {
    "lambda:invoke": Host._lambda,
    "ecs:runTask.waitForTaskToken": Host._ecs,
    "aws-sdk:s3:putObject": Host._put_object,
    "aws-sdk:dynamodb:updateItem": Host._update,
    "aws-sdk:dynamodb:updateItem.waitForTaskToken": Host._update,
    "aws-sdk:dynamodb:batchGetItem": Host._batch_get,
    "aws-sdk:sfn:sendTaskSuccess": Host._wake,
    "states:startExecution.sync:2": Host._nested,
    "http:invoke": Host._http,
}
