"""The page of a pipeline: how its sessions fared, as numbers, bars and a table. What is in it: `analysis.trends`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bunsui.analysis.trends import Past, PipelineTrend
from bunsui.model.words import duration
from bunsui.report.statuses import spoken, tone
from bunsui.report.writing import written

_MOST_BARS = 60


@dataclass(frozen=True, slots=True)
class Bar:
    """Of a session, in percent of the chart: the oldest on the left. One that took no time has a stump."""

    x: float
    width: float
    height: float
    tone: str
    title: str


def render(found: PipelineTrend, at: float, version: str) -> str:
    bars = list(_bars(found))
    return written("pipeline.html", ("moments.js", "tables.js"), found=found, bars=bars, at=at, version=version)


def _bars(found: PipelineTrend) -> Iterator[Bar]:
    shown = list(reversed(found.sessions[:_MOST_BARS]))
    most = max((one.seconds for one in shown if one.seconds), default=0.0) or 1.0
    step = 100 / max(len(shown), 12)
    for number, one in enumerate(shown):
        height = max((one.seconds or 0.0) / most * 100, 4.0)
        title = f"{one.id}: {spoken(one.status)}, {_took(one)}"
        yield Bar(round(number * step, 2), round(step * 0.8, 2), round(height, 1), tone(one.status), title)


def _took(one: Past) -> str:
    if one.executions > 1:
        return f"{one.executions} executions"
    return "never began" if one.seconds is None else duration(one.seconds)
