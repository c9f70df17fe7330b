"""The table of operations: what each was, how it went, how long it took and used to take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bunsui.analysis.critical import ready
from bunsui.analysis.errors.causes import told_in
from bunsui.analysis.run import Operation
from bunsui.analysis.work import Try
from bunsui.model import pipeline as definition
from bunsui.model.json import Json
from bunsui.model.words import duration
from bunsui.report.data import ReportData, Run

_SLOWEST, _MOST_TRIES = 5, 50
_NOTABLE = 0.2


@dataclass(frozen=True, slots=True)
class Row:
    """`seconds` and `tries` are for sorting. `compared` is the share by which it differs from what is usual."""

    number: int
    name: str
    depth: int
    kind: str
    status: str
    description: str
    needs: tuple[str, ...]
    started: float | None
    offset: str
    seconds: float | None
    waited: float
    attempts: int
    items: str
    items_failed: int
    compared: float | None
    usual: float | None
    error: str
    cause: str
    output: Json
    tries: tuple[Try, ...]
    more_tries: int
    failed_items: tuple[tuple[int, str], ...]
    slowest: tuple[tuple[int, float], ...]
    log_lines: int


def rows(data: ReportData) -> list[Row]:
    return list(_rows(data, data.last)) if data.last else []


def _rows(data: ReportData, run: Run) -> Iterator[Row]:
    since = ready([one.view for one in run.operations], run.started)
    lines: dict[str, int] = {}
    for line in data.log.lines:
        lines[line.operation] = lines.get(line.operation, 0) + 1
    for number, one in enumerate(run.operations):
        started = one.view.started
        waited = 0.0 if started is None else max(started - since.get(one.view.name, started), 0.0)
        yield _row(number, one, data, run, waited, lines)


def _row(number: int, one: Operation, data: ReportData, run: Run, waited: float, lines: Mapping[str, int]) -> Row:
    view = one.view
    seconds = None if view.started is None else (view.ended if view.ended is not None else data.at) - view.started
    items = view.items
    usual = data.usual.get(view.name)
    return Row(
        number=number,
        name=view.name,
        depth=view.depth,
        kind=view.kind,
        status=view.status.value,
        description=_description(data.pipeline, view.name),
        needs=view.needs,
        started=view.started,
        offset="" if view.started is None else f"+{duration(view.started - run.started)}",
        seconds=seconds,
        waited=waited,
        attempts=view.attempts,
        items="" if items is None else f"{items.done:,} of {items.total:,}",
        items_failed=0 if items is None else items.failed,
        compared=_compared(seconds, usual) if view.status.value == "SUCCEEDED" else None,
        usual=usual,
        error=view.error or "",
        cause=told_in(view.error or "", view.cause)[0].message if view.cause else "",
        output=view.output,
        tries=() if items is not None else one.tries[-_MOST_TRIES:],
        more_tries=0 if items is not None else max(len(one.tries) - _MOST_TRIES, 0),
        failed_items=tuple(sorted(one.item_errors.items()))[:_MOST_TRIES],
        slowest=tuple(_slowest(one)) if items is not None else (),
        log_lines=sum(count for name, count in lines.items() if name == view.name or name.startswith(f"{view.name}.")),
    )


def _compared(seconds: float | None, usual: float | None) -> float | None:
    """Short ones vary by nature: a difference is told from a second on."""
    if seconds is None or not usual or abs(seconds - usual) < 1.0:
        return None
    share = (seconds - usual) / usual
    return share if abs(share) >= _NOTABLE else None


def _slowest(one: Operation) -> Iterator[tuple[int, float]]:
    took: dict[int, float] = {}
    for this in one.tries:
        if this.item is not None and this.ended is not None:
            took[this.item] = max(took.get(this.item, 0.0), this.ended - this.started)
    yield from sorted(took.items(), key=lambda pair: -pair[1])[:_SLOWEST]


def _description(pipeline: definition.Pipeline | None, name: str) -> str:
    for part in name.split(".")[:-1]:
        outer = pipeline.operations.get(part) if pipeline is not None else None
        pipeline = outer.task.child if outer is not None and isinstance(outer.task, definition.PipelineTask) else None
    found = pipeline.operations.get(name.rpartition(".")[2]) if pipeline is not None else None
    return found.description if found is not None else ""
