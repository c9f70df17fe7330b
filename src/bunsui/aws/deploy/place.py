"""Which account and region a deployment is for, who deploys, and where containers run. What things are called is in
`names`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bunsui.aws.clients import Clients
from bunsui.aws.environments import ENVIRONMENT, THIS, environment_of
from bunsui.aws.errors import Declined
from bunsui.aws.names import Environment
from bunsui.errors import BackendError, InvalidInput, Refused
from bunsui.model.context import Context
from bunsui.ports import Record

DEFAULT_CONNECTION = "default"
_NAME = re.compile(r"[a-z][a-z0-9]{0,19}")


@dataclass(frozen=True, slots=True)
class Identity:
    account: str
    partition: str
    by: str  # the ARN


def identity(clients: Clients) -> Identity:
    if not clients.place.region:
        raise BackendError("no AWS region is named", "Name it: export AWS_REGION=eu-west-1")
    found = clients.ask("sts", "get_caller_identity")
    return Identity(found["Account"], found["Arn"].split(":")[1], found["Arn"])


def checked_name(name: str) -> str:
    """Raises InvalidInput. With a hyphen, environment `a-b` and pipeline `b` of `a` would be one name."""
    if not _NAME.fullmatch(name):
        hint = "1 to 20 of a-z and 0-9, and a letter first: bunsui env deploy --env dev"
        raise InvalidInput(f"{name!r} cannot be an environment's name", hint)
    return name


def environment(
    clients: Clients, context: Context, who: Identity, before: Record | None, containers: bool
) -> Environment:
    """As the context says; else as it was deployed; else, for containers, in the account's default network."""
    known = environment_of(before.body) if before is not None else None
    subnets, groups, public = context.subnets, context.security_groups, context.public_ip
    if not subnets and known is not None:
        subnets, groups, public = known.subnets, known.security_groups, known.public_ip
    if containers and not subnets:
        subnets, public = _default_subnets(clients), True
    if containers and subnets and not groups:
        groups = (_default_group(clients, subnets[0]),)
    made = Environment(context.environment, who.account, clients.place.region, who.partition, subnets, groups, public)
    return replace(made, connections=known.connections if known else ())


@dataclass(frozen=True, slots=True)
class Foreign:
    """Of task definitions that are somebody else's: roles that are passed on, and log groups that are read."""

    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


def foreign(clients: Clients, task_definitions: Iterable[str]) -> Foreign:
    roles: set[str] = set()
    groups: set[str] = set()
    for name in task_definitions:
        told = clients.ask("ecs", "describe_task_definition", name, taskDefinition=name)["taskDefinition"]
        roles |= {told[key] for key in ("taskRoleArn", "executionRoleArn") if told.get(key)}
        options = [one.get("logConfiguration", {}).get("options", {}) for one in told.get("containerDefinitions", ())]
        groups |= {one["awslogs-group"] for one in options if "awslogs-group" in one}
    return Foreign(tuple(sorted(roles)), tuple(sorted(groups)))


def connections_of(clients: Clients, there: Environment, names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Their ARNs. Raises Refused where a connection that a pipeline names is not there."""
    found = []
    for name in sorted({DEFAULT_CONNECTION, *names}):
        full = there.connection_name(name)
        try:
            told = clients.ask("events", "describe_connection", full, ("ResourceNotFoundException",), Name=full)
        except Declined:
            if name != DEFAULT_CONNECTION:
                hint = f"Make it: aws events create-connection --name {full} --authorization-type ..."
                raise Refused(f"there is no connection {full}, which http names '{name}'", hint) from None
            continue  # the environment's own is made with it
        found.append((name, str(told["ConnectionArn"])))
    return tuple(found)


def record_key() -> tuple[str, str]:
    return ENVIRONMENT, THIS


def _default_subnets(clients: Clients) -> tuple[str, ...]:
    wanted = [{"Name": "default-for-az", "Values": ["true"]}]
    found = clients.ask("ec2", "describe_subnets", "the default subnets", Filters=wanted)["Subnets"]
    if not found:
        hint = (
            'Name them in bunsui.toml, in the context: subnets = ["subnet-..."], and public_ip = true if they need it'
        )
        raise Refused("containers need subnets, and this account has no default network here", hint)
    return tuple(sorted(one["SubnetId"] for one in found))


def _default_group(clients: Clients, subnet: str) -> str:
    network = clients.ask("ec2", "describe_subnets", subnet, SubnetIds=[subnet])["Subnets"][0]["VpcId"]
    wanted = [{"Name": "vpc-id", "Values": [network]}, {"Name": "group-name", "Values": ["default"]}]
    found = clients.ask("ec2", "describe_security_groups", network, Filters=wanted)["SecurityGroups"]
    if not found:
        raise Refused(f"{network} has no default security group", 'Name one: security_groups = ["sg-..."]')
    return str(found[0]["GroupId"])
