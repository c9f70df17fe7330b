"""From a session's histories and logs to its analyses: everything is read here, and nothing is stored.

Loaded only when something failed. What a failure means is decided in `bunsui.analysis.errors`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from bunsui.analysis.errors.expressions import FailedExpression, failed_expression
from bunsui.analysis.errors.grouping import Alike, alike
from bunsui.analysis.errors.judging import Judgement, judge
from bunsui.analysis.errors.roots import Failing, FailureReader, Nested
from bunsui.analysis.errors.rule import Rule
from bunsui.analysis.shape import Shape
from bunsui.errors import NotFound
from bunsui.model.failure import CAUSE, ErrorAnalysis, Evidence
from bunsui.model.pipeline import Pipeline
from bunsui.model.problem import Place
from bunsui.model.session import Session
from bunsui.ports import ObjectStore, StateMachines
from bunsui.services.errors.logs import last_lines

_DEEPEST = 8  # nested pipelines that are followed


def analysed(
    machines: StateMachines,
    objects: ObjectStore,
    session: Session,
    end: str,
    shapes: tuple[Shape, ...],
    books: tuple[tuple[Rule, ...], ...],
    pipeline: Callable[[], Pipeline | None],
) -> Iterator[ErrorAnalysis]:
    """Every failure of the last execution that is not the consequence of another, the most important first."""
    arn = session.executions[-1].arn
    failures = _read(machines, arn, shapes) if arn else ()
    for rank, kind in enumerate(alike(failures)):
        judged = _judged(objects, session.id, kind.first, books)
        yield _analysis(session.id, end, rank, kind, _located(judged, kind.first, pipeline))


def _located(judged: Judgement, failing: Failing, pipeline: Callable[[], Pipeline | None]) -> Judgement:
    """With the place in the pipeline file, where an expression failed."""
    failed = failed_expression(failing.cause)
    place = _place(failed, failing, pipeline()) if failed else None
    if failed is None or place is None:
        return judged
    told = f"{place[0]} {failed.told(place[1])}"
    return replace(judged, cause=told, evidence=(Evidence(CAUSE, 1, told),))


def _place(failed: FailedExpression, failing: Failing, pipeline: Pipeline | None) -> tuple[Place, str] | None:
    """Of the operation, and the key; an operation of a nested pipeline stands in another file."""
    from bunsui.compiler import places

    operation = pipeline.operations.get(failing.operation) if pipeline else None
    if pipeline is None or operation is None or operation.place is None:
        return None
    origin = places(pipeline, failed.state, failed.field)
    return operation.place, origin.key if origin else failed.key


def _judged(objects: ObjectStore, session: str, failing: Failing, books: tuple[tuple[Rule, ...], ...]) -> Judgement:
    lines = last_lines(objects, session, *failing.log) if failing.log else ()
    return judge(failing.error, failing.cause, lines, books, failing.attempts)


def _read(machines: StateMachines, arn: str, shapes: tuple[Shape, ...], path: str = "") -> Iterator[Failing]:
    """Of an execution and of those nested in it. One that is gone is told of by what called it."""
    reader = FailureReader(arn.rpartition(":")[2], shapes, path)
    reader.feed(machines.history(arn))
    for found in reader.roots():
        if isinstance(found, Nested):
            yield from _inside(machines, found)
        else:
            yield found


def _inside(machines: StateMachines, nested: Nested) -> Iterator[Failing]:
    if nested.operation.count(".") >= _DEEPEST:
        yield nested.failing
        return
    try:
        inner = list(_read(machines, nested.arn, nested.shapes, f"{nested.operation}."))
    except NotFound:
        inner = []
    item = nested.failing.item
    yield from (replace(one, item=item) if one.item is None else one for one in inner or [nested.failing])


def _analysis(session: str, end: str, rank: int, kind: Alike, judged: Judgement) -> ErrorAnalysis:
    first = kind.first
    return ErrorAnalysis(
        session=session,
        end=end,
        rank=rank,
        execution=first.execution,
        event=first.event,
        at=first.at,
        operation=first.operation,
        item=first.item,
        attempt=first.attempt,
        attempts=first.attempts,
        error=first.error,
        cause=judged.cause,
        category=judged.category,
        recoverable=judged.recoverable,
        confidence=judged.confidence,
        rule=judged.rule,
        advice=judged.advice,
        fingerprint=judged.fingerprint,
        evidence=judged.evidence,
        retry=judged.retry if first.operation else None,  # an execution has no rule of its own
        items=tuple(kind.items),
        alike=kind.count,
    )
