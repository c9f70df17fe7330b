"""The chart over time as lines: a scale with round ticks, a bar for every try, waits between them, now. Pure.

What happened when is worked out in `bunsui.analysis.gantt`; which part of it is looked at, in `timeline`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bunsui.analysis.gantt import Doing, Gantt, Stretch, Track
from bunsui.text import escape, width, words
from bunsui.text.language import _
from bunsui.text.parts import Part, fitted
from bunsui.text.style import STATUS_STYLE, Style

_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
_TICK = 12  # columns that a tick wants at least
_MOST_NAME = 26
_AFTER = 15  # columns of the time and the tries
_FULL = "▇"  # leaves a gap between two rows
_LEVELS = "▁▂▃▄▅▆▇"
_HELD, _PAUSED = "┄", "╌"


@dataclass(frozen=True, slots=True)
class Scale:
    """What is seen: seconds from `begin` on, and how many columns there are for `span` seconds."""

    begin: float
    span: float
    room: int

    def at(self, time: float) -> float:
        return (time - self.begin) / self.span * self.room

    @property
    def step(self) -> float:
        """Between two ticks, in seconds."""
        most = max(self.room // _TICK, 1)
        return next((one for one in _STEPS if self.span / one <= most), self.span / most)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A chart as it is looked at: `scale` is the part that is seen."""

    chart: Gantt
    scale: Scale
    name: int

    @staticmethod
    def of(chart: Gantt, columns: int, zoom: float, shift: float) -> Sheet:
        """`zoom` times as large as what fits, beginning `shift` (0 to 1) of the whole after the beginning."""
        names = [width.columns(label(track)) for track in chart.tracks]
        name = min(max([*names, 8]), _MOST_NAME, max(columns // 3, 8))
        room = max(columns - 2 - name - 3 - _AFTER, 10)
        whole = (chart.end - chart.begin) * (1.02 if chart.live else 1)
        span = whole / zoom
        begin = chart.begin + min(max(shift, 0.0), 1 - 1 / zoom) * whole
        return Sheet(chart, Scale(begin, span, room), name)


def label(track: Track) -> str:
    name = track.view.name.rpartition(".")[2] if track.view.depth else track.view.name
    return "  " * track.view.depth + escape.line(name)


def ticks(sheet: Sheet, style: Style) -> tuple[str, str]:
    """The scale: times since the beginning, and below them where they are."""
    scale, start = sheet.scale, sheet.chart.begin
    labels, rule = [" "] * scale.room, ["─"] * scale.room
    first = int((scale.begin - start) / scale.step - 1e-9) + (scale.begin > start)
    for number in range(first, first + scale.room):
        column = round(scale.at(start + number * scale.step))
        if not 0 <= column < scale.room:
            break
        text = _offset(number * scale.step)
        rule[column] = "┴"
        if column + len(text) <= scale.room:
            labels[column : column + len(text)] = text
    if (now := _now(sheet)) is not None:
        rule[now] = "▼"
    before = " " * (2 + sheet.name + 3)
    return style.dim(before + "".join(labels)), style.dim(before + "".join(rule))


def _offset(seconds: float) -> str:
    return f"{seconds:g}s" if seconds < 60 else words.duration(seconds)


def _now(sheet: Sheet) -> int | None:
    """The column of now, while something runs."""
    if not sheet.chart.live:
        return None
    column = round(sheet.scale.at(sheet.chart.end))
    return min(column, sheet.scale.room - 1) if 0 <= column <= sheet.scale.room else None


def line(sheet: Sheet, track: Track, columns: int, style: Style) -> str:
    paint = STATUS_STYLE.get(track.view.status, "")
    name = width.pad(width.cut_middle(label(track), sheet.name), sheet.name)
    parts: list[Part] = [
        (f"{style.glyph(track.view.status)} ", paint),
        (name, "bold" if track.critical else ""),
        (" ◆ " if track.critical else "   ", "yellow"),
        *_runs(_cells(sheet, track)),
        (f" {words.duration(track.seconds):>7}", ""),
    ]
    if track.view.attempts > 1:
        parts.append((f" ×{track.view.attempts}", "yellow"))
    return fitted(parts, columns, style)


def _cells(sheet: Sheet, track: Track) -> list[Part]:
    cells: list[Part] = [(" ", "")] * sheet.scale.room
    if (now := _now(sheet)) is not None:
        cells[now] = "┊", "dim"
    for stretch in sorted(track.stretches, key=lambda one: one.doing in (Doing.RAN, Doing.FAILED)):  # over the waits
        if track.busy and stretch.doing is Doing.RAN:
            _fan(cells, sheet, track, stretch)
        else:
            _bar(cells, sheet, track, stretch)
    return cells


def _bar(cells: list[Part], sheet: Sheet, track: Track, stretch: Stretch) -> None:
    first, last = _extent(sheet.scale, stretch)
    for column in range(max(first, 0), min(last, sheet.scale.room)):
        cells[column] = _cell(track, stretch)
    if stretch.number > 1 and first == last - 1 and 0 < first < sheet.scale.room and cells[first - 1][0] == _FULL:
        cells[first] = "▐", cells[first][1]  # so that two tries side by side are two


def _cell(track: Track, stretch: Stretch) -> Part:
    if stretch.doing is Doing.HELD:
        return _HELD, "dim"
    if stretch.doing is Doing.PAUSED:
        return _PAUSED, "yellow"
    if stretch.doing is Doing.FAILED:
        return _FULL, "red"
    return _FULL, STATUS_STYLE.get(track.view.status, "")


def _extent(scale: Scale, stretch: Stretch) -> tuple[int, int]:
    """Columns, the first and the one after the last; what ran has at least one."""
    first, last = round(scale.at(stretch.start)), round(scale.at(stretch.end))
    if stretch.doing in (Doing.HELD, Doing.PAUSED):
        return first, last
    if last <= first:
        first = min(first, scale.room - 1) if stretch.start <= scale.begin + scale.span else first
    return first, max(last, first + 1)


def _fan(cells: list[Part], sheet: Sheet, track: Track, stretch: Stretch) -> None:
    """How many items ran, as heights."""
    first, last = _extent(sheet.scale, stretch)
    most = max((count for _time, count in track.busy), default=1) or 1
    paint = STATUS_STYLE.get(track.view.status, "")
    for column in range(max(first, 0), min(last, sheet.scale.room)):
        begin = sheet.scale.begin + (column - 0.5) / sheet.scale.room * sheet.scale.span
        running = _most_between(track.busy, begin, begin + sheet.scale.span / sheet.scale.room)
        cells[column] = _LEVELS[max(round(running / most * len(_LEVELS)) - 1, 0)], paint


def _most_between(busy: tuple[tuple[float, int], ...], begin: float, end: float) -> int:
    before = 0
    most = 0
    for time, count in busy:
        if time >= end:
            break
        if time < begin:
            before = count
        else:
            most = max(most, count)
    return max(before, most)


def _runs(cells: list[Part]) -> Iterator[Part]:
    """Cells of one colour together."""
    text, paint = "", ""
    for character, style in cells:
        if style != paint and text:
            yield text, paint
            text = ""
        text, paint = text + character, style
    yield text, paint


def told(sheet: Sheet, track: Track | None, columns: int, style: Style) -> list[str]:
    """What stands below: the marked operation's stretches, the critical path, what the signs mean."""
    lines = [fitted(list(_track(sheet, track)), columns, style)] if track is not None else []
    path = f" {style.arrow} ".join(escape.line(name) for name in sheet.chart.path)
    parts: list[Part] = [("◆ ", "yellow"), (_("critical path") + " ", "dim"), (path, "")]
    if (longest := sheet.chart.longest) and longest[1] >= 0.3:
        said = _("{name} alone is {share} of it").format(name=escape.line(longest[0]), share=f"{longest[1]:.0%}")
        parts.insert(1, (f"{said}  ", ""))
    lines.append(fitted(parts, columns, style))
    return lines


def _track(sheet: Sheet, track: Track) -> Iterator[Part]:
    paint = STATUS_STYLE.get(track.view.status, "")
    yield f"{track.view.status} ", paint
    yield escape.line(track.view.name), "bold"
    yield (
        "  " + _("began at {time}").format(time=f"+{words.duration((track.view.started or 0) - sheet.chart.begin)}"),
        "",
    )
    if track.held >= 0.05:
        yield "  " + _("{sign} held up {time}").format(sign=_HELD, time=words.duration(track.held)), "dim"
    failed = [one for one in track.stretches if one.doing is Doing.FAILED]
    for one in failed[:3]:
        took = words.duration(one.end - one.start)
        yield "  " + _("try {number}").format(number=one.number) + f" {escape.line(one.error)} {took}", "red"
    if paused := sum(one.end - one.start for one in track.stretches if one.doing is Doing.PAUSED):
        yield "  " + _("{sign} backed off {time}").format(sign=_PAUSED, time=words.duration(paused)), "yellow"
    if track.busy:
        yield "  " + _("up to {count} items at once").format(count=max(count for _time, count in track.busy)), ""
