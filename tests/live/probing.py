"""What probes of a real account share: machines whose role may do almost nothing, and how their ends are told."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bunsui.aws.clients import Clients

_PATIENCE = 600
_TRUST = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
_ALLOWED = {
    "Effect": "Allow",
    "Action": [
        "states:StartExecution",
        "states:DescribeExecution",
        "states:StopExecution",
        "states:SendTaskSuccess",
        "events:PutTargets",
        "events:PutRule",
        "events:DescribeRule",
    ],
    "Resource": "*",
}
TOKEN = "{% $states.context.Task.Token %}"
WAITING = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sts:getCallerIdentity.waitForTaskToken", "End": True}


@dataclass
class Probe:
    """`prefix` begins the name of all that is made; `remove` removes it."""

    prefix: str
    clients: Clients = field(default_factory=Clients)
    _machines: list[str] = field(default_factory=list)
    _role: str = ""

    def sfn(self, method: str, **given: Any) -> Any:
        return self.clients.ask("stepfunctions", method, **given)

    def machine(self, states: dict[str, Any], **more: Any) -> str:
        """The first state begins."""
        definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **more}
        name, text = f"{self.prefix}-{uuid.uuid4().hex[:8]}", json.dumps(definition)
        arn = str(self.sfn("create_state_machine", name=name, definition=text, roleArn=self.role())["stateMachineArn"])
        self._machines.append(arn)
        return arn

    def begun(self, states: dict[str, Any], given: object = None) -> str:
        started = self.sfn("start_execution", stateMachineArn=self.machine(states), input=json.dumps(given or {}))
        return str(started["executionArn"])

    def ended(self, arn: str) -> Any:
        return until(
            lambda: (found := self.sfn("describe_execution", executionArn=arn))["status"] != "RUNNING" and found
        )

    def result(self, expression: str, given: object = None) -> Any:
        """What a JSONata expression gives."""
        arn = self.begun({"p": {"Type": "Pass", "Output": f"{{% {expression} %}}", "End": True}}, given)
        return json.loads(self.ended(arn)["output"])

    def events(self, arn: str) -> list[Any]:
        pages = self.clients.pages("stepfunctions", "get_execution_history", executionArn=arn)
        return [event for page in pages for event in page["events"]]

    def until_event(self, arn: str, kind: str, times: int = 1) -> None:
        until(lambda: sum(event["type"] == kind for event in self.events(arn)) >= times)

    def role(self) -> str:
        if not self._role:
            trust = {"Version": "2012-10-17", "Statement": [_TRUST]}
            made = self.clients.ask(
                "iam", "create_role", RoleName=self.prefix, AssumeRolePolicyDocument=json.dumps(trust)
            )
            allowed = json.dumps({"Version": "2012-10-17", "Statement": [_ALLOWED]})
            self.clients.ask("iam", "put_role_policy", RoleName=self.prefix, PolicyName="probe", PolicyDocument=allowed)
            self._role = str(made["Role"]["Arn"])
            time.sleep(15)  # until a new role can be assumed everywhere
        return self._role

    def remove(self) -> None:
        for arn in self._machines:
            self.sfn("delete_state_machine", stateMachineArn=arn)
        if self._role:
            self.clients.ask("iam", "delete_role_policy", RoleName=self.prefix, PolicyName="probe")
            self.clients.ask("iam", "delete_role", RoleName=self.prefix)


def until(holds: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + _PATIENCE
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    return found


def kinds(events: list[Any]) -> list[str]:
    return [str(event["type"]) for event in events]
