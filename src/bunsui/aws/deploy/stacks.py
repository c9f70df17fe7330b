"""CloudFormation in our words: stacks as they are, change sets, and waiting until one is done.

What stands in a template is in `environment` and `pipeline`; in which order stacks come is the deployer's.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from bunsui.aws.clients import Clients
from bunsui.aws.errors import Declined
from bunsui.errors import BackendError, BunsuiError, Conflict, InvalidInput, Refused
from bunsui.model.deployment import STACK, Change, Deed, Progress

ENVIRONMENT_TAG, PIPELINE_TAG = "bunsui:environment", "bunsui:pipeline"
LARGEST_INLINE = 51_200  # bytes of a template in a request; larger ones lie in the bucket
_FAILED_TO_CREATE = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")
_NOTHING = ("didn't contain changes", "No updates are to be performed")
_NOISE = ("Resource creation cancelled", "Resource update cancelled")
_FIRST, _LONGEST = 0.1, 3.0  # seconds between two looks: the wait grows
_DEEDS = {"Add": Deed.CREATE, "Modify": Deed.CHANGE, "Remove": Deed.DELETE}
Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Stack:
    id: str
    name: str
    status: str
    reason: str = ""
    changed: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_there(self) -> bool:
        """Whether it was made, whatever became of later changes."""
        return self.status not in (*_FAILED_TO_CREATE, "REVIEW_IN_PROGRESS", "DELETE_COMPLETE")

    @property
    def is_busy(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"


@dataclass(frozen=True, slots=True)
class ChangeSet:
    id: str
    stack: str
    stack_id: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a stack is to be. `address` is where the template lies, if it is too large for a request."""

    name: str
    template: Mapping[str, Any]
    tags: Mapping[str, str]
    address: str = ""

    @property
    def body(self) -> str:
        return written(self.template)


def written(template: Mapping[str, Any]) -> str:
    return json.dumps(template, sort_keys=True, separators=(",", ":"))


class Stacks:
    def __init__(self, clients: Clients, sleep: Callable[[float], None] = time.sleep) -> None:
        self._clients = clients
        self._sleep = sleep

    def find(self, name: str) -> Stack | None:
        try:
            found = self._ask("describe_stacks", name, ("ValidationError",), StackName=name)["Stacks"]
        except Declined as no:
            if "does not exist" in no.answer.message:
                return None
            raise InvalidInput(f"{name}: {no.answer.message}", "Look at the name of the environment") from None
        stack = _stack(found[0])
        return None if stack.status == "DELETE_COMPLETE" else stack

    def of_environment(self, name: str) -> list[Stack]:
        """All of them, by name; the environment's own among them."""
        pages = self._clients.pages("cloudformation", "describe_stacks", "all stacks")
        found = [_stack(one) for page in pages for one in page["Stacks"]]
        return sorted((one for one in found if _is_of(one, name)), key=lambda one: one.name)

    def template(self, name: str) -> dict[str, Any]:
        """As it was given."""
        found = self._ask("get_template", name, StackName=name, TemplateStage="Original")["TemplateBody"]
        parsed: dict[str, Any] = json.loads(found) if isinstance(found, str) else dict(found)
        return parsed

    def propose(self, wanted: Wanted, *, is_new: bool) -> ChangeSet | None:
        """What would change; None if nothing would."""
        given: dict[str, Any] = {
            "StackName": wanted.name,
            "ChangeSetName": f"bunsui-{uuid.uuid4().hex[:12]}",
            "ChangeSetType": "CREATE" if is_new else "UPDATE",
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "Tags": [{"Key": key, "Value": value} for key, value in sorted(wanted.tags.items())],
        }
        given |= {"TemplateURL": wanted.address} if wanted.address else {"TemplateBody": wanted.body}
        given |= {"OnStackFailure": "DELETE"} if is_new else {}
        made = self._ask("create_change_set", wanted.name, **given)
        return self._proposed(made["Id"], wanted.name, made["StackId"])

    def drop(self, proposed: ChangeSet) -> None:
        self._ask("delete_change_set", proposed.stack, ("ChangeSetNotFound",), ChangeSetName=proposed.id)

    def carry_out(self, proposed: ChangeSet, tell: Tell) -> Stack:
        """Raises BackendError with the reason of what failed."""
        seen = self._newest_event(proposed.stack_id)
        try:
            self._ask("execute_change_set", proposed.stack, ("InvalidChangeSetStatus",), ChangeSetName=proposed.id)
        except Declined as no:
            raise Conflict(f"{proposed.stack} was changed meanwhile: {no.answer.message}") from None
        return self.wait(proposed.stack_id, tell, seen, stays=True)

    def wait(self, id: str, tell: Tell, seen: str = "", *, stays: bool = False) -> Stack:
        """Until nothing goes on there. Raises BackendError where that ended badly: one that `stays` must be there."""
        reasons: list[str] = []
        pause = _FIRST
        while True:
            stack = self.find(id)
            for event in self._events_after(id, seen):
                seen = event["EventId"]
                told = _progress(event)
                tell(told)
                reasons += _reasons(told)
            if stack is None or not stack.is_busy:
                return self._ended(id, stack, reasons, stays)
            self._sleep(pause)
            pause = min(pause * 1.5, _LONGEST)

    def newest_event(self, name: str) -> str:
        return self._newest_event(name)

    def begin_delete(self, stack: Stack) -> str:
        """Its newest event before, to wait from."""
        seen = self._newest_event(stack.id)
        self._ask("delete_stack", stack.name, StackName=stack.id)
        return seen

    def delete(self, stack: Stack, tell: Tell) -> None:
        """Raises BackendError where something stays."""
        self.wait_gone(stack, self.begin_delete(stack), tell)

    def wait_gone(self, stack: Stack, seen: str, tell: Tell) -> None:
        ended = self.wait(stack.id, tell, seen)
        if ended.status != "DELETE_COMPLETE":
            raise BackendError(f"{stack.name} is {ended.status}: {ended.reason}", f"Look at it: {_look(stack.name)}")

    def protect(self, name: str, on: bool) -> None:
        """Against being deleted by mistake."""
        self._ask("update_termination_protection", name, StackName=name, EnableTerminationProtection=on)

    def resources(self, name: str) -> dict[str, str]:
        """What things of a stack are called, by their logical ids."""
        pages = self._clients.pages("cloudformation", "list_stack_resources", name, StackName=name)
        return {
            one["LogicalResourceId"]: one.get("PhysicalResourceId", "")
            for page in pages
            for one in page["StackResourceSummaries"]
        }

    def _proposed(self, id: str, name: str, stack_id: str) -> ChangeSet | None:
        pause = _FIRST
        while True:
            found = self._ask("describe_change_set", name, ChangeSetName=id)
            if found["Status"] in ("CREATE_COMPLETE", "FAILED"):
                break
            self._sleep(pause)
            pause = min(pause * 1.5, _LONGEST)
        proposed = ChangeSet(id, name, stack_id, tuple(self._changes(id, name, found)))
        if found["Status"] == "CREATE_COMPLETE":
            return proposed
        why = found.get("StatusReason", "")
        why = "\n".join(self._invalid(stack_id, id)) or why if "DescribeEvents" in why else why
        self.drop(proposed)
        if any(one in why for one in _NOTHING):
            return None
        raise InvalidInput(f"CloudFormation refuses the template of {name}: {why}", "Mend what is named there")

    def _changes(self, id: str, name: str, found: Mapping[str, Any]) -> Iterator[Change]:
        while True:
            for one in found.get("Changes", ()):
                yield _change(one["ResourceChange"])
            if not (token := found.get("NextToken")):
                return
            found = self._ask("describe_change_set", name, ChangeSetName=id, NextToken=token)

    def _newest_event(self, name: str) -> str:
        try:
            found = self._ask("describe_stack_events", name, ("ValidationError",), StackName=name)["StackEvents"]
        except Declined:
            return ""
        return str(found[0]["EventId"]) if found else ""

    def _events_after(self, name: str, seen: str) -> Sequence[Mapping[str, Any]]:
        """In the order in which they came."""
        new: list[Mapping[str, Any]] = []
        for page in self._clients.pages("cloudformation", "describe_stack_events", name, StackName=name):
            for event in page["StackEvents"]:
                if event["EventId"] == seen:
                    return new[::-1]
                new.append(event)
        return new[::-1]

    def _ended(self, id: str, stack: Stack | None, reasons: Sequence[str], stays: bool) -> Stack:
        if stack is None:
            if stays or reasons:
                raise _failed(_name(id), "could not be made, and nothing of it stays", reasons or self._invalid(id))
            return Stack(id, _name(id), "DELETE_COMPLETE")
        if "FAILED" in stack.status or "ROLLBACK" in stack.status:
            why = reasons or self._invalid(id) or [stack.reason or stack.status]
            raise _failed(stack.name, f"is {stack.status}", why)
        return stack

    def _invalid(self, id: str, change_set: str = "") -> list[str]:
        """What CloudFormation found wrong before it touched anything: it tells that elsewhere than the rest."""
        given = {"ChangeSetName": change_set} if change_set else {"StackName": id}
        try:
            found = self._ask("describe_events", id, ("ValidationError",), **given)["OperationEvents"]
        except Declined:
            return []
        return [
            f"{one.get('LogicalResourceId', '')} ({one.get('ResourceType', '')}): {one['ValidationStatusReason']}"
            for one in found
            if one.get("EventType") == "VALIDATION_ERROR" and one.get("ValidationStatusReason")
        ]

    def _ask(self, method: str, resource: str, expect: tuple[str, ...] = (), **given: Any) -> Any:
        return self._clients.ask("cloudformation", method, f"the stack {_name(resource)}", expect, **given)


def _is_of(stack: Stack, environment: str) -> bool:
    """One of which only a plan was made has no tags yet."""
    if stack.status == "REVIEW_IN_PROGRESS":
        return f"{stack.name}-".startswith(f"bunsui-{environment}-")
    return stack.tags.get(ENVIRONMENT_TAG) == environment and stack.status != "DELETE_COMPLETE"


def settled(stack: Stack) -> Stack:
    """One that can be changed. Raises Refused."""
    if stack.status == "UPDATE_ROLLBACK_FAILED":
        hint = f"aws cloudformation continue-update-rollback --stack-name {stack.name}, then run the command again"
        raise Refused(f"{stack.name} is {stack.status}: {stack.reason}", hint)
    return stack


def _failed(name: str, how: str, reasons: Sequence[str]) -> BunsuiError:
    shown = "\n".join(dict.fromkeys(reasons))
    return BackendError(f"the stack {name} {how}:\n{shown}", "Mend what is named there, then run the command again")


def _reasons(told: Progress) -> list[str]:
    """What went wrong first; what was only given up because of it says nothing."""
    if not told.status.endswith("_FAILED") or not told.reason or any(one in told.reason for one in _NOISE):
        return []
    return [] if told.type == STACK else [f"{told.name} ({told.type}): {told.reason}"]


def _progress(event: Mapping[str, Any]) -> Progress:
    return Progress(
        event["StackName"],
        event.get("LogicalResourceId", ""),
        event.get("ResourceType", ""),
        event.get("ResourceStatus", ""),
        event.get("ResourceStatusReason", ""),
    )


def _change(told: Mapping[str, Any]) -> Change:
    replaced = told.get("Replacement", "False")
    deed = _DEEDS.get(told["Action"], Deed.CHANGE)
    parts = {one["Target"].get("Name") or one["Target"]["Attribute"] for one in told.get("Details", ())}
    return Change(
        Deed.REPLACE if deed is Deed.CHANGE and replaced == "True" else deed,
        told["LogicalResourceId"],
        told["ResourceType"],
        tuple(sorted(parts)),
        replaced == "Conditional",
    )


def _stack(told: Mapping[str, Any]) -> Stack:
    changed = told.get("LastUpdatedTime") or told.get("CreationTime")
    return Stack(
        told.get("StackId", ""),
        told["StackName"],
        told["StackStatus"],
        told.get("StackStatusReason", ""),
        changed.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if changed else "",
        {one["Key"]: one["Value"] for one in told.get("Tags", ())},
        {one["OutputKey"]: one.get("OutputValue", "") for one in told.get("Outputs", ())},
    )


def _name(id: str) -> str:
    """Of a stack's id, or the name itself."""
    return id.split("/")[1] if id.startswith("arn:") else id


def _look(name: str) -> str:
    return f"aws cloudformation describe-stack-events --stack-name {name}"
