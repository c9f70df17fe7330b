"""State machines on AWS that Bunsui did not make: what they are, and their executions. Nothing of them is changed.

Those that Bunsui makes, and all that is done with executions, is in `state_machines`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bunsui.aws.clients import Clients
from bunsui.errors import InvalidInput
from bunsui.model.status import ExecutionStatus
from bunsui.ports import ExistingMachine, Listed

_ARN = re.compile(
    r"(?P<begin>arn:[\w-]+:states:(?P<region>[\w-]+):\d{12}:)"
    r"(?P<kind>stateMachine|execution|express):(?P<name>[^:\s]{1,80})(?P<rest>(:[^\s]+)?)"
)
_PAGE = 100
_EXAMPLE = "It looks like arn:aws:states:eu-west-1:123456789012:stateMachine:orders"


class ExistingClient:
    """Safe to use from several threads."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def machine(self, arn: str) -> ExistingMachine:
        own = self._machine_arn(arn)
        told = self._ask("describe_state_machine", own, stateMachineArn=own)
        return ExistingMachine(own, str(told["name"]), str(told["definition"]), told.get("type") == "EXPRESS")

    def executions(self, machine: str, after: str = "") -> tuple[Sequence[Listed], str]:
        more = {"nextToken": after} if after else {}
        told = self._ask("list_executions", machine, stateMachineArn=machine, maxResults=_PAGE, **more)
        return tuple(map(_listed, told["executions"])), str(told.get("nextToken") or "")

    def _machine_arn(self, arn: str) -> str:
        found = _ARN.fullmatch(arn)
        if not found:
            raise InvalidInput(f"{arn!r} is no ARN of a state machine or of an execution", _EXAMPLE)
        here = self._clients.place.region
        if found["region"] != here:
            hint = f"Name its region: export AWS_REGION={found['region']}"
            raise InvalidInput(f"{arn} is in {found['region']}, and this context in {here or 'no region'}", hint)
        return f"{found['begin']}stateMachine:{found['name']}"

    def _ask(self, method: str, resource: str, **given: Any) -> Any:
        return self._clients.ask("stepfunctions", method, resource, **given)


def _listed(told: Any) -> Listed:
    status = ExecutionStatus("RUNNING" if told["status"] == "PENDING_REDRIVE" else told["status"])
    return Listed(str(told["executionArn"]), str(told["name"]), status, int(told.get("redriveCount", 0)))
