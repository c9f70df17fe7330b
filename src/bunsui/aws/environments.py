"""The records that a deployment leaves in an environment's table: what the environment is, and what of each pipeline.

Who deploys writes them; every context begins by reading the first. What things are called is in `names`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bunsui.aws.names import Environment
from bunsui.errors import BackendError, NewerSchema
from bunsui.model.json import Json

SCHEMA = 1
ENVIRONMENT, THIS = "environment", "this"  # partition and sort of the environment's own record
DEPLOYMENT = "deployment"  # partition of the pipelines'; the sort is a pipeline's name


def environment_of(body: Mapping[str, Json]) -> Environment:
    """From its record. Raises NewerSchema, or BackendError where that is no such record."""
    schema = body.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        raise NewerSchema(f"the environment {body.get('name')} was deployed by a newer Bunsui", "Upgrade Bunsui")
    try:
        return Environment(
            name=str(body["name"]),
            account=str(body["account"]),
            region=str(body["region"]),
            partition=str(body.get("partition") or "aws"),
            subnets=_texts(body.get("subnets")),
            security_groups=_texts(body.get("security_groups")),
            public_ip=body.get("public_ip") is True,
            connections=_pairs(body.get("connections")),
        )
    except KeyError as error:
        name = body.get("name", "NAME")
        hint = f"Deploy it again: bunsui env deploy --env {name}"
        raise BackendError(f"the record of the environment {name} has no {error}", hint) from None


def environment_body(there: Environment, bunsui: str, deployed: str, by: str) -> dict[str, Json]:
    """What `environment_of` reads. `bunsui` is the version that deployed it, `deployed` RFC 3339 in UTC."""
    return {
        "schema": SCHEMA,
        "name": there.name,
        "account": there.account,
        "region": there.region,
        "partition": there.partition,
        "subnets": list(there.subnets),
        "security_groups": list(there.security_groups),
        "public_ip": there.public_ip,
        "connections": dict(there.connections),
        "topic": there.topic,
        "bunsui": bunsui,
        "deployed": deployed,
        "by": by,
    }


@dataclass(frozen=True, slots=True)
class Deployment:
    """What of a pipeline was put there. `machine` is the ARN of its state machine, without a version."""

    machine: str
    version: str
    definition_sha256: str
    machine_sha256: str
    code_sha256: str
    stack: str
    deployed: str
    by: str


def deployment_of(body: Mapping[str, Json]) -> Deployment:
    """From its record; what an older one has not is empty."""
    return Deployment(**{name: str(body.get(name) or "") for name in Deployment.__slots__})


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _pairs(value: Json) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, str(one)) for name, one in value.items())) if isinstance(value, dict) else ()
