"""The port StateMachines on the virtual host: services run whole sessions in virtual time, with scripted tasks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bunsui.asl.advance import redrivable
from bunsui.errors import AlreadyExists, NotFound, Refused
from bunsui.model.history import Execution, HistoryEvent
from bunsui.model.json import Json
from bunsui.model.machine import CompiledMachine
from bunsui.model.status import ExecutionStatus
from bunsui.ports import Answer
from virtual.host import ACCOUNT, Host, Run


class VirtualMachines:
    def __init__(self, host: Host) -> None:
        self.host = host
        self.deployed: dict[str, CompiledMachine] = {}

    def deploy(self, machine: CompiledMachine) -> str:
        arn = f"{ACCOUNT}:stateMachine:{machine.name}:{machine.sha256[:12]}"
        self.deployed[arn] = machine
        return arn

    def start(self, machine_arn: str, name: str, input: Json) -> str:
        machine = self.deployed[machine_arn]
        arn = f"{ACCOUNT}:execution:{machine.name}:{name}"
        if there := self.host.runs.get(arn):
            if there.input != input:
                raise AlreadyExists(f"execution {name} exists")
            return arn
        return self.host.start(machine, name, input).arn

    def stop(self, arn: str, error: str, cause: str) -> Sequence[str]:
        if self._run(arn).status == "RUNNING":
            self.host.stop(self._run(arn), error, cause)
        return ()

    def redrive(self, arn: str) -> None:
        run = self._run(arn)
        possible, reason = redrivable(run.state) if run.state else (False, "it never began")
        if not possible:
            raise Refused(reason)
        self.host.redrive(run)

    def describe(self, arn: str) -> Execution:
        run = self._run(arn)
        assert run.state is not None
        possible, reason = redrivable(run.state)
        return Execution(
            arn=arn,
            name=run.name,
            machine_arn="",
            status=ExecutionStatus(run.status),
            started=datetime.fromtimestamp(run.started, UTC),
            ended=None if run.ended is None else datetime.fromtimestamp(run.ended, UTC),
            input=run.input,
            output=run.output,
            error=run.error,
            cause=run.cause,
            redrive_count=run.state.redrive_count,
            redrivable=possible,
            redrive_reason=reason,
        )

    def history(self, arn: str, after: int = 0) -> Iterator[HistoryEvent]:
        return iter([event for event in self._run(arn).events if event.id > after])

    def children(self, arn: str) -> Sequence[str]:
        return [child.arn for child in self._run(arn).children]

    def answer(self, token: str, answer: Answer) -> None:
        self.host.answer(token, answer.output, answer.error, answer.cause)

    def forget(self, arns: Sequence[str]) -> None:
        for arn in arns:
            self.host.runs.pop(arn, None)

    def _run(self, arn: str) -> Run:
        if arn not in self.host.runs:
            raise NotFound(f"there is no execution {arn}")
        return self.host.runs[arn]
