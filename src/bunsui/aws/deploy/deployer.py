"""The order of a deployment: look, plan, ask nobody, carry out. Killed anywhere, the same again goes on from there.

The environment's stack is made in two steps, since its bucket must hold the controller's package; then the pipelines,
nested ones first. What a plan says is in `plan`, what CloudFormation is asked in `stacks`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bunsui import __version__
from bunsui.aws.clients import Clients
from bunsui.aws.deploy import environment, gathering, place, plan, wheels
from bunsui.aws.deploy.packaging import CodeOf, Package
from bunsui.aws.deploy.pipelines import Ready, Workshop
from bunsui.aws.deploy.place import Identity
from bunsui.aws.deploy.stacks import (
    ENVIRONMENT_TAG,
    LARGEST_INLINE,
    PIPELINE_TAG,
    ChangeSet,
    Stack,
    Stacks,
    Tell,
    Wanted,
    settled,
)
from bunsui.aws.environments import DEPLOYMENT, ENVIRONMENT, THIS, environment_body
from bunsui.aws.names import Environment
from bunsui.aws.objects import S3Client
from bunsui.aws.opening import clients_of
from bunsui.aws.table import DynamoDBClient
from bunsui.errors import BackendError, Refused
from bunsui.model.context import Context
from bunsui.model.deployment import VERSION_LATER, DeploymentPlan, StackPlan
from bunsui.model.json import Json
from bunsui.model.machine import CompiledMachine, ContainerResource
from bunsui.model.pipeline import Pipeline
from bunsui.ports import Record


@dataclass(frozen=True, slots=True)
class Differences:
    """Between what is registered and a file: operations with their keys, and lines of a diff."""

    operations: Mapping[str, tuple[str, ...]]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class House:
    """What a deployment needs of the rest. `register` stores a version of a file, `differences` compares with it."""

    load: Callable[[str], Pipeline]
    compile: Callable[[Pipeline], CompiledMachine]
    register: Callable[[str], object]
    differences: Callable[[str, str], Differences | None]
    code_of: CodeOf
    code_digest: Callable[[CompiledMachine], str]
    now: Callable[[], str]  # RFC 3339, UTC
    cache: Path


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan with all that it takes to carry it out. `proposed` are change sets by stack."""

    plan: DeploymentPlan
    there: Environment
    who: Identity
    controller: Package
    runtime: str
    pipelines: tuple[Ready, ...]
    versions: Mapping[str, str]
    proposed: dict[str, ChangeSet] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)


class Deployer:
    def __init__(self, context: Context, house: House) -> None:
        place.checked_name(context.environment)
        self._context = context
        self._house = house
        self._clients: Clients = clients_of(context)
        self._stacks = Stacks(self._clients)

    def prepare(self, sources: Sequence[str], tell: Tell) -> Prepared:
        """What would be done. Nothing that anybody uses is changed: packages may be put into the bucket."""
        named = [(source, self._house.load(source)) for source in sources]
        on = wheels.platform(self._clients.place.endpoint)
        workshop = Workshop(on, self._house.cache, self._house.code_of, self._house.compile)
        ready = tuple(self._looked_at(workshop.ready(one)) for one in workshop.sources(named))
        who = place.identity(self._clients)
        there = self._there(who, ready, tell)
        prepared = Prepared(
            DeploymentPlan(there.name, there.account, there.region, ()),
            there,
            who,
            workshop.controller(),
            on.runtime,
            ready,
            {},
            sources={one.name: one.source.address for one in ready if one.source.address},
        )
        return self._planned(prepared, tell)

    def carry_out(self, prepared: Prepared, tell: Tell) -> None:
        """As planned. Raises BackendError with the reason of the resource that failed."""
        there = self._make_environment(prepared, tell)
        prepared = replace(prepared, there=there)
        versions = dict(prepared.versions)
        for ready in prepared.pipelines:
            versions[ready.source.machine.sha256] = self._make_pipeline(prepared, ready, versions, tell)
        gathering.mark(self._clients, there, self._table(there), [prepared.controller.key])

    def forget(self, prepared: Prepared) -> None:
        """A plan that is not carried out leaves no change sets behind."""
        for proposed in prepared.proposed.values():
            self._stacks.drop(proposed)

    def templates(self, prepared: Prepared) -> Iterator[tuple[str, bytes]]:
        """Files by name: the templates, and what they refer to in the bucket."""
        there = prepared.there
        yield f"{there.stack}.json", _shown(environment.template(there, self._controller(prepared)))
        yield prepared.controller.key, prepared.controller.body()
        for ready in prepared.pipelines:
            template = ready.template(there, prepared.versions)
            yield f"{there.pipeline_stack(ready.name)}.json", _shown(template)
            for key, body in ready.objects(ready.definition(there, prepared.versions)).items():
                yield key, body()

    # The plan

    def _there(self, who: Identity, pipelines: Sequence[Ready], tell: Tell) -> Environment:
        machines = [one.source.machine for one in pipelines]
        containers = any(isinstance(one, ContainerResource) for m in machines for one in m.resources.values())
        named = Environment(self._context.environment, who.account, self._clients.place.region, who.partition)
        stack = self._quiet(named.stack, "", named, tell)
        before = self._record(named) if stack and stack.is_there else None
        there = place.environment(self._clients, self._context, who, before, containers)
        return self._connected(there, pipelines)

    def _connected(self, there: Environment, pipelines: Sequence[Ready]) -> Environment:
        names = [name for one in pipelines for name in one.connections]
        found = dict(there.connections) | dict(place.connections_of(self._clients, there, names))
        return replace(there, connections=tuple(sorted(found.items())))

    def _looked_at(self, ready: Ready) -> Ready:
        """With what it needs of task definitions that are somebody else's."""
        names = ready.task_definitions
        return replace(ready, foreign=place.foreign(self._clients, names)) if names else ready

    def _record(self, there: Environment) -> Record | None:
        return self._table(there).get(*place.record_key())

    def _planned(self, prepared: Prepared, tell: Tell) -> Prepared:
        there, versions = prepared.there, dict(prepared.versions)
        stack = self._quiet(there.stack, "", there, tell)
        template = environment.template(there, self._controller(prepared))
        plans = [self._plan_of(prepared, stack, Wanted(there.stack, template, _tags(there, "")), "")]
        for ready in prepared.pipelines:
            name = there.pipeline_stack(ready.name)
            found = self._quiet(name, ready.name, there, tell)
            wanted = Wanted(name, ready.template(there, versions), _tags(there, ready.name))
            planned = self._plan_of(prepared, found, wanted, ready.name)
            plans.append(planned)
            if not planned.changes and found is not None:
                versions[ready.source.machine.sha256] = found.outputs["Version"]
        before = self._record(there) if stack and stack.is_there else None
        whole = replace(
            prepared.plan,
            stacks=tuple(plans),
            costs=plan.COSTS if plans[0].is_new else (),
            bunsui=__version__,
            before=str(before.body.get("bunsui", "")) if before else "",
        )
        return replace(prepared, plan=whole, versions=versions)

    def _plan_of(self, prepared: Prepared, stack: Stack | None, wanted: Wanted, pipeline: str) -> StackPlan:
        after = wanted.template
        if stack is None or not stack.is_there:
            left = stack.status if stack and stack.status != "REVIEW_IN_PROGRESS" else ""
            notes = (f"a creation that failed ({left}) is removed first",) if left else ()
            may = plan.permissions({}, after)
            return StackPlan(wanted.name, pipeline, True, plan.created(after), may, notes=notes)
        before = self._stacks.template(stack.name)
        changes = plan.differing(before, after)
        if not changes and before == after:
            return StackPlan(wanted.name, pipeline, False)
        proposed = None if self._context.read_only else self._proposed(prepared.there, wanted)
        if proposed is not None:
            prepared.proposed[wanted.name] = proposed
        shown = plan.told(changes, proposed.changes if proposed else ())
        differ = self._differences(pipeline, prepared.sources.get(pipeline, ""))
        code = any("Code" in change.parts for change in shown)
        may = plan.permissions(before, after)
        return StackPlan(wanted.name, pipeline, False, shown, may, differ.operations, differ.lines, code=code)

    def _differences(self, pipeline: str, source: str) -> Differences:
        found = self._house.differences(pipeline, source) if pipeline and source else None
        return found or Differences({}, ())

    def _quiet(self, name: str, pipeline: str, there: Environment, tell: Tell) -> Stack | None:
        """The stack when nobody is at it. Raises Refused where one of that name is somebody else's."""
        stack = self._stacks.find(name)
        if stack is None:
            return None
        if stack.status == "REVIEW_IN_PROGRESS":  # a plan of which nothing came
            return stack
        if stack.tags.get(ENVIRONMENT_TAG) != there.name or stack.tags.get(PIPELINE_TAG, "") != pipeline:
            hint = f"Choose another name, or look whose it is: aws cloudformation describe-stacks --stack-name {name}"
            raise Refused(f"there is a stack {name} that was not made for this", hint)
        if stack.is_busy:
            stack = self._waited(stack, tell)
        return settled(stack) if stack else None

    def _waited(self, stack: Stack, tell: Tell) -> Stack | None:
        """What another began, or a run of ours that was killed; how that ends is its own."""
        try:
            self._stacks.wait(stack.id, tell, self._stacks.newest_event(stack.id))
        except BackendError:
            return self._stacks.find(stack.name)
        return self._stacks.find(stack.name)

    # Carrying it out

    def _make_environment(self, prepared: Prepared, tell: Tell) -> Environment:
        """As it is then: what it is called by AWS is known."""
        there = prepared.there
        tags = _tags(there, "")
        stack = self._without_failure(self._stacks.find(there.stack), tell)
        if stack is None:
            self._apply(there, Wanted(there.stack, environment.template(there, None), tags), None, tell, is_new=True)
            self._stacks.protect(there.stack, True)
        self._put(there, {prepared.controller.key: prepared.controller.body})
        wanted = Wanted(there.stack, environment.template(there, self._controller(prepared)), tags)
        self._apply(there, wanted, prepared.proposed.get(there.stack), tell)
        there = self._connected(there, prepared.pipelines)
        before = self._record(there)
        body = environment_body(there, __version__, self._house.now(), prepared.who.by)
        if before is None or not _same(before.body, body):
            revision = before.revision if before else 0
            self._table(there).put(Record(ENVIRONMENT, THIS, body, revision=revision))
        return there

    def _make_pipeline(self, prepared: Prepared, ready: Ready, versions: Mapping[str, str], tell: Tell) -> str:
        """The ARN of its version."""
        there = prepared.there
        name = there.pipeline_stack(ready.name)
        definition = ready.definition(there, versions)
        if VERSION_LATER in definition:
            raise Refused(f"a pipeline that {ready.name} runs was not deployed", "Deploy it first, by its own file")
        self._put(there, ready.objects(definition))
        stack = self._without_failure(self._stacks.find(name), tell)
        wanted = Wanted(name, ready.template(there, versions), _tags(there, ready.name))
        known = prepared.versions == versions or not _nests(ready)
        proposed = prepared.proposed.get(name) if known else None
        if not known and name in prepared.proposed:
            self._stacks.drop(prepared.proposed[name])
        self._apply(there, wanted, proposed, tell, is_new=stack is None)
        done = self._stacks.find(name)
        if done is None:
            raise BackendError(f"the stack {name} was removed meanwhile", "Run the command again")
        self._note(prepared, ready, definition, done.outputs["Version"])
        return done.outputs["Version"]

    def _apply(
        self, there: Environment, wanted: Wanted, proposed: ChangeSet | None, tell: Tell, *, is_new: bool = False
    ) -> None:
        proposed = proposed or self._proposed(there, wanted, is_new=is_new)
        if proposed is not None:
            self._stacks.carry_out(proposed, tell)

    def _proposed(self, there: Environment, wanted: Wanted, *, is_new: bool = False) -> ChangeSet | None:
        text = wanted.body.encode()
        if len(text) > LARGEST_INLINE:
            key = f"templates/{wanted.name}-{_digest(text)}.json"
            self._put(there, {key: lambda: text})
            wanted = replace(wanted, address=self._address(there, key))
        return self._stacks.propose(wanted, is_new=is_new)

    def _address(self, there: Environment, key: str) -> str:
        endpoint = self._clients.place.endpoint
        if endpoint:
            return f"{endpoint}/{there.bucket}/{key}"
        suffix = "amazonaws.com.cn" if there.partition == "aws-cn" else "amazonaws.com"
        return f"https://{there.bucket}.s3.{there.region}.{suffix}/{key}"

    def _without_failure(self, stack: Stack | None, tell: Tell) -> Stack | None:
        """The stack, if it was made; what a failed creation left is removed."""
        if stack is not None and not stack.is_there:
            self._stacks.delete(stack, tell)
            return None
        return stack

    def _note(self, prepared: Prepared, ready: Ready, definition: str, version: str) -> None:
        """What was deployed, and the pipeline's version among those that are registered."""
        source = ready.source
        if source.address:
            self._house.register(source.address)
        machine = source.machine
        body: dict[str, Json] = {
            "machine": prepared.there.machine(ready.name),
            "version": version,
            "definition_sha256": source.pipeline.sha256,
            "machine_sha256": machine.sha256,
            "code_sha256": self._house.code_digest(machine),
            "stack": prepared.there.pipeline_stack(ready.name),
            "source": _whole(source.address or source.pipeline.source),
            "objects": [*sorted(ready.objects(definition))],
            "deployed": self._house.now(),
            "by": prepared.who.by,
        }
        table = self._table(prepared.there)
        before = table.get(DEPLOYMENT, ready.name)
        if before is None or not _same(before.body, body):
            table.put(Record(DEPLOYMENT, ready.name, body, revision=before.revision if before else 0))

    def _put(self, there: Environment, objects: Mapping[str, Callable[[], bytes]]) -> None:
        """By the hash of what they hold: one that is there is the very one."""
        bucket = S3Client(self._clients, there.bucket)
        for key, body in objects.items():
            if any(found == key for found in bucket.list(key)):
                gathering.keep(self._clients, there, key)
            else:
                bucket.put_if_absent(key, body())

    def _controller(self, prepared: Prepared) -> environment.Package:
        return environment.Package(prepared.controller.key, prepared.runtime)

    def _table(self, there: Environment) -> DynamoDBClient:
        return DynamoDBClient(self._clients, there.records)

    def close(self) -> None:
        self._clients.close()


def _whole(address: str) -> str:
    """Of a file of this machine its full path; else the address, or the name of a registered pipeline."""
    return os.path.abspath(address) if os.path.isfile(address) else address


def _nests(ready: Ready) -> bool:
    return any(name.startswith("Machine_") for name in ready.source.machine.resources)


def _same(before: Mapping[str, Json], after: Mapping[str, Json]) -> bool:
    """But for when and by whom."""
    return {**before, "deployed": "", "by": ""} == {**after, "deployed": "", "by": ""}


def _tags(there: Environment, pipeline: str) -> dict[str, str]:
    return {ENVIRONMENT_TAG: there.name} | ({PIPELINE_TAG: pipeline} if pipeline else {})


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:16]


def _shown(template: Mapping[str, Any]) -> bytes:
    return json.dumps(template, indent=2, sort_keys=True).encode() + b"\n"
