"""Deployed state machines: placeholders bound to local ARNs, versions by content, and how they are stored.

What a resource is run with is in `integrations`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from bunsui.local import names
from bunsui.model import machine as placeholders
from bunsui.model.machine import (
    CompiledMachine,
    ConnectionResource,
    ContainerResource,
    FunctionResource,
    MachineResource,
    Resource,
)
from bunsui.model.secret import Secret

Runnable = FunctionResource | ContainerResource | ConnectionResource
_CLASSES: dict[str, type[Any]] = {
    "function": FunctionResource,
    "container": ContainerResource,
    "connection": ConnectionResource,
}
_KINDS = {cls: kind for kind, cls in _CLASSES.items()}
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
SOURCE = "source"  # what a machine that was made through the API is told apart by: its definition's text
_SHARED = {
    placeholders.BUCKET: names.BUCKET,
    placeholders.MAILBOXES: names.MAILBOXES,
    placeholders.CLUSTER: names.CLUSTER,
    placeholders.SUBNETS: names.SUBNETS,
    placeholders.SECURITY_GROUPS: names.SECURITY_GROUPS,
    placeholders.PUBLIC_IP: names.PUBLIC_IP,
}


@dataclass(frozen=True, slots=True)
class Deployed:
    """A version of a machine. `resources` is keyed by ARN."""

    arn: str
    name: str
    definition: Mapping[str, Any]
    resources: Mapping[str, Runnable]
    limits: bool
    python: str
    path: str
    folder: str
    declared: bool = False  # made through the API: its tasks may be functions that are declared, too


class Registry(Protocol):
    """Where versions are kept: the journal; for looking only, its readers."""

    def find_machine(self, name: str, identity: str) -> str | None: ...

    def add_machine(self, name: str, identity: str, body: Callable[[str], Mapping[str, Any]]) -> str | None: ...


def source_body(name: str, text: str, *, limits: bool = True) -> dict[str, Any]:
    """A definition as somebody gave it, without placeholders or resources of its own."""
    shared = {"limits": limits, "python": "", "path": "", "folder": "/", "resources": {}}
    return {"name": name, "text": text, SOURCE: text, **shared}


def body_of(machine: CompiledMachine, parent: CompiledMachine | None = None) -> dict[str, Any]:
    """The machine and its nested machines as JSON. A nested one runs as its parent does, unless it says how."""
    over = parent or machine
    return {
        "name": machine.name,
        "text": machine.text,
        "limits": machine.limits,
        "python": machine.python or over.python or "",
        "path": machine.path or over.path,
        "folder": machine.folder if machine.folder != "." else over.folder,
        "resources": {name: _resource_to_json(resource, machine) for name, resource in machine.resources.items()},
    }


def deploy(body: Mapping[str, Any], registry: Registry) -> str | None:
    """The ARN of this very machine in the registry; added if it is not there (None if that cannot be)."""
    arns: dict[str, str] = {}
    for placeholder, resource in body["resources"].items():
        arn = _arn_of(body["name"], placeholder, resource, registry)
        if arn is None:
            return None
        arns[placeholder] = arn
    stored = dict(body, resources={arns[name]: r for name, r in body["resources"].items() if r["kind"] != "machine"})
    text = stored.pop("text")
    stored["definition"] = orjson.loads(text if SOURCE in body else _bind(text, arns | _SHARED))
    identity = hashlib.sha256(orjson.dumps(stored, option=orjson.OPT_SORT_KEYS)).hexdigest()
    found = registry.find_machine(body["name"], identity)
    return found or registry.add_machine(body["name"], identity, lambda arn: dict(stored, arn=arn))


def deployed_from_json(body: Mapping[str, Any]) -> Deployed:
    resources = {arn: _resource_from_json(resource) for arn, resource in body["resources"].items()}
    fields = {field.name: body[field.name] for field in dataclasses.fields(Deployed) if field.name != "declared"}
    return Deployed(**(fields | {"resources": resources, "declared": SOURCE in body}))


def _bind(text: str, values: Mapping[str, str]) -> str:
    """Unknown names stay: they are a user's own text."""
    return _PLACEHOLDER.sub(lambda found: _escaped(values.get(found[1], found[0])), text)


def _escaped(text: str) -> str:
    return orjson.dumps(text).decode()[1:-1]


def _arn_of(machine: str, placeholder: str, resource: Mapping[str, Any], registry: Registry) -> str | None:
    operation = placeholder.partition("_")[2] or placeholder
    match resource["kind"]:
        case "machine":
            return deploy(resource["machine"], registry)
        case "function":
            return resource["existing"] or names.function_arn(machine, operation)
        case "container":
            return resource["existing"] or names.task_arn(machine, operation)
        case _:
            return names.connection_arn(resource["name"] or "Default")


def _resource_to_json(resource: Resource, machine: CompiledMachine) -> dict[str, Any]:
    if isinstance(resource, MachineResource):
        return {"kind": "machine", "machine": body_of(resource.machine, machine)}
    fields = {field.name: getattr(resource, field.name) for field in dataclasses.fields(resource)}
    if "env" in fields:
        fields["env"] = {k: {"secret": v.ref} if isinstance(v, Secret) else v for k, v in fields["env"].items()}
    return {"kind": _KINDS[type(resource)], **fields}


def _resource_from_json(value: Mapping[str, Any]) -> Runnable:
    fields = {name: field for name, field in value.items() if name != "kind"}
    if "env" in fields:
        fields["env"] = {k: Secret(v["secret"]) if isinstance(v, dict) else v for k, v in fields["env"].items()}
    if "command" in fields:
        fields["command"] = tuple(fields["command"])
    made: Runnable = _CLASSES[value["kind"]](**fields)
    return made
