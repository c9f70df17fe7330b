"""What the runtime tells a task about itself: session, operation, item, generation, attempt, idempotency key, caps.

Everything comes from the context object and the execution's input, so a state can be read alone.
"""

from __future__ import annotations

import json

from bunsui.compiler.caps import Caps
from bunsui.compiler.front import field
from bunsui.model.pipeline import CommandTask, EcsTask, Operation

# The number of the execution in its session. A nested execution gets that of its parent's attempt instead.
RUN = "[$x.attempt,$split($e.Name,'-')[-1]][0]"
ATTEMPT = RUN + "&'.'&$e.RedriveCount&'.'&$states.context.State.RetryCount"
TOKEN = "$states.context.Task.Token"  # noqa: S105 - where it is, not what it is
HEARTBEAT = 600  # seconds
BLOCK = "$e:=$states.context.Execution;$x:=$e.Input;"


def has_runtime(operation: Operation) -> bool:
    """Whether it runs in a container of ours, in which the runtime answers the token."""
    task = operation.task
    return isinstance(task, CommandTask) or (isinstance(task, EcsTask) and task.task_definition is None)


def heartbeat_of(operation: Operation) -> int | None:
    """Seconds in which a callback must show life. A container's is longer than an image takes to arrive."""
    if operation.heartbeat is not None or not has_runtime(operation):
        return operation.heartbeat
    return HEARTBEAT if operation.timeout is None or operation.timeout > HEARTBEAT else None


def bunsui(operation: Operation, caps: Caps, *, token: bool = False, heartbeat: int | None = None) -> str:
    """JSONata of the object ``bunsui`` that goes with a task's arguments."""
    item = operation.for_each is not None
    slot = "'/'&$states.input.index&'/'" if item else "'/-/'"
    members = {
        "session": "$x.session",
        "operation": "$o",
        "generation": "$g",
        "attempt": ATTEMPT,
        "key": f"$x.session&'/'&$o&{slot}&$g",
        "inline": json.dumps(list(operation.inline)),
        "cap": "$states.input.cap" if item else str(caps.operation),
    }
    if item:
        members["item"] = "$states.input.index"
    if heartbeat is not None:
        members["heartbeat"] = str(heartbeat)
    if token:
        members["token"] = TOKEN
    text = ",".join(f"'{name}':{value}" for name, value in members.items())
    return f"({BLOCK}$o:=$x.path&'{operation.name}';{generation(operation.name)}{{{text}}})"


def generation(name: str) -> str:
    """Binds ``$g``; an operation that was never rerun by hand is not in the input."""
    return f"$g:=[$x.generations.{field(name)},0][0];"


def input_key(operation: Operation) -> str:
    """JSONata of the object key that holds a command's input."""
    item = "&'/'&$states.input.index" if operation.for_each is not None else ""
    return f"'inputs/'&$states.context.Execution.Name&'/{operation.name}'{item}&'.json'"
