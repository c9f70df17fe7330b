"""The end of an environment: executions and containers are stopped, pipelines' stacks go first, then all the rest.

Again after a kill it goes on with what is still there. What stays by AWS's own rules is said in the documentation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bunsui.aws import items
from bunsui.aws.clients import Clients
from bunsui.aws.deploy import environment, place
from bunsui.aws.deploy.environment import RULES
from bunsui.aws.deploy.stacks import PIPELINE_TAG, Stack, Stacks, Tell
from bunsui.aws.errors import Declined
from bunsui.aws.names import Environment
from bunsui.aws.opening import clients_of
from bunsui.errors import BackendError, NotFound
from bunsui.model.context import Context
from bunsui.model.deployment import Contents

_GONE = ("ResourceNotFoundException", "NoSuchBucket", "404", "ClusterNotFoundException", "StateMachineDoesNotExist")
_TRIES = 3  # of the environment's stack: the controller may write into the bucket until it goes itself
_AT_ONCE = 1000  # objects in a request
_BY_US = "the environment is removed"


class Destroyer:
    def __init__(self, context: Context) -> None:
        self._name = place.checked_name(context.environment)
        self._clients: Clients = clients_of(context)
        self._stacks = Stacks(self._clients)

    def contents(self) -> Contents:
        """What would go. Raises NotFound where there is no such environment."""
        who = place.identity(self._clients)
        there = Environment(self._name, who.account, self._clients.place.region, who.partition)
        stacks = self._stacks.of_environment(self._name)
        if not stacks:
            message = f"there is no environment {self._name!r} in {there.region} of the account {there.account}"
            raise NotFound(message, "List the stacks: aws cloudformation describe-stacks")
        machines = tuple(self._machines(stacks))
        sizes = list(self._sizes(there))
        return Contents(
            there.name,
            there.account,
            there.region,
            tuple(one.name for one in _in_order(stacks)),
            machines,
            sum(1 for machine in machines for _ in self._running(machine)),
            self._sessions(there),
            len(sizes),
            sum(sizes),
        )

    def destroy(self, contents: Contents, tell: Tell) -> None:
        """All of it. Raises BackendError where something stays."""
        there = Environment(contents.name, contents.account, contents.region)
        self._quieten(there)
        for machine in contents.machines:
            self._stop_executions(machine)
        self._stop_containers(there)
        stacks = _in_order(self._stacks.of_environment(self._name))
        begun = [(one, self._stacks.begin_delete(one)) for one in stacks if one.name != there.stack]
        for one, seen in begun:
            self._stacks.wait_gone(one, seen, tell)
        for one in stacks:
            if one.name == there.stack:
                self._remove_environment(there, one, tell)
        self._remove_logs(there)

    def _quieten(self, there: Environment) -> None:
        """The controller is not called any more: it would recover what is stopped here."""
        for rule in RULES:
            self._quietly("events", "disable_rule", rule, Name=environment.rule_name(there, rule))

    def _remove_logs(self, there: Environment) -> None:
        """What a function wrote while its stack went."""
        for prefix in there.log_prefixes:
            found = self._clients.ask("logs", "describe_log_groups", prefix, logGroupNamePrefix=prefix)
            for one in found.get("logGroups", ()):
                self._quietly("logs", "delete_log_group", one["logGroupName"], logGroupName=one["logGroupName"])

    def _remove_environment(self, there: Environment, stack: Stack, tell: Tell) -> None:
        if stack.is_there:
            self._stacks.protect(stack.name, False)
        for left in range(_TRIES - 1, -1, -1):
            self._empty(there)
            try:
                self._stacks.delete(stack, tell)
                return
            except BackendError:
                if not left or not self._objects(there):
                    raise

    def _machines(self, stacks: Sequence[Stack]) -> Iterator[str]:
        for stack in stacks:
            if stack.tags.get(PIPELINE_TAG):
                found = self._stacks.resources(stack.name).get("Machine")
                yield from [found] if found else []

    def _running(self, machine: str) -> Iterator[str]:
        try:
            pages = self._clients.pages(
                "stepfunctions", "list_executions", machine, stateMachineArn=machine, statusFilter="RUNNING"
            )
            for page in pages:
                yield from (one["executionArn"] for one in page["executions"])
        except NotFound:
            return

    def _stop_executions(self, machine: str) -> None:
        for arn in list(self._running(machine)):
            self._quietly(
                "stepfunctions", "stop_execution", arn, executionArn=arn, error="Bunsui.Removed", cause=_BY_US
            )

    def _stop_containers(self, there: Environment) -> None:
        listed = self._quietly("ecs", "list_tasks", there.cluster, cluster=there.cluster) or {}
        for task in listed.get("taskArns", ()):
            self._quietly("ecs", "stop_task", task, cluster=there.cluster, task=task, reason=_BY_US)

    def _sessions(self, there: Environment) -> int:
        total = 0
        start: dict[str, Any] = {}
        slot = items.slot_of("sessions")
        while True:
            found: dict[str, Any] = self._quietly(
                "dynamodb",
                "query",
                there.records,
                TableName=there.records,
                IndexName=items.index_name(slot),
                KeyConditionExpression="#v = :v",
                ExpressionAttributeNames={"#v": items.attributes_of(slot)[0]},
                ExpressionAttributeValues={":v": {"S": items.value_of("sessions", "all")}},
                Select="COUNT",
                **start,
            ) or {"Count": 0}
            total += int(found["Count"])
            if "LastEvaluatedKey" not in found:
                return total
            start = {"ExclusiveStartKey": found["LastEvaluatedKey"]}

    def _sizes(self, there: Environment) -> Iterator[int]:
        for one in self._versions(there):
            yield int(one.get("Size", 0))

    def _objects(self, there: Environment) -> bool:
        return any(True for _ in self._versions(there))

    def _versions(self, there: Environment) -> Iterator[dict[str, Any]]:
        """Every version of every object, and the marks of those that were deleted."""
        given = {"Bucket": there.bucket}
        try:
            self._clients.ask("s3", "head_bucket", there.bucket, _GONE, **given)
            for page in self._clients.pages("s3", "list_object_versions", there.bucket, **given):
                yield from page.get("Versions", ())
                yield from page.get("DeleteMarkers", ())
        except (Declined, NotFound):
            return

    def _empty(self, there: Environment) -> None:
        waiting: list[dict[str, str]] = []
        for one in self._versions(there):
            waiting.append({"Key": one["Key"], "VersionId": one["VersionId"]})
            if len(waiting) == _AT_ONCE:
                self._delete(there, waiting)
                waiting = []
        self._delete(there, waiting)

    def _delete(self, there: Environment, objects: list[dict[str, str]]) -> None:
        if objects:
            wanted = {"Objects": objects, "Quiet": True}
            where = f"s3://{there.bucket}"
            done = self._clients.ask("s3", "delete_objects", where, Bucket=there.bucket, Delete=wanted)
            failed = done.get("Errors", ())
            for one in failed:
                raise BackendError(f"s3://{there.bucket}/{one['Key']} stays: {one['Message']}", "Run it again")

    def _quietly(self, service: str, method: str, resource: str, **given: Any) -> Any:
        """None where it is gone already."""
        try:
            return self._clients.ask(service, method, resource, _GONE, **given)
        except (Declined, NotFound):
            return None

    def close(self) -> None:
        self._clients.close()


def _in_order(stacks: Sequence[Stack]) -> list[Stack]:
    """The environment's own last."""
    return sorted(stacks, key=lambda one: (not one.tags.get(PIPELINE_TAG), one.name))
