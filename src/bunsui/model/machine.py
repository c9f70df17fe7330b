"""A compiled state machine and the resources its ``${placeholders}`` stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bunsui.model.json import Json
from bunsui.model.secret import Secret


@dataclass(frozen=True, slots=True)
class FunctionResource:
    """A Lambda function of ours, or with `existing` one that is there already.

    `handler` is ``module.function`` (gets the event) or ``module:function`` (gets keyword arguments).
    """

    handler: str = ""
    code: str | None = None
    existing: str | None = None
    memory: int | None = None
    timeout: int | None = None
    env: Mapping[str, str | Secret] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContainerResource:
    """A task definition: `command` in `image` on AWS, as a process locally."""

    command: tuple[str, ...] = ()
    image: str | None = None
    existing: str | None = None
    cpu: int | None = None
    memory: int | None = None
    env: Mapping[str, str | Secret] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConnectionResource:
    """An EventBridge connection by its settings name; None is a connection without credentials."""

    name: str | None = None


@dataclass(frozen=True, slots=True)
class MachineResource:
    """The state machine of a nested pipeline."""

    machine: CompiledMachine


Resource = FunctionResource | ContainerResource | ConnectionResource | MachineResource

COMMANDS_IMAGE = "public.ecr.aws/docker/library/python:3.12-slim"  # of a command on AWS that names none

# Placeholders that every machine may use without a resource of its own; the backend knows them.
MAILBOXES = "Mailboxes"
BUCKET = "Bucket"
CLUSTER = "Cluster"
SUBNETS = "Subnets"  # several, with commas between them
SECURITY_GROUPS = "SecurityGroups"  # as well
PUBLIC_IP = "PublicIp"  # ENABLED or DISABLED


@dataclass(frozen=True, slots=True)
class CompiledMachine:
    """`definition` is ASL whose resource names are ``${Placeholder}`` texts; `resources` is keyed by placeholder."""

    name: str
    definition: Mapping[str, Json]
    text: str  # the definition as canonical JSON: what is hashed, deployed and compared
    sha256: str
    resources: Mapping[str, Resource] = field(default_factory=dict)
    limits: bool = True
    python: str | None = None  # interpreter, PATH and working folder of local tasks, as resolved at the session's start
    path: str = ""
    folder: str = "."
