"""Operations on executions: start, describe, list, stop, history, redrive."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from itertools import islice
from typing import Any

from bunsui.errors import AlreadyExists, ApiError, NotFound, Refused
from bunsui.local import names
from bunsui.local.api import arns, failures, histories, paging, texts
from bunsui.local.api.home import ApiHome
from bunsui.local.api.machines import Known, Machines
from bunsui.local.api.reading import Listed
from bunsui.local.api.waiting import wait
from bunsui.local.payloads import dumps
from bunsui.model.history import Execution
from bunsui.model.json import Json
from bunsui.model.status import ExecutionStatus

_PAGE = 100
_PAGE_BYTES = 4 << 20  # of a page of a history; AWS gives fewer events than asked for, too
_MOST_INPUT = 256 * 1024
_SYNC_SECONDS = 300.0

Given = Mapping[str, Any]
Answer = dict[str, Json]


class Executions:
    def __init__(self, home: ApiHome, machines: Machines) -> None:
        self._home = home
        self._machines = machines

    def start(self, given: Given) -> Answer:
        machine, name, input = self._to_start(given)
        if machine.type == "EXPRESS":
            arn = self._start(machine, name, input, str(uuid.uuid4()))
        else:
            arn = self._start(machine, name, input)
        return {"executionArn": arn, "startDate": self._home.reader.describe(arn).started.timestamp()}

    def _to_start(self, given: Given) -> tuple[Known, str, Json]:
        machine = self._machines.find(given["stateMachineArn"])
        if machine.body["status"] != "ACTIVE":
            raise failures.machine_goes(machine.arn)
        name = arns.name(given.get("name") or str(uuid.uuid4()))
        return machine, name, _input(given.get("input", "{}"))

    def _start(self, machine: Known, name: str, input: Json, express: str = "") -> str:
        command = {"machine": machine.version, "name": name, "input": input, "open": True, "express": express}
        try:
            return str(self._home.engine.command("start", command))
        except AlreadyExists:
            raise failures.execution_exists(names.execution_arn(machine.name, name)) from None

    def start_sync(self, given: Given) -> Answer:
        machine, name, input = self._to_start(given)
        if machine.type != "EXPRESS":
            raise failures.wrong_type()
        arn = self._start(machine, name, input, str(uuid.uuid4()))
        ended = wait(self._home, arn, _SYNC_SECONDS)
        if ended is None:
            self._home.engine.stop(arn, "States.Timeout", "")
            ended = self._home.reader.describe(arn)
        status = ExecutionStatus.TIMED_OUT if ended.status is ExecutionStatus.ABORTED else ended.status
        spent = int((ended.ended.timestamp() - ended.started.timestamp()) * 1000) if ended.ended else 0
        answer: Answer = {
            **_data(ended, given),
            "executionArn": arn,
            "stateMachineArn": machine.arn,
            "name": name,
            "status": str(status),
            "billingDetails": {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": -(-spent // 100) * 100},
        }
        return answer

    def describe(self, given: Given) -> Answer:
        found = self._find(given["executionArn"])
        answer: Answer = {
            "executionArn": found.arn,
            "stateMachineArn": names.unversioned(found.machine_arn),
            "name": found.name,
            "status": str(found.status),
            "redriveCount": found.redrive_count,
            "redriveStatus": "REDRIVABLE" if found.redrivable else "NOT_REDRIVABLE",
            **_data(found, given),
        }
        if not found.redrivable:
            answer["redriveStatusReason"] = found.redrive_reason or _running(found)
        if found.redrive_count and (at := self._home.reader.redriven(found.arn)) is not None:
            answer["redriveDate"] = at
        return answer

    def machine_of(self, given: Given) -> Answer:
        """DescribeStateMachineForExecution."""
        return self._machines.describe_version(self._find(given["executionArn"]).machine_arn, given)

    def list(self, given: Given) -> Answer:
        if "mapRunArn" in given:
            raise failures.no_resource(given["mapRunArn"])
        if "stateMachineArn" not in given:
            raise failures.invalid("Must provide a stateMachineArn or a mapRunArn")
        machine = self._machines.find(given["stateMachineArn"])
        if machine.type == "EXPRESS":
            raise failures.wrong_type()
        kind, most = f"executions {machine.name}", given.get("maxResults") or _PAGE
        before = paging.place(kind, given.get("nextToken"))
        redriven = {"REDRIVEN": True, "NOT_REDRIVEN": False}.get(given.get("redriveFilter", ""))
        rows = self._home.reader.executions(machine.name, given.get("statusFilter"), redriven, before, most + 1)
        answer: Answer = {"executions": [_listed(row) for row in rows[:most]]}
        if len(rows) > most:
            answer["nextToken"] = paging.token(kind, rows[most - 1].id)
        return answer

    def stop(self, given: Given) -> Answer:
        found = self._find(given["executionArn"])
        self._home.engine.stop(found.arn, given.get("error", ""), given.get("cause", ""))
        ended = self._home.reader.describe(found.arn).ended
        return {"stopDate": ended.timestamp() if ended else self._home.clock()}

    def redrive(self, given: Given) -> Answer:
        found = self._find(given["executionArn"])
        if not found.redrivable:
            raise failures.not_redrivable(found.redrive_reason or _running(found))
        try:
            self._home.engine.redrive(found.arn)
        except Refused as error:
            raise failures.not_redrivable(str(error)) from None
        return {"redriveDate": self._home.reader.redriven(found.arn) or self._home.clock()}

    def history(self, given: Given) -> Answer:
        found = self._find(given["executionArn"])
        newest_first = given.get("reverseOrder", False)
        kind = f"history {found.arn} {newest_first}"
        after = paging.place(kind, given.get("nextToken"))
        events = list(self._home.reader.history(found.arn, 0 if newest_first else after or 0))
        if newest_first:
            events = [event for event in reversed(events) if after is None or event.id < after]
        role, data = self._role(found), given.get("includeExecutionData", True)
        told: list[Json] = []
        size = 0
        for event in islice(events, given.get("maxResults") or _PAGE):
            shown = histories.told(event, role, data=data)
            size += len(dumps(shown))
            if told and size > _PAGE_BYTES:
                break
            told.append(shown)
        answer: Answer = {"events": told}
        if len(told) < len(events):
            answer["nextToken"] = paging.token(kind, events[len(told) - 1].id)
        return answer

    def _role(self, found: Execution) -> str:
        return str(self._machines.describe_version(found.machine_arn, {"includedData": "METADATA_ONLY"})["roleArn"])

    def _find(self, text: str) -> Execution:
        arn = arns.execution(text)
        try:
            return self._home.engine.describe(arn)
        except NotFound:
            raise failures.no_execution(text) from None


def _running(found: Execution) -> str:
    return f"Execution is {found.status} and cannot be redriven"


def _input(text: str) -> Json:
    if not text.strip():
        raise failures.invalid_input("Invalid execution input.")
    if len(text.encode()) > _MOST_INPUT:
        constraint = f"Member must have length less than or equal to {_MOST_INPUT}"
        raise ApiError(
            "ValidationException",
            f"1 validation error detected: Value at 'input' failed to satisfy constraint: {constraint}",
        )
    try:
        value: Json = texts.parse(text)
    except texts.NotJson as error:
        raise failures.invalid_input(str(error)) from None
    return value


def _data(found: Execution, given: Given) -> Answer:
    """Dates, what went in and what came out."""
    answer: Answer = {"startDate": found.started.timestamp()}
    if found.ended is not None:
        answer["stopDate"] = found.ended.timestamp()
    if given.get("includedData") == "METADATA_ONLY":
        return answer
    answer |= {"input": texts.written(found.input), "inputDetails": {"included": True}}
    if found.status is ExecutionStatus.SUCCEEDED:
        answer |= {"output": texts.written(found.output), "outputDetails": {"included": True}}
    if found.error is not None:
        answer["error"] = found.error
    if found.cause is not None:
        answer["cause"] = found.cause
    return answer


def _listed(row: Listed) -> Json:
    shown: dict[str, Json] = {
        "executionArn": row.arn,
        "stateMachineArn": names.unversioned(row.machine),
        "name": row.name,
        "status": row.status,
        "startDate": row.started,
        "redriveCount": row.redrives,
    }
    if row.ended is not None:
        shown["stopDate"] = row.ended
    return shown
