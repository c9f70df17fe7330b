"""What things of an environment are called on AWS. All follows from the environment's name, account and region.

Who makes them is another's business: what is deployed and what is asked for meet in these names.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

_DIGEST = 8


@dataclass(frozen=True, slots=True)
class Environment:
    """One deployment of Bunsui: its tables, bucket and machines.

    `subnets` and `security_groups` are where its containers run; with `public_ip` they are seen from the internet.
    """

    name: str
    account: str
    region: str
    partition: str = "aws"
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    public_ip: bool = False
    connections: tuple[tuple[str, str], ...] = ()  # names with ARNs: AWS ends each with letters of its own

    @property
    def stack(self) -> str:
        return f"bunsui-{self.name}"

    def pipeline_stack(self, pipeline: str) -> str:
        return fitted(f"bunsui-{self.name}-{pipeline}", 128)

    @property
    def records(self) -> str:
        return fitted(f"bunsui-{self.name}-records", 255)

    @property
    def mailboxes(self) -> str:
        return fitted(f"bunsui-{self.name}-mailboxes", 255)

    @property
    def bucket(self) -> str:
        """Unique in the world: no two accounts share a name."""
        return fitted(f"bunsui-{self.name}-{self.account}-{self.region}", 63)

    @property
    def cluster(self) -> str:
        return fitted(f"bunsui-{self.name}", 255)

    @property
    def topic(self) -> str:
        """The ARN of where its alerts go."""
        return self._arn("sns", f"bunsui-{self.name}-alerts")

    @property
    def dead_letters(self) -> str:
        """The ARN of the queue of events that the controller could not do."""
        return self._arn("sqs", f"bunsui-{self.name}-dead-letters")

    @property
    def controller(self) -> str:
        return self._arn("lambda", f"function:bunsui-{self.name}-controller")

    @property
    def controller_role(self) -> str:
        return self._role(f"bunsui-{self.name}.controller")

    @property
    def start_role(self) -> str:
        """With which ECS itself starts containers: images and logs."""
        return self._role(f"bunsui-{self.name}.start")

    def machine(self, pipeline: str) -> str:
        """The ARN of its state machine, without a version."""
        return self._arn("states", f"stateMachine:{fitted(f'bunsui-{self.name}-{pipeline}', 80)}")

    def role(self, pipeline: str) -> str:
        """Of its state machine."""
        return self._role(f"bunsui-{self.name}-{pipeline}")

    def task_role(self, pipeline: str) -> str:
        """Of its functions and containers. No pipeline's name has a dot."""
        return self._role(f"bunsui-{self.name}-{pipeline}.tasks")

    def function_logs(self, pipeline: str, operation: str) -> str:
        return f"/aws/lambda/{self.function(pipeline, operation).rpartition(':')[2]}"

    @property
    def controller_logs(self) -> str:
        return f"/aws/lambda/{self.controller.rpartition(':')[2]}"

    @property
    def log_prefixes(self) -> tuple[str, str]:
        """What the names of all its log groups begin with."""
        return f"/aws/lambda/bunsui-{self.name}-", f"/bunsui/{self.name}/"

    def log_group(self, pipeline: str) -> str:
        """Of its containers."""
        return f"/bunsui/{self.name}/{pipeline}"

    def function(self, pipeline: str, operation: str) -> str:
        return self._arn("lambda", f"function:{fitted(f'bunsui-{self.name}-{pipeline}-{operation}', 64)}")

    def task_definition(self, pipeline: str, operation: str) -> str:
        family = fitted(f"bunsui-{self.name}-{pipeline}-{operation}", 255)
        return self._arn("ecs", f"task-definition/{family}")

    def connection(self, name: str) -> str:
        known = dict(self.connections)
        return known.get(name) or self._arn("events", f"connection/{self.connection_name(name)}")

    def connection_name(self, name: str) -> str:
        return fitted(f"bunsui-{self.name}-{name}", 64)

    def _role(self, name: str) -> str:
        return f"arn:{self.partition}:iam::{self.account}:role/{fitted(name, 64)}"

    def _arn(self, service: str, rest: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{rest}"


def fitted(name: str, longest: int) -> str:
    """The name, or what begins like it and is as unlike every other, where it is too long."""
    if len(name) <= longest:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGEST]
    return f"{name[: longest - _DIGEST - 1]}-{digest}"


def execution_arn(machine_arn: str, name: str) -> str:
    """Of an execution that has this name, of a machine or a version of it."""
    parts = machine_arn.split(":")
    return ":".join([*parts[:5], "execution", parts[6], name])
