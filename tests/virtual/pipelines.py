"""A tiny builder of pipelines, for tests that say in a line what they are about; nothing is validated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bunsui.compiler import compile_pipeline
from bunsui.model.json import Json
from bunsui.model.pipeline import Operation, Pipeline, PythonTask
from virtual.host import Host, Reply, Run, TaskCall

Outcome = Reply | Callable[[TaskCall], Reply]


def op(name: str, *needs: str, **keys: Any) -> Operation:
    """`given` is the key `with`."""
    arguments = keys.pop("given", {})
    return Operation(name, keys.pop("task", PythonTask(f"tasks:{name}")), needs=needs, arguments=arguments, **keys)


def pipeline(*operations: Operation, name: str = "test", **keys: Any) -> Pipeline:
    return Pipeline(name, {operation.name: operation for operation in operations}, **keys)


def play(tasks: Mapping[str, Outcome]) -> Callable[[TaskCall], Reply]:
    """What each operation's task does; one that is not named takes a second and returns ``{}``."""

    def behave(call: TaskCall) -> Reply:
        outcome = tasks.get(call.operation, Reply(1.0))
        return outcome(call) if callable(outcome) else outcome

    return behave


def run(
    made: Pipeline,
    tasks: Mapping[str, Outcome] | None = None,
    *,
    host: Host | None = None,
    number: int = 1,
    **input: Json,
) -> tuple[Run, Host]:
    """Compile, start and let it come to its end. `input` adds to the execution's input."""
    host = host or Host(play(tasks or {}), folded=True)
    given: dict[str, Json] = {"session": "s", "params": {}, "generations": {}, "resume": {}, **input}
    return host.run(compile_pipeline(made), f"s-{number}", given), host


def states(definition: Mapping[str, Any]) -> dict[str, Any]:
    """All states of a machine by name, those inside Parallel and Map too."""
    found: dict[str, Any] = {}
    for name, state in definition["States"].items():
        found[name] = state
        for inner in [*state.get("Branches", ()), *([state["ItemProcessor"]] if "ItemProcessor" in state else ())]:
            found |= states(inner)
    return found


def bag(run: Run) -> dict[str, Any]:
    """The records as they were at the end."""
    exits = [event for event in run.events if event.type.endswith("StateExited")]
    last = [event for event in exits if event.details["name"] == "Finish"] or exits
    output = last[-1].details["output"]
    assert isinstance(output, dict)
    return output
