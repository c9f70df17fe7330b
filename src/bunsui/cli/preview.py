"""What a pipeline would do, as text and as JSON: the graph, what runs beside what, joins, size, events, cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bunsui.cli import escape, machine_graph, output, words
from bunsui.cli.body import plain
from bunsui.cli.graph.draw import draw, implied_edges
from bunsui.cli.graph.layers import Node
from bunsui.cli.style import Style
from bunsui.cli.table import Column, table
from bunsui.model.json import Json
from bunsui.model.pipeline import ApprovalTask, Operation, Pipeline, RunIf
from bunsui.services.views import Preview

_MOST_BESIDE = 4


def lines(preview: Preview, columns: int, style: Style) -> Iterator[str]:
    """The whole preview for a terminal of `columns` columns."""
    pipeline = preview.pipeline
    yield from _heading(pipeline, style)
    yield ""
    yield from _graph(pipeline, columns, style)
    if pipeline.operations:
        yield ""
        yield from _together(pipeline, columns, style)
    for problem in preview.problems:
        yield output.problem_line(problem, style)


def _heading(pipeline: Pipeline, style: Style) -> Iterator[str]:
    count = words.counted(len(pipeline.operations), "operation")
    yield f"{style.bold(escape.line(pipeline.name))}  {style.dim(count)}"
    if pipeline.description:
        yield escape.line(pipeline.description)


# The graph


def _graph(pipeline: Pipeline, columns: int, style: Style) -> Iterator[str]:
    nodes = nodes_of(pipeline, style)

    def paint(text: str, name: str) -> str:
        return style.dim(text) if name == "line" else text

    yield from draw(nodes, columns, unicode=style.unicode, paint=paint)
    yield from _legend(pipeline, nodes, style)


def nodes_of(pipeline: Pipeline, style: Style) -> list[Node]:
    if pipeline.definition is not None:
        return machine_graph.nodes(pipeline.definition)
    return [Node(one.name, _label(one, style), one.needs) for one in pipeline.operations.values()]


def _label(operation: Operation, style: Style) -> str:
    """Its name, and marks for what makes it more than a task that always runs once."""
    marks = "?" if operation.when or operation.run_if in (RunIf.ONE_FAILED,) else ""
    if operation.for_each is not None:
        marks += _times(style) + (str(len(operation.for_each)) if isinstance(operation.for_each, list) else "n")
    if isinstance(operation.task, ApprovalTask):
        marks += "!"
    return f"{operation.name} {marks}".rstrip()


def _times(style: Style) -> str:
    return "×" if style.unicode else "x"


def _legend(pipeline: Pipeline, nodes: list[Node], style: Style) -> Iterator[str]:
    operations = pipeline.operations.values()
    parts = []
    if any(one.for_each is not None for one in operations):
        parts.append(f"{_times(style)}n once for each item")
    if any(one.when or one.run_if is RunIf.ONE_FAILED for one in operations):
        parts.append("? only on its condition")
    if any(isinstance(one.task, ApprovalTask) for one in operations):
        parts.append("! waits for a person")
    implied = implied_edges(nodes)
    if implied:
        parts.append(f"{words.counted(implied, 'edge')} that a longer way implies: not drawn")
    if parts:
        yield style.dim(f"  {style.dot}  ".join(parts))


# What runs beside what


def _together(pipeline: Pipeline, columns: int, style: Style) -> Iterator[str]:
    rows = [_row(pipeline, name, beside) for name, beside in beside_of(pipeline).items()]
    head = [
        Column("OPERATION"),
        Column("KIND", paint=lambda _: "dim"),
        Column("STARTS", cut=True),
        Column("CAN RUN BESIDE", cut=True),
    ]
    yield from table(head, rows, style, columns)


def _row(pipeline: Pipeline, name: str, beside: list[str]) -> list[str]:
    operation = pipeline.operations[name]
    return [name, operation.kind, _starts(operation), words.listed(beside, _MOST_BESIDE)]


_RULES = {
    RunIf.ALL_SUCCESS: "after",
    RunIf.ALL_DONE: "after, whatever became of,",
    RunIf.ONE_FAILED: "if one failed of",
    RunIf.NONE_FAILED: "if none failed of",
}


def _starts(operation: Operation) -> str:
    if not operation.needs:
        return "at once"
    return f"{_RULES[operation.run_if]} {words.listed(operation.needs, 3)}"


def beside_of(pipeline: Pipeline) -> dict[str, list[str]]:
    """For each operation, those that neither come before nor after it."""
    before = _ancestors(pipeline.operations)
    return {
        name: [
            other
            for other in pipeline.operations
            if other != name and other not in before[name] and name not in before[other]
        ]
        for name in pipeline.operations
    }


def _ancestors(operations: Mapping[str, Operation]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    waiting = list(operations)
    while waiting:
        name = waiting[-1]
        missing = [need for need in operations[name].needs if need not in found]
        if missing:
            waiting += missing
            continue
        waiting.pop()
        needs = operations[name].needs
        found[name] = frozenset(needs).union(*(found[need] for need in needs))
    return found


# As JSON


def body(preview: Preview) -> Json:
    pipeline = preview.pipeline
    return {
        "pipeline": pipeline.name,
        "description": pipeline.description,
        "sha256": pipeline.sha256,
        "operations": [
            {
                "name": name,
                "kind": pipeline.operations[name].kind,
                "needs": list(pipeline.operations[name].needs),
                "beside": list[Json](beside),
            }
            for name, beside in beside_of(pipeline).items()
        ],
        "forecast": plain(preview.forecast),
        "problems": [output.problem_body(problem) for problem in preview.problems],
    }
