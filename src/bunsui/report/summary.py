"""The first thing to read: what happened, in a sentence and a few numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bunsui.analysis.errors.telling import what
from bunsui.model.failure import Category, ErrorAnalysis
from bunsui.model.status import SessionStatus
from bunsui.model.words import counted, dollars, duration, listed, seconds_of
from bunsui.report.cost import cost
from bunsui.report.data import ReportData
from bunsui.report.statuses import ORDER, spoken


@dataclass(frozen=True, slots=True)
class Tile:
    """A number with its name. `parts` are shares of a whole, by status."""

    name: str
    value: str
    note: str = ""
    parts: tuple[tuple[str, int], ...] = ()


def headline(data: ReportData) -> str:
    """A sentence that says it all."""
    session = data.session
    spent = elapsed(data)
    took = f" after {duration(spent)}" if spent is not None and session.status.ended else ""
    failed = [one for one in data.errors if _of_last(data, one.end)]
    match session.status:
        case SessionStatus.COMPLETED:
            done = (
                sum(one.view.status.value in ("SUCCEEDED", "REUSED") for one in data.last.operations)
                if data.last
                else 0
            )
            again = f", in {counted(len(data.runs), 'execution')}" if len(data.runs) > 1 else ""
            return f"All went well: {counted(done, 'operation')} done in {duration(spent or 0)}{again}."
        case SessionStatus.FAILED | SessionStatus.TIMED_OUT if failed:
            return " ".join(_failure(data, failed, took))
        case SessionStatus.FAILED:
            return f"It failed{took}. {session.reason}".strip()
        case SessionStatus.TIMED_OUT:
            return f"It ran out of time{took}."
        case SessionStatus.CANCELLED:
            return f"It was stopped{took}: {session.reason or 'cancelled'}."
    return f"It has not ended: this is how it stood when the report was written, {spoken(session.status.value)}."


_KINDS = {
    Category.THROTTLED: "a service asked to be called less often",
    Category.TRANSIENT: "a passing fault",
    Category.TIMEOUT: "it took too long",
    Category.MEMORY: "it needed more memory than it had",
    Category.DISK: "there was no room on the disk",
    Category.PERMISSION: "something was not permitted",
    Category.CONFIGURATION: "a setting does not fit",
    Category.BAD_DATA: "the data is not as expected",
    Category.CODE: "a fault in the code",
    Category.DEPENDENCY: "a package is missing or does not fit",
    Category.CAPACITY: "nothing was free to run on",
    Category.LIMIT: "a fixed limit was passed",
    Category.CANCELLED: "it was cancelled",
    Category.UNKNOWN: "the kind of failure is not known",
}


def _failure(data: ReportData, failed: Sequence[ErrorAnalysis], took: str) -> Iterator[str]:
    """What, why, what of it: ``load failed after 3.1s: the data is not as expected (KeyError). 2 are done.``"""
    first = failed[0]
    yield f"{what(first)} failed{took}: {_KINDS[first.category]} ({first.error})."
    if len(failed) > 1:
        yield f"{counted(len(failed) - 1, 'more failure')} beside it."
    found = Counter(one.view.status.value for one in data.last.operations) if data.last else Counter[str]()
    if done := found["SUCCEEDED"] + found["REUSED"]:
        held = f", {found['UPSTREAM_FAILED']} could not run" if found["UPSTREAM_FAILED"] else ""
        yield f"{counted(done, 'operation')} {'is' if done == 1 else 'are'} done{held}."


def _of_last(data: ReportData, end: str) -> bool:
    last = data.session.executions[-1] if data.session.executions else None
    return last is not None and end == f"{last.name}#{last.redrives}"


def elapsed(data: ReportData) -> float | None:
    """From its first start to its end, with all its executions and what lay between; of one that never ran nothing."""
    last = data.last
    return None if last is None else (last.ended if last.ended is not None else data.at) - data.runs[0].started


def tiles(data: ReportData) -> list[Tile]:
    return list(_tiles(data))


def _tiles(data: ReportData) -> Iterator[Tile]:
    spent = elapsed(data)
    yield Tile("Duration", "–" if spent is None else duration(spent), _compared(data, spent))
    last = data.last
    if last is not None:
        found = Counter(one.view.status.value for one in last.operations)
        parts = tuple((status, found[status]) for status in ORDER if found[status])
        note = listed([f"{count} {spoken(status)}" for status, count in parts])
        yield Tile("Operations", str(sum(found.values())), note, parts)
        tries = sum(len(one.tries) for one in last.operations)
        again = sum(one.number > 1 for every in last.operations for one in every.tries)
        yield Tile("Tasks run", f"{tries:,}", f"{again:,} of them tried again" if again else "none tried again")
        items = [one.view.items for one in last.operations if one.view.items is not None]
        if items:
            failed = sum(one.failed for one in items)
            note = f"{failed:,} failed" if failed else "none failed"
            yield Tile("Items", f"{sum(one.total for one in items):,}", note)
    if len(data.runs) > 1 or data.recoveries:
        took = _of_the_last(data)
        yield Tile("Executions", str(len(data.runs)), f"the last took {duration(took)}" if took else "")
    yield Tile("On AWS, about", dollars(round(cost(data).dollars, 6)), "by list prices")


def _compared(data: ReportData, spent: float | None) -> str:
    before = data.before.session if data.before else None
    if spent is None or before is None or not before.started or not before.ended:
        return ""
    was = seconds_of(before.ended) - seconds_of(before.started)
    if (
        len(before.executions) > 1
        or len(data.runs) > 1
        or was <= 0
        or data.session.status is not SessionStatus.COMPLETED
    ):
        return f"the last good one: {duration(was)}" if was > 0 else ""
    share = (spent - was) / was
    if abs(share) < 0.05:
        return "as the last good one"
    return f"{abs(share):.0%} {'longer' if share > 0 else 'shorter'} than the last good one"


def _of_the_last(data: ReportData) -> float | None:
    last = data.last
    return None if last is None else (last.ended or data.at) - last.started
