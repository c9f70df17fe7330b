"""A run as a chart over time: what every operation did when, what held it up, and which of them decided the end. Pure.

Tries come from `run`, statuses from `progress`; nothing is drawn here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bunsui.analysis.critical import critical_path, ready
from bunsui.analysis.progress import OperationView
from bunsui.analysis.run import Operation
from bunsui.analysis.work import Try
from bunsui.model.status import OperationStatus

_SHORTEST_WAIT = 0.05  # seconds
_OPEN = (OperationStatus.RUNNING, OperationStatus.RETRYING, OperationStatus.WAITING)


class Doing(StrEnum):
    HELD = "held"  # nothing was in its way any more, and it had not begun
    RAN = "ran"
    FAILED = "failed"  # a try that failed
    PAUSED = "paused"  # between two tries


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` to `end` (until now, while it lasts). `number` of the try, and its error."""

    doing: Doing
    start: float
    end: float
    number: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Track:
    """An operation that began. `busy`: of a fan-out, how many items ran from a time on."""

    view: OperationView
    stretches: tuple[Stretch, ...]
    critical: bool = False
    busy: tuple[tuple[float, int], ...] = ()

    @property
    def seconds(self) -> float:
        return sum(one.end - one.start for one in self.stretches if one.doing is not Doing.HELD)

    @property
    def held(self) -> float:
        return sum(one.end - one.start for one in self.stretches if one.doing is Doing.HELD)


@dataclass(frozen=True, slots=True)
class Gantt:
    """`tracks` in the order in which they began, nested ones below their parents; `path` likewise."""

    tracks: tuple[Track, ...]
    begin: float
    end: float
    path: tuple[str, ...]
    live: bool = False

    @property
    def longest(self) -> tuple[str, float] | None:
        """Of the critical path, what took longest, and which share of the whole that was."""
        on = [track for track in self.tracks if track.critical]
        if len(on) < 2 or self.end <= self.begin:
            return None
        track = max(on, key=lambda one: one.seconds)
        return track.view.name, min(track.seconds / (self.end - self.begin), 1.0)


def gantt(operations: Sequence[Operation], now: float) -> Gantt | None:
    """None before anything began. What runs is taken to end now."""
    began = [one for one in operations if one.view.started is not None]
    if not began:
        return None
    begin = min(one.view.started for one in began if one.view.started is not None)
    views = [_until(one.view, now) for one in operations]
    path, since = critical_path(views), ready(views, begin)
    tracks = [_track(one, since.get(one.view.name), now, one.view.name in path) for one in began]
    starts = {track.view.name: track.view.started or 0.0 for track in tracks}
    tracks.sort(key=lambda track: [(starts.get(one, 0.0), one) for one in _path(track.view.name)])
    end = max(stretch.end for track in tracks for stretch in track.stretches)
    live = any(one.view.status in _OPEN for one in began)
    return Gantt(tuple(tracks), begin, max(end, begin + 0.001), path, live)


def _path(name: str) -> list[str]:
    """Its parents and itself: what is nested stands below what it is in."""
    parts = name.split(".")
    return [".".join(parts[: count + 1]) for count in range(len(parts))]


def _until(view: OperationView, now: float) -> OperationView:
    return replace(view, ended=now) if view.started is not None and view.ended is None else view


def _known(at: float | None, now: float) -> float:
    return now if at is None else at


def _track(one: Operation, since: float | None, now: float, critical: bool) -> Track:
    started = _known(one.view.started, now)
    held = () if since is None or started - since < _SHORTEST_WAIT else (Stretch(Doing.HELD, since, started),)
    if one.view.items is not None:
        whole = Stretch(Doing.RAN, started, _known(one.view.ended, now))
        return Track(one.view, (*held, whole), critical, _busy(one.tries, now))
    return Track(one.view, (*held, *_tried(one, started, now)), critical)


def _tried(one: Operation, started: float, now: float) -> Iterator[Stretch]:
    """Its tries and the pauses between them; what has no task ran from its start to its end."""
    end = _known(one.view.ended, now)
    if not one.tries:
        yield Stretch(Doing.RAN, started, max(end, started))
        return
    for number, this in enumerate(one.tries):
        over = _known(this.ended, now)
        yield Stretch(Doing.FAILED if this.error else Doing.RAN, this.started, over, this.number, this.error or "")
        following = one.tries[number + 1].started if number + 1 < len(one.tries) else end
        if following > over and this.error:
            yield Stretch(Doing.PAUSED, over, following, this.number)


def _busy(tries: Sequence[Try], now: float) -> tuple[tuple[float, int], ...]:
    ends = (_known(one.ended, now) for one in tries)
    changes = sorted([*((one.started, 1) for one in tries), *((at, -1) for at in ends)])
    found: list[tuple[float, int]] = []
    running = 0
    for at, by in changes:
        running += by
        if found and found[-1][0] == at:
            found[-1] = at, running
        else:
            found.append((at, running))
    return tuple(found)
