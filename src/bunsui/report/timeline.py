"""The Gantt chart as numbers: rows of bars in percent of the width. Long stretches in which nothing ran are folded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bunsui.analysis.critical import critical_path, ready
from bunsui.analysis.progress import OperationView
from bunsui.analysis.run import Operation
from bunsui.analysis.work import Try
from bunsui.model.words import duration
from bunsui.report.data import Run
from bunsui.report.statuses import tone

_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
_TICKS = 6
_IDLE = 0.25  # of the whole: a pause longer than this share (and a minute) is folded
_FOLD = 4.0  # percent of the width that a folded pause takes
_SMALLEST = 0.35  # percent: what is shorter is drawn so wide


@dataclass(frozen=True, slots=True)
class Bar:
    """`kind` is run, try, wait or back-off; `tone` is its colour by status."""

    kind: str
    tone: str
    x: float
    width: float
    title: str


@dataclass(frozen=True, slots=True)
class Row:
    """`profile` is how many items of a fan-out ran over time, as an SVG path in a box of 100 by 100 over `spread`."""

    name: str
    short: str
    depth: int
    status: str
    critical: bool
    time: str
    bars: tuple[Bar, ...]
    profile: str = ""
    spread: tuple[float, float] = (0.0, 0.0)
    marks: tuple[float, ...] = ()  # where items failed


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    folds: tuple[Tick, ...]
    path: tuple[str, ...]


class Scale:
    """From a time to a percentage. `busy` are stretches in order; what lies between them is folded."""

    def __init__(self, busy: Sequence[tuple[float, float]]) -> None:
        self.busy = busy
        self.active = sum(end - start for start, end in busy) or 1.0
        self._share = (100.0 - _FOLD * (len(busy) - 1)) / self.active

    def at(self, time: float) -> float:
        x = 0.0
        for start, end in self.busy:
            if time <= end:
                return round(x + max(time - start, 0.0) * self._share, 3)
            x += (end - start) * self._share + _FOLD
        return 100.0

    def ticks(self) -> Iterator[Tick]:
        """At round times since the beginning, none too close to another."""
        step = next((one for one in _STEPS if self.active / one <= _TICKS), self.active / _TICKS)
        begin, last = self.busy[0][0], -100.0
        for start, end in self.busy:
            number = -(-(start - begin) // step)
            while begin + number * step <= end:
                x = self.at(begin + number * step)
                if x - last > 9 and x < 97:
                    yield Tick(x, _offset(number * step))
                    last = x
                number += 1

    def folds(self) -> Iterator[Tick]:
        for (_, end), (start, _) in zip(self.busy, self.busy[1:], strict=False):
            yield Tick(round(self.at(end) + _FOLD / 2, 3), duration(start - end))


def chart(run: Run, now: float) -> Chart:
    """All operations that began, in the pipeline's order."""
    end = run.ended if run.ended is not None else now
    shown = [one for one in run.operations if one.view.started is not None]
    scale = Scale(_busy(run.started, end, shown, now))
    views = [one.view for one in run.operations]
    path, since = critical_path(views), ready(views, run.started)
    rows = tuple(_row(one, scale, since, path, run.started, now) for one in shown)
    return Chart(rows, tuple(scale.ticks()), tuple(scale.folds()), path)


def _busy(begin: float, end: float, shown: Sequence[Operation], now: float) -> list[tuple[float, float]]:
    """The whole, without long pauses in which nothing ran."""
    end = max(end, begin + 0.001)
    spans = sorted((one.view.started or begin, one.view.ended or now) for one in shown)
    tolerated = max(60.0, _IDLE * (end - begin))
    found = [(begin, begin)]
    for start, stop in [*spans, (end, end)]:
        if start - found[-1][1] > tolerated:
            found.append((start, stop))
        else:
            found[-1] = (found[-1][0], max(found[-1][1], stop))
    return [(start, max(stop, start + 0.001)) for start, stop in found]


def _row(
    one: Operation, scale: Scale, since: Mapping[str, float], path: Sequence[str], begin: float, now: float
) -> Row:
    view = one.view
    started, ended = view.started or begin, view.ended if view.ended is not None else now
    fan_out = view.items is not None
    pieces = list(_waited(view, scale, since.get(view.name, started)))
    pieces += [_bar("run", tone(view.status), scale, started, ended, f"{view.status} in {duration(ended - started)}")]
    if not fan_out and len(one.tries) > 1:
        pieces = [*pieces[:-1], *_tried(one, scale, now)]
    return Row(
        name=view.name,
        short=view.name.rpartition(".")[2] if view.depth else view.name,
        depth=view.depth,
        status=view.status.value,
        critical=view.name in path,
        time=duration(ended - started),
        bars=tuple(pieces),
        profile=_profile(one.tries, started, ended, now) if fan_out and len(one.tries) > 1 else "",
        spread=_extent(scale, started, ended),
        marks=tuple(scale.at(failed.ended) for failed in one.tries if fan_out and failed.error and failed.ended)[:200],
    )


def _waited(view: OperationView, scale: Scale, since: float) -> Iterator[Bar]:
    """It could have begun, and did not: something was not free, or the engine was not there."""
    if view.started is not None and view.started - since > 0.05 and scale.at(view.started) - scale.at(since) > 0.5:
        yield _bar("wait", "idle", scale, since, view.started, f"waited {duration(view.started - since)}")


def _tried(one: Operation, scale: Scale, now: float) -> Iterator[Bar]:
    """Every try, and the back-off between two."""
    for number, this in enumerate(one.tries):
        ended = this.ended if this.ended is not None else now
        how = f"try {this.number}: {this.error or 'ran'}, {duration(ended - this.started)}"
        colour = "bad" if this.error else tone(one.view.status) if number == len(one.tries) - 1 else "idle"
        yield _bar("try", colour, scale, this.started, ended, how)
        following = one.tries[number + 1 : number + 2]
        if following and following[0].started > ended:
            pause = following[0].started - ended
            yield _bar("back-off", "idle", scale, ended, following[0].started, f"backed off {duration(pause)}")


def _bar(kind: str, colour: str, scale: Scale, start: float, end: float, title: str) -> Bar:
    x, width = _extent(scale, start, end)
    return Bar(kind, colour, x, width, title)


def _extent(scale: Scale, start: float, end: float) -> tuple[float, float]:
    x = min(scale.at(start), 100.0 - _SMALLEST)
    return x, round(max(scale.at(end) - x, _SMALLEST), 3)


def _profile(tries: Iterable[Try], begin: float, end: float, now: float) -> str:
    """Steps up where an item begins and down where it ends, filled to the bottom."""
    changes = sorted((at, by) for one in tries for at, by in ((one.started, 1), (one.ended or now, -1)))
    span, running, most = max(end - begin, 0.001), 0, 1
    levels: list[tuple[float, int]] = []
    for at, by in changes:
        running += by
        most = max(most, running)
        levels.append(((at - begin) / span * 100, running))
    steps = "".join(f"H{x:.2f}V{100 - level / most * 100:.1f}" for x, level in _thinned(levels))
    return f"M0 100{steps}V100Z"


def _thinned(levels: Sequence[tuple[float, int]]) -> Iterator[tuple[float, int]]:
    """At most one step for each half percent: the highest in it."""
    best: dict[int, tuple[float, int]] = {}
    for x, level in levels:
        slot = int(min(max(x, 0.0), 100.0) * 2)
        if slot not in best or level >= best[slot][1] or x >= 100:
            best[slot] = (min(max(x, 0.0), 100.0), level)
    return iter(best.values())


def _offset(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:g}s"
    whole = round(seconds)
    return f"{whole // 60}m{whole % 60:02}" if whole < 3600 else f"{whole // 3600}h{whole % 3600 // 60:02}"


def summary(chart: Chart, run: Run, now: float) -> str:
    """What of the critical path is worth a sentence."""
    if len(chart.path) < 2:
        return ""
    spent = {one.view.name: (one.view.ended or now) - (one.view.started or now) for one in run.operations}
    longest = max(chart.path, key=lambda name: spent[name])
    whole = max((run.ended or now) - run.started, 0.001)
    share = min(spent[longest] / whole, 1.0)
    return f"{longest} alone took {share:.0%} of the time" if share >= 0.3 else ""
