"""ARNs and names of the API's parameters, checked by AWS's rules."""

from __future__ import annotations

from dataclasses import dataclass

from bunsui.local import names
from bunsui.local.api import failures

_MACHINE_PARTS = 7  # arn:partition:states:region:account:stateMachine:name


@dataclass(frozen=True, slots=True)
class MachineArn:
    arn: str  # without a version
    name: str
    version: str | None = None


def machine(text: str) -> MachineArn:
    """Raises ApiError (InvalidArn)."""
    parts = _parts(text, "stateMachine")
    if len(parts) > _MACHINE_PARTS + 1 or not names.is_name(parts[6]):
        raise failures.invalid_arn(text)
    version = parts[7] if len(parts) > _MACHINE_PARTS else None
    return MachineArn(":".join(parts[:_MACHINE_PARTS]), parts[6], version)


def execution(text: str) -> str:
    """The ARN of an execution of a standard machine. Raises ApiError (InvalidArn)."""
    parts = _parts(text, "execution")
    if len(parts) != _MACHINE_PARTS + 1 or not parts[7]:
        raise failures.invalid_arn(text)
    return text


def _parts(text: str, kind: str) -> list[str]:
    parts = text.split(":")
    if parts[0] != "arn" or len(parts) < _MACHINE_PARTS:
        raise failures.invalid_arn(f"Invalid ARN prefix: {text}")
    if parts[2] != "states" or parts[5] != kind:
        raise failures.invalid_arn(f"Resource type not valid in this context: {parts[5]}")
    return parts


def role(text: str) -> str:
    if not text.startswith("arn:"):
        raise failures.invalid_arn(f"Invalid ARN prefix: {text}")
    return text


def name(text: str) -> str:
    """Of a machine or an execution. Raises ApiError (InvalidName)."""
    if not names.is_name(text):
        raise failures.invalid_name(text)
    return text
