"""What a Task's Resource names: a Lambda function, an activity or a service integration, and how it is waited for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

_FUNCTION = re.compile(r"arn:[a-z-]+:lambda:[^:]*:[^:]*:function:.+")
_ACTIVITY = re.compile(r"arn:[a-z-]+:states:[^:]*:[^:]*:activity:.+")
_SERVICE = re.compile(r"arn:[a-z-]+:states:::(?P<type>[a-zA-Z0-9-]+(?::[a-zA-Z0-9-]+)?):(?P<action>[a-zA-Z]\S*)")
_PATTERN = re.compile(r"[a-zA-Z0-9]+(\.waitForTaskToken|\.sync|\.sync:2)?")
_PLACEHOLDER = re.compile(r"\$\{\w+\}")


# What the optimised integrations have, of the services whose list is short and settled.
_ACTIONS: Mapping[str, frozenset[str]] = {
    "lambda": frozenset({"invoke"}),
    "dynamodb": frozenset({"getItem", "putItem", "updateItem", "deleteItem"}),
    "sns": frozenset({"publish"}),
    "sqs": frozenset({"sendMessage"}),
    "events": frozenset({"putEvents"}),
    "states": frozenset({"startExecution"}),
    "batch": frozenset({"submitJob"}),
    "ecs": frozenset({"runTask"}),
    "http": frozenset({"invoke"}),
}


class Kind(StrEnum):
    FUNCTION = "LambdaFunction"  # the beginning of its history events' types
    ACTIVITY = "Activity"
    SERVICE = "Task"


@dataclass(frozen=True, slots=True)
class Resource:
    """`type` and `action` are the resourceType and resource of a service integration's events."""

    arn: str
    kind: Kind
    type: str = ""
    action: str = ""

    @property
    def callback(self) -> bool:
        return self.arn.endswith(".waitForTaskToken")

    @property
    def title(self) -> str:
        """What AWS calls it in causes."""
        return self.type or self.arn


def parse_resource(arn: str) -> Resource | None:
    """None when AWS would not recognise it. A ``${Placeholder}`` passes for a function."""
    if _FUNCTION.fullmatch(arn) or _PLACEHOLDER.fullmatch(arn):
        return Resource(arn, Kind.FUNCTION)
    if _ACTIVITY.fullmatch(arn):
        return Resource(arn, Kind.ACTIVITY)
    match = _SERVICE.fullmatch(arn)
    if match is None or not _PATTERN.fullmatch(match["action"]):
        return None
    known = _ACTIONS.get(match["type"])
    if known is not None and match["action"].partition(".")[0] not in known:
        return None
    return Resource(arn, Kind.SERVICE, match["type"], match["action"])
