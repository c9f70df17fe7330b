"""Whether a mocked result has the shape that a service answers with, as TestState asks. Read from botocore's models,
which come with the extra `aws`; without them nothing is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from bunsui.model.json import Json

_RESOURCE = re.compile(r"arn:[a-z-]+:states:::(?:aws-sdk:)?([a-z0-9]+):([a-zA-Z0-9]+)")
_SERVICES = {"sfn": "stepfunctions", "states": "stepfunctions", "cloudwatchlogs": "logs", "eventbridge": "events"}
_FREE = {("lambda", "Invoke"): frozenset({"Payload"})}  # the function's own
_KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "string": ((str,), "a string"),
    "blob": ((str,), "a string"),
    "timestamp": ((str,), "a string"),
    "boolean": ((bool,), "a boolean"),
    "integer": ((int, float), "a number"),
    "long": ((int, float), "a number"),
    "float": ((int, float), "a number"),
    "double": ((int, float), "a number"),
    "list": ((list,), "an array"),
    "map": ((dict,), "an object"),
    "structure": ((dict,), "an object"),
}


def problem(resource: str, result: Json) -> str | None:
    """The first field that the service would not answer with, in AWS's words; None where nothing is wrong or known."""
    found = _RESOURCE.match(resource)
    if found is None or not isinstance(result, dict):
        return None
    service = _SERVICES.get(found[1], found[1])
    operation = found[2][0].upper() + found[2][1:]
    shape = _output(service, operation)
    if shape is None:
        return None
    free = _FREE.get((service, operation), frozenset())
    given = {name: value for name, value in result.items() if name not in free}
    return _members(shape, given)


@lru_cache(maxsize=64)
def _output(service: str, operation: str) -> Any:
    try:
        import botocore.exceptions
        import botocore.session
    except ImportError:
        return None
    try:
        model = botocore.session.get_session().get_service_model(service)
        return model.operation_model(operation).output_shape
    except (botocore.exceptions.BotoCoreError, KeyError, ValueError):
        return None


def _members(shape: Any, given: Mapping[str, Json]) -> str | None:
    """Fields that the service does not have are nobody's concern. The first letter's case is Step Functions' own."""
    members = {name[0].upper() + name[1:]: member for name, member in shape.members.items()}
    for name, value in given.items():
        member = members.get(name[:1].upper() + name[1:])
        if member is not None and value is not None and (found := _value(name, member, value)):
            return found
    return None


def _value(name: str, shape: Any, value: Json) -> str | None:
    types, wanted = _KINDS.get(shape.type_name, ((object,), ""))
    if not isinstance(value, types) or (isinstance(value, bool) and shape.type_name != "boolean"):
        return f"Field '{name}' must be {wanted}"
    if isinstance(value, str) and getattr(shape, "enum", None) and value not in shape.enum:
        return f"Field '{name}' is not an expected value"
    if isinstance(value, (int, float)):
        return _bounds(name, shape.metadata, value)
    return _parts(name, shape, value)


def _bounds(name: str, metadata: Mapping[str, Any], value: float) -> str | None:
    if "min" in metadata and value < metadata["min"]:
        return f"Field '{name}' is less than the minimum value"
    if "max" in metadata and value > metadata["max"]:
        return f"Field '{name}' exceeds the maximum value"
    return None


def _parts(name: str, shape: Any, value: Json) -> str | None:
    if isinstance(value, list):
        return next((found for item in value if (found := _value(name, shape.member, item))), None)
    if isinstance(value, dict) and shape.type_name == "map":
        return next((found for key, item in value.items() if (found := _value(key, shape.value, item))), None)
    return _members(shape, value) if isinstance(value, dict) else None
