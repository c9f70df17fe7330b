"""Packages in the bucket that nothing refers to any more: they are marked, and the bucket's lifecycle removes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bunsui.aws.clients import Clients
from bunsui.aws.deploy.environment import OLD
from bunsui.aws.environments import DEPLOYMENT
from bunsui.aws.names import Environment
from bunsui.ports import Table

_PREFIXES = ("code/", "definitions/", "runtime/", "templates/")
_YOUNG = timedelta(days=1)  # somebody may deploy it at this moment


def mark(clients: Clients, there: Environment, table: Table, also: Iterable[str], young: timedelta = _YOUNG) -> None:
    """All but what the deployed pipelines, and `also`, refer to, and what is not older than `young`."""
    used = {*also, *_used(table)}
    for prefix in _PREFIXES:
        for key in _older(clients, there, prefix, datetime.now(UTC) - young):
            if key not in used:
                _ask(clients, "put_object_tagging", there, key, Tagging={"TagSet": [OLD]})


def keep(clients: Clients, there: Environment, key: str) -> None:
    """It is used again."""
    _ask(clients, "delete_object_tagging", there, key)


def _used(table: Table) -> Iterator[str]:
    after: str | None = None
    while True:
        page = table.query(DEPLOYMENT, after=after)
        for record in page.records:
            objects = record.body.get("objects")
            yield from map(str, objects if isinstance(objects, list) else ())
        if (after := page.next) is None:
            return


def _older(clients: Clients, there: Environment, prefix: str, until: datetime) -> Iterator[str]:
    for page in clients.pages("s3", "list_objects_v2", f"s3://{there.bucket}", Bucket=there.bucket, Prefix=prefix):
        yield from (one["Key"] for one in page.get("Contents", ()) if one["LastModified"] < until)


def _ask(clients: Clients, method: str, there: Environment, key: str, **given: Any) -> None:
    clients.ask("s3", method, f"s3://{there.bucket}/{key}", Bucket=there.bucket, Key=key, **given)
