"""From the checked values of a file to a Pipeline: defaults are applied here. Only called when there are no errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bunsui.definition import key_rules, values
from bunsui.definition.containers import Section
from bunsui.definition.reading import Reading
from bunsui.model.json import Json
from bunsui.model.pipeline import (
    KINDS,
    ApprovalTask,
    CommandTask,
    EcsTask,
    HttpTask,
    IntegrationTask,
    Jitter,
    LambdaTask,
    OnFailure,
    Operation,
    Parameter,
    Pipeline,
    PipelineTask,
    PythonTask,
    Retry,
    RunIf,
    Secret,
    Task,
    WaitTask,
)

_UNTIMED = frozenset({"wait"})  # kinds that no default timeout, heartbeat or retry belongs to
_POLICIES = ("concurrency", "notify", "recovery", "report", "schedule")
_ONCE = frozenset({"wait", "approval"})
_SILENT = frozenset({"wait", "approval", "http", "pipeline", "task"})  # kinds that send no heartbeat of ours


def pipeline(section: Section, reading: Reading, operations: Mapping[str, Operation], **more: Any) -> Pipeline:
    """`more` are the fields that do not stand in the file's keys."""
    return Pipeline(
        name=section["name"],
        operations=operations,
        description=section.get("description", ""),
        tags=dict(section.get("tags", {})),
        params=parameters(section, reading),
        python=section.get("runtime", {}).get("python"),
        on_failure=OnFailure(section.get("on_failure", OnFailure.CONTINUE)),
        timeout=section.get("timeout"),
        outputs=dict(section.get("outputs", {})),
        joins=section.get("joins", True),
        limits=section.get("limits", True),
        policies={key: _plain(section[key]) for key in _POLICIES if key in section},
        **more,
    )


def parameters(section: Section, reading: Reading) -> dict[str, Parameter]:
    found = section.good("params", {})
    return {
        name: values.parameter(name, one, reading.place(found.node.keys[name]))
        for name, one in found.items()
        if isinstance(one, Section)
    }


def operation(
    name: str, section: Section, around: Section, reading: Reading, reads: frozenset[str], child: Pipeline | None
) -> Operation:
    """`around` is the whole file: its defaults and its env hold for every operation."""
    kind = next(key for key in section if key in KINDS)
    defaults = around.get("defaults", {})
    operations = around.node.values["operations"]
    for_each = section.get("for_each")
    return Operation(
        name=name,
        task=_TASKS[kind](section[kind], child),
        needs=section.get("needs", ()),
        arguments=dict(section.get("with", {})),
        env=_env(section, around) if key_rules.runs_code(section) else {},
        when=section.get("when"),
        run_if=RunIf(section.get("run_if", RunIf.ALL_SUCCESS)),
        for_each=list(for_each) if isinstance(for_each, tuple) else for_each,
        mode=section.get("mode", "inline"),
        max_concurrency=section.get("max_concurrency"),
        tolerate=section.get("tolerate"),
        timeout=section.get("timeout", None if kind in _UNTIMED else defaults.get("timeout")),
        heartbeat=_heartbeat(kind, section, defaults),
        retry=_retries(section.get("retry", () if kind in _ONCE else defaults.get("retry", ()))),
        inline=section.get("inline", ()),
        idempotent=section.get("idempotent", True),
        description=section.get("description", ""),
        tags=dict(section.get("tags", {})),
        reads=reads,
        place=reading.place(getattr(operations, "keys", {}).get(name, section.node)),
    )


def _heartbeat(kind: str, section: Section, defaults: Mapping[str, Any]) -> int | None:
    """A default that is not shorter than the operation's own timeout is none."""
    own: int | None = section.get("heartbeat")
    if own is not None or kind in _SILENT:
        return own
    default: int | None = defaults.get("heartbeat")
    timeout = section.get("timeout", defaults.get("timeout"))
    return default if default is None or timeout is None or default < timeout else None


def _env(section: Section, around: Section) -> dict[str, str | Secret]:
    layers = (around.get("env", {}), around.get("defaults", {}).get("env", {}), section.get("env", {}))
    return {name: _variable(value) for layer in layers for name, value in layer.items()}


def _variable(value: Any) -> str | Secret:
    return Secret(value["secret"]) if isinstance(value, Section) else value


def _retries(value: Any) -> tuple[Retry, ...]:
    return (_retry(value),) if isinstance(value, Section) else tuple(_retry(one) for one in value)


def _retry(section: Section) -> Retry:
    on = section.get("on", key_rules.ALL_ERRORS)
    return Retry(
        max_attempts=section.get("max_attempts", 3),
        interval=section.get("interval", 1),
        backoff=float(section.get("backoff", 2.0)),
        max_delay=section.get("max_delay"),
        jitter=Jitter(section.get("jitter", Jitter.NONE)),
        on=(on,) if isinstance(on, str) else on,
    )


def _lambda(section: Section, child: Pipeline | None) -> Task:
    return LambdaTask(**section)


def _python(section: Section, child: Pipeline | None) -> Task:
    return PythonTask(**section)


def _command(section: Section, child: Pipeline | None) -> Task:
    return CommandTask(**section)


def _ecs(section: Section, child: Pipeline | None) -> Task:
    return EcsTask(**section)


def _http(section: Section, child: Pipeline | None) -> Task:
    fields: dict[str, Any] = {key: dict(one) if isinstance(one, Section) else one for key, one in section.items()}
    return HttpTask(**fields)


def _nested(section: Section, child: Pipeline | None) -> Task:
    return PipelineTask(section.get("name"), section.get("file"), child)


def _wait(section: Section, child: Pipeline | None) -> Task:
    return WaitTask(section.get("for"), section.get("until"))


def _approval(section: Section, child: Pipeline | None) -> Task:
    return ApprovalTask(section.get("message", ""))


def _integration(section: Section, child: Pipeline | None) -> Task:
    return IntegrationTask(section["resource"])


_TASKS = {
    "lambda": _lambda,
    "python": _python,
    "command": _command,
    "ecs": _ecs,
    "http": _http,
    "pipeline": _nested,
    "wait": _wait,
    "approval": _approval,
    "task": _integration,
}


def _plain(value: Any) -> Json:
    """The value as JSON, without places."""
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    plain: Json = value
    return plain
