"""An environment on AWS, found: what it is, by one read of its records.

It needs no folder and asks for no identity. The ports on it are put together in `backend`.
"""

from __future__ import annotations

import hashlib

from bunsui.aws import items
from bunsui.aws.clients import Clients
from bunsui.aws.environments import DEPLOYMENT, ENVIRONMENT, THIS, Deployment, deployment_of, environment_of
from bunsui.aws.errors import Declined
from bunsui.aws.names import Environment
from bunsui.errors import BackendError, Refused
from bunsui.model.context import Context
from bunsui.ports import Table

_NO_CODE = ("", hashlib.sha256().hexdigest())  # none is named; its folders are not on this machine
_NO_TABLE = ("ResourceNotFoundException",)


def clients_of(context: Context) -> Clients:
    return Clients(context.profile, context.region, context.endpoint)


def open_environment(clients: Clients, name: str) -> Environment:
    """The environment as it was deployed. Raises BackendError where it was not."""
    table = Environment(name, "", "").records
    given = {"TableName": table, "Key": items.key(ENVIRONMENT, THIS), "ConsistentRead": True}
    try:
        found = clients.ask("dynamodb", "get_item", f"the table {table}", _NO_TABLE, **given).get("Item")
    except Declined:
        raise _absent(clients, name, f"there is no table {table}") from None
    if not found:
        raise _absent(clients, name, f"the table {table} does not say what it is")
    return environment_of(items.record_of(found).body)


def check_code(table: Table, environment: Environment, pipeline: str, code: str) -> None:
    """Raises Refused where a pipeline's code, by its hash, is not what was deployed. Who has no code has no word."""
    there = deployment(table, pipeline) if code not in _NO_CODE else None
    if there and there.code_sha256 and there.code_sha256 != code:
        what = f"the code of {pipeline} here is not the code that was deployed to the environment {environment.name}"
        raise Refused(what, f"Deploy it: bunsui env deploy FILE --env {environment.name}")


def deployment(table: Table, pipeline: str) -> Deployment | None:
    """What of a pipeline was deployed last; None if it never was."""
    found = table.get(DEPLOYMENT, pipeline)
    return deployment_of(found.body) if found else None


def _absent(clients: Clients, name: str, why: str) -> BackendError:
    place = clients.place
    where = place.endpoint or place.region
    hint = f"Deploy it: bunsui env deploy --env {name}, or look {place.elsewhere()}"
    return BackendError(f"there is no environment {name!r} in {where}: {why}", hint)
