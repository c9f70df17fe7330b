"""ARNs and names of the local backend: made to look like AWS's, so that what parses theirs parses ours."""

from __future__ import annotations

import hashlib
import re

from bunsui.errors import InvalidInput

_ACCOUNT = "local:000000000000"
# AWS: no white space, no brackets, wildcards, special or control characters.
_NAME = re.compile(r"""[^\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\U0010ffff]{1,80}""")
_LONGEST_NAME = 80  # AWS's limit
_DIGEST = 16

BUCKET = "bunsui-local"
MAILBOXES = "bunsui-mailboxes"
CLUSTER = "bunsui"
SUBNETS = "subnet-local"
SECURITY_GROUPS = "sg-local"
PUBLIC_IP = "DISABLED"


def machine_arn(name: str, version: int) -> str:
    return f"arn:aws:states:{_ACCOUNT}:stateMachine:{name}:{version}"


def execution_arn(machine_name: str, name: str) -> str:
    return f"arn:aws:states:{_ACCOUNT}:execution:{machine_name}:{name}"


def function_arn(machine_name: str, operation: str) -> str:
    return f"arn:aws:lambda:{_ACCOUNT}:function:{machine_name}-{operation}"


def express_arn(machine_name: str, name: str, id: str) -> str:
    """Of an execution of an express machine: its name may be used again."""
    return f"arn:aws:states:{_ACCOUNT}:express:{machine_name}:{name}:{id}"


def declared_function_arn(name: str) -> str:
    """Of a function that was made through the API."""
    return f"arn:aws:lambda:{_ACCOUNT}:function:{name}"


def task_arn(machine_name: str, operation: str) -> str:
    return f"arn:aws:ecs:{_ACCOUNT}:task-definition/{machine_name}-{operation}"


def connection_arn(name: str) -> str:
    return f"arn:aws:events:{_ACCOUNT}:connection/{name}"


def unversioned(arn: str) -> str:
    """A machine's ARN without the number of a version."""
    return ":".join(arn.split(":")[:7])


def machine_name_of(arn: str) -> str:
    """The machine's name in a machine's or an execution's ARN."""
    return arn.split(":")[6]


def is_name(name: str) -> bool:
    """Whether AWS takes it for a machine or an execution."""
    return _NAME.fullmatch(name) is not None


def checked_name(name: str) -> str:
    if not is_name(name):
        raise InvalidInput(f"{name!r} is no execution name", "1 to 80 letters, digits, hyphens and underscores")
    return name


def child_name(parent: str, task: str) -> str:
    """The name of the execution that a task starts: the same each time it is asked for, and at most 80 long."""
    name = re.sub(r"[^A-Za-z0-9_-]", "_", f"{parent}-{task}")
    if len(name) <= _LONGEST_NAME:
        return name
    digest = hashlib.sha256(f"{parent}/{task}".encode()).hexdigest()[:_DIGEST]
    return f"{name[: _LONGEST_NAME - _DIGEST - 1]}-{digest}"
