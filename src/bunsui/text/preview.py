"""What a pipeline would do, as text and as JSON: the graph, what runs beside what, joins, size, events, cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from bunsui.graph.layers import Node
from bunsui.model.forecast import Forecast
from bunsui.model.json import Json
from bunsui.model.pipeline import ApprovalTask, Operation, Pipeline, RunIf
from bunsui.services.pipelines.views import Preview
from bunsui.text import escape, machine_graph, parameters, problems, width, words
from bunsui.text.body import plain
from bunsui.text.graph.draw import draw, implied_edges
from bunsui.text.language import _, mark, plural
from bunsui.text.style import Style
from bunsui.text.table import Column, table

_BESIDE = mark("CAN RUN BESIDE")
_AFTER = 26  # columns
_TITLE = 13  # columns


def lines(preview: Preview, columns: int, style: Style) -> Iterator[str]:
    """The whole preview for a terminal of `columns` columns."""
    pipeline = preview.pipeline
    nodes = nodes_of(pipeline, style)
    yield from _heading(pipeline, nodes, style)
    yield ""
    yield from _graph(pipeline, nodes, columns, style)
    if pipeline.operations:
        yield ""
        yield from _together(pipeline, columns, style)
    yield from parameters.lines(pipeline.params, columns, style)
    yield ""
    yield from _forecast(preview.forecast, columns, style)
    yield from _warnings(preview, columns, style)


def _heading(pipeline: Pipeline, nodes: list[Node], style: Style) -> Iterator[str]:
    count = plural("{count} operation", "{count} operations", len(nodes))
    if not pipeline.operations:
        count = plural("{count} state", "{count} states", len(nodes))
    yield f"{style.bold(escape.line(pipeline.name))}  {style.dim(count)}"
    if pipeline.description:
        yield escape.line(pipeline.description)


# The graph


def _graph(pipeline: Pipeline, nodes: list[Node], columns: int, style: Style) -> Iterator[str]:
    def paint(text: str, name: str) -> str:
        return style.dim(text) if name == "line" else text

    yield from draw(nodes, columns, unicode=style.unicode, paint=paint)
    yield from _legend(pipeline, nodes, columns, style)


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


def _legend(pipeline: Pipeline, nodes: list[Node], columns: int, style: Style) -> Iterator[str]:
    operations = pipeline.operations.values()
    parts = []
    if any(one.for_each is not None for one in operations):
        parts.append(_("{sign}n once for each item").format(sign=_times(style)))
    if any(one.when or one.run_if is RunIf.ONE_FAILED for one in operations):
        parts.append(_("? only on its condition"))
    if any(isinstance(one.task, ApprovalTask) for one in operations):
        parts.append(_("! waits for a person"))
    implied = implied_edges(nodes)
    if implied:
        said = plural("{count} edge that a longer way implies", "{count} edges that a longer way implies", implied)
        parts.append(_("not drawn: {edges}").format(edges=said))
    for text in width.joined(parts, f"  {style.dot}  ", columns):
        yield style.dim(text)


# What runs beside what


def _together(pipeline: Pipeline, columns: int, style: Style) -> Iterator[str]:
    others = beside_of(pipeline)
    rows = [[one.name, one.kind, _after(one)] for one in pipeline.operations.values()]
    used = sum(max(map(width.columns, column)) for column in zip(*rows, strict=True)) + 3 * 2
    room = max(columns - used, width.columns(_(_BESIDE)))
    titles = Column(_("OPERATION")), Column(_("KIND"), paint=lambda _text: "dim"), Column(_("AFTER"))
    head = [*titles, Column(_(_BESIDE))]
    full = [[*row, width.fitting(others[row[0]], room)] for row in rows]
    yield from table(head, full, style, columns)


def _after(operation: Operation) -> str:
    """What it waits for, and the rule if it is not the usual one. The graph shows the rest."""
    rule = "" if operation.run_if is RunIf.ALL_SUCCESS else f" ({operation.run_if})"
    return (width.fitting(operation.needs, _AFTER - len(rule)) or _("at once")) + rule


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


# Numbers


def _forecast(forecast: Forecast, columns: int, style: Style) -> Iterator[str]:
    rows = [
        (_("transitions"), _transitions(forecast)),
        (_("events"), _of(f"{forecast.events:,}", _share(forecast.events, forecast.events_limit))),
        (_("definition"), _bytes(forecast.definition_bytes, forecast.definition_limit)),
        (_("payload"), _payload(forecast)),
        (_("cost"), _cost(forecast)),
        (_("joins"), _joins(forecast, style)),
    ]
    if forecast.structure is None:
        rows = [(_("definition"), _bytes(forecast.definition_bytes, forecast.definition_limit))]
    for name, text in rows:
        for number, part in enumerate(width.wrap(text, max(columns - _TITLE, 20))):
            yield style.dim(width.pad(name if number == 0 else "", _TITLE)) + part
    if forecast.assumptions:
        yield from _sentences(_("supposing"), list(map(escape.line, forecast.assumptions)), columns, style.dim)


def _transitions(forecast: Forecast) -> str:
    if forecast.transitions_min == forecast.transitions:
        return f"{forecast.transitions:,}"
    told = _("{transitions:,} ({least:,} at least)")
    return told.format(transitions=forecast.transitions, least=forecast.transitions_min)


def _cost(forecast: Forecast) -> str:
    told = _("{cost} a run on AWS at list price; nothing on this machine")
    return told.format(cost=words.dollars(forecast.cost))


def _of(value: str, limit: str) -> str:
    return _("{value} of {limit}").format(value=value, limit=limit)


def _share(value: int, limit: int) -> str:
    return f"{limit:,} ({_percent(value, limit)})"


def _bytes(value: int, limit: int) -> str:
    return _of(words.size(value), f"{words.size(limit)} ({_percent(value, limit)})")


def _percent(value: int, limit: int) -> str:
    return "<1%" if 0 < value < limit / 100 else f"{value / limit:.0%}"


def _payload(forecast: Forecast) -> str:
    text = _("up to {size} in one state").format(size=_bytes(forecast.payload, forecast.payload_limit))
    largest = [f"{escape.line(one.operation)} {words.size(one.bytes)}" for one in forecast.largest[:3] if one.bytes]
    return text + (_("; most of it {operations}").format(operations=", ".join(largest)) if largest else "")


def _joins(forecast: Forecast, style: Style) -> str:
    if not forecast.joins:
        return _("none: the graph is series-parallel")
    pairs = [f"{escape.line(one.producer)} {style.arrow} {escape.line(one.consumer)}" for one in forecast.joins]
    return _("{count} by mailbox: {pairs}").format(count=len(pairs), pairs=words.listed(pairs, 12))


def _warnings(preview: Preview, columns: int, style: Style) -> Iterator[str]:
    if preview.forecast.warnings:
        yield ""
    for warning in preview.forecast.warnings:
        yield from _sentences(_("warning"), [escape.line(warning)], columns, lambda text: style.paint(text, "yellow"))
    for problem in preview.problems:
        yield problems.problem_line(problem, style)


def _sentences(name: str, sentences: Sequence[str], columns: int, paint: Callable[[str], str]) -> Iterator[str]:
    """Under a name in the first column, each from a line of its own."""
    for sentence in sentences:
        for part in width.wrap(sentence, max(columns - _TITLE, 20)):
            yield paint(f"{width.pad(name, _TITLE)}{part}")
            name = ""


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
        "params": parameters.body(pipeline.params),
        "forecast": plain(preview.forecast),
        "problems": [problems.problem_body(problem) for problem in preview.problems],
    }
