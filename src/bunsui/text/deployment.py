"""A deployment as lines of text: what it would change, what goes on, what there is and what would go. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bunsui.model.deployment import (
    STACK,
    Change,
    Contents,
    Deed,
    DeploymentPlan,
    EnvironmentState,
    PipelineState,
    Progress,
    StackPlan,
    StackState,
)
from bunsui.text import escape, words
from bunsui.text.style import Style
from bunsui.text.table import Column, table

_SIGNS = {
    Deed.CREATE: ("+", "green"),
    Deed.CHANGE: ("~", "yellow"),
    Deed.REPLACE: ("!", "red"),
    Deed.DELETE: ("-", "red"),
}
_WORDS = {Deed.CREATE: "create", Deed.CHANGE: "change", Deed.REPLACE: "replace", Deed.DELETE: "delete"}
_MOST_LINES = 60  # of a diff; --output json has all


def plan_lines(plan: DeploymentPlan, style: Style) -> Iterator[str]:
    yield f"Environment {style.bold(escape.line(plan.environment))}, account {plan.account}, {plan.region}"
    if plan.before and plan.before != plan.bunsui:
        yield f"It was deployed by bunsui {escape.line(plan.before)}, this is {plan.bunsui}"
    for stack in plan.stacks:
        yield ""
        yield from _stack(stack, style)
    yield ""
    yield _sum(plan)
    for cost in plan.costs:
        yield style.dim(cost)


def _stack(plan: StackPlan, style: Style) -> Iterator[str]:
    what = f"pipeline {escape.line(plan.pipeline)}" if plan.pipeline else "the environment itself"
    state = "new" if plan.is_new else words.counted(len(plan.changes), "change") if plan.changes else "no changes"
    yield f"{style.bold(escape.line(plan.stack))} ({what}): {state}"
    for note in plan.notes:
        yield f"  {style.paint(escape.line(note), 'yellow')}"
    for change in plan.changes:
        yield f"  {_change(change, style)}"
    for name, keys in plan.operations.items():
        yield f"  {style.paint('~', 'yellow')} operation {escape.line(name or '(the pipeline)')}: {', '.join(keys)}"
    for line in plan.lines[:_MOST_LINES]:
        yield f"    {_painted(line, style)}"
    if len(plan.lines) > _MOST_LINES:
        yield f"    ... and {words.counted(len(plan.lines) - _MOST_LINES, 'more line', 'more lines')}"
    if plan.permissions:
        yield "  Permissions:"
    for sentence in plan.permissions:
        yield f"    {_painted(sentence, style)}"


def _change(change: Change, style: Style) -> str:
    sign, colour = _SIGNS[change.deed]
    parts = f": {', '.join(change.parts)}" if change.parts else ""
    perhaps = " (perhaps replaced)" if change.perhaps else ""
    line = f"{_WORDS[change.deed]} {change.name} ({change.type}){parts}{perhaps}"
    return f"{style.paint(sign, colour)} {escape.line(line)}"


def _painted(line: str, style: Style) -> str:
    colour = {"+": "green", "-": "red"}.get(line[:1], "")
    return style.paint(escape.line(line), colour) if colour else escape.line(line)


def _sum(plan: DeploymentPlan) -> str:
    if plan.is_empty:
        return "Nothing would change."
    deeds = [change.deed for stack in plan.stacks for change in stack.changes]
    counts = [f"{deeds.count(deed)} to {_WORDS[deed]}" for deed in Deed if deed in deeds]
    return f"{', '.join(counts)}."


def progress_line(told: Progress, style: Style) -> str:
    """Empty for what says nothing new: that something began, or a stack's own state."""
    if told.type == STACK or not told.status.endswith(("_COMPLETE", "_FAILED")):
        return ""
    colour = "red" if told.status.endswith("_FAILED") else "green"
    line = f"{told.stack}  {told.name} ({told.type})  "
    reason = f"  {told.reason}" if told.reason and colour == "red" else ""
    return f"{escape.line(line)}{style.paint(told.status, colour)}{escape.line(reason)}"


def contents_lines(found: Contents, style: Style) -> Iterator[str]:
    yield f"Environment {style.bold(escape.line(found.name))}, account {found.account}, {found.region}. This goes:"
    yield f"  {words.counted(found.sessions, 'session')}, with their histories, logs, outputs and reports"
    yield f"  {words.counted(found.objects, 'object')} in its bucket, {words.size(found.bytes)}"
    yield f"  {words.counted(len(found.machines), 'state machine')}, with all executions"
    if found.running:
        yield style.paint(f"  {words.counted(found.running, 'execution')} that still run: they are stopped", "red")
    yield f"  {words.counted(len(found.stacks), 'stack')}: {escape.line(', '.join(found.stacks))}"


def state_lines(
    found: EnvironmentState, looked: str | None, style: Style, limit: int | None, bunsui: str
) -> Iterator[str]:
    """`looked` is when the controller last was at work (RFC 3339), `bunsui` the version that shows this."""
    yield f"Environment {style.bold(escape.line(found.name))}, account {found.account or '?'}, {found.region}"
    if found.bunsui:
        ours = "" if found.bunsui == bunsui else style.paint(f"; this is {bunsui}", "yellow")
        version = escape.line(found.bunsui)
        yield f"Deployed {_when(found.deployed)} by {escape.line(found.by)} with bunsui {version}{ours}"
        yield f"The controller looked last {_when(looked)}" if looked else "The controller has not looked yet"
    if found.dead_letters:
        count = words.counted(found.dead_letters, "event")
        yield style.paint(f"{count} that the controller gave up on, in the queue of dead letters", "red")
    yield ""
    yield from _stacks(found.stacks, style, limit)
    if found.pipelines:
        yield ""
        yield from _pipelines(found.pipelines, style, limit)


def _stacks(stacks: Sequence[StackState], style: Style, limit: int | None) -> list[str]:
    columns = [Column("STACK"), Column("STATUS"), Column("CHANGED"), Column("", cut=True)]
    rows = [[one.stack, one.status, _when(one.changed), one.reason] for one in stacks]
    return table(columns, [list(map(escape.line, row)) for row in rows], style, limit)


def _pipelines(pipelines: Sequence[PipelineState], style: Style, limit: int | None) -> list[str]:
    columns = [
        Column("PIPELINE"),
        Column("VERSION", right=True),
        Column("DEPLOYED"),
        Column("FILE", cut=True),
        Column(""),
    ]
    rows = [
        [one.name, one.version.rpartition(":")[2], _when(one.deployed), one.source, _differs(one)] for one in pipelines
    ]
    return table(columns, [list(map(escape.line, row)) for row in rows], style, limit)


def _differs(one: PipelineState) -> str:
    return f"not as in the file: {' and '.join(one.differs)}" if one.differs else ""


def _when(text: str) -> str:
    return words.moment(words.seconds_of(text)) if text else ""
