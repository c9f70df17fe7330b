"""An environment as it is: its stacks, the pipelines that were deployed, and what is not as in the files here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bunsui.aws.clients import Clients
from bunsui.aws.deploy import place
from bunsui.aws.deploy.stacks import PIPELINE_TAG, Stacks
from bunsui.aws.environments import DEPLOYMENT
from bunsui.aws.errors import Declined
from bunsui.aws.names import Environment
from bunsui.aws.opening import clients_of, open_environment
from bunsui.aws.table import DynamoDBClient
from bunsui.errors import BackendError
from bunsui.model.context import Context
from bunsui.model.deployment import EnvironmentState, PipelineState, StackState
from bunsui.ports import Record

_NO_QUEUE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


@dataclass(frozen=True, slots=True)
class Digests:
    """Of a pipeline as its file says here."""

    machine: str
    code: str


def status(context: Context, here: Callable[[str], Digests | None]) -> EnvironmentState:
    """`here` gives the digests of a source, None where it cannot be read. Raises BackendError: nothing is there."""
    clients = clients_of(context)
    try:
        return _State(clients, place.checked_name(context.environment), here).read()
    finally:
        clients.close()


class _State:
    def __init__(self, clients: Clients, name: str, here: Callable[[str], Digests | None]) -> None:
        self._clients, self._name, self._here = clients, name, here

    def read(self) -> EnvironmentState:
        stacks = tuple(
            StackState(one.name, one.tags.get(PIPELINE_TAG, ""), one.status, one.changed, one.reason)
            for one in Stacks(self._clients).of_environment(self._name)
        )
        try:
            there = open_environment(self._clients, self._name)
        except BackendError:
            if not stacks:
                raise
            return EnvironmentState(self._name, "", self._clients.place.region, "", "", "", stacks, ())
        table = DynamoDBClient(self._clients, there.records)
        record = table.get(*place.record_key())
        body = record.body if record else {}
        told = {key: str(body.get(key, "")) for key in ("bunsui", "deployed", "by")}
        return EnvironmentState(
            there.name,
            there.account,
            there.region,
            told["bunsui"],
            told["deployed"],
            told["by"],
            stacks,
            tuple(self._pipelines(table)),
            self._dead_letters(there),
        )

    def _pipelines(self, table: DynamoDBClient) -> Iterator[PipelineState]:
        after: str | None = None
        while True:
            page = table.query(DEPLOYMENT, after=after)
            yield from map(self._pipeline, page.records)
            if (after := page.next) is None:
                return

    def _pipeline(self, record: Record) -> PipelineState:
        body = {key: str(value) for key, value in record.body.items()}
        found = self._here(body["source"]) if body.get("source") else None
        differs = []
        if found is not None:
            differs = ["definition"] if found.machine != body.get("machine_sha256") else []
            differs += ["code"] if found.code != body.get("code_sha256") else []
        said = {key: body.get(key, "") for key in ("version", "deployed", "by", "source")}
        return PipelineState(record.sort, **said, differs=tuple(differs))

    def _dead_letters(self, there: Environment) -> int | None:
        name = there.dead_letters.rpartition(":")[2]
        try:
            url = self._clients.ask("sqs", "get_queue_url", name, _NO_QUEUE, QueueName=name)["QueueUrl"]
            wanted = ["ApproximateNumberOfMessages"]
            found = self._clients.ask(
                "sqs", "get_queue_attributes", name, _NO_QUEUE, QueueUrl=url, AttributeNames=wanted
            )
        except (Declined, BackendError):
            return None
        return int(found["Attributes"][wanted[0]])
