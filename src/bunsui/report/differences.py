"""What is not as it was in the last good session: parameters, definition, code, durations, outputs."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bunsui.model.json import Json
from bunsui.report.data import Before, ReportData
from bunsui.report.values import shown

_MOST_LINES = 400
_NOTABLE, _SHORTEST = 0.2, 1.0  # a duration is told if it differs by this share, and by so many seconds


@dataclass(frozen=True, slots=True)
class Change:
    """`before` or `after` is None where there is none."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Timing:
    name: str
    before: float
    after: float

    @property
    def share(self) -> float:
        return (self.after - self.before) / self.before if self.before else 0.0


@dataclass(frozen=True, slots=True)
class Differences:
    """`operations` by name, with what of each changed; None: not known. Lines of `diff` begin with ``+`` or ``-``."""

    params: tuple[Change, ...]
    operations: Mapping[str, tuple[str, ...]] | None
    diff: tuple[str, ...]
    code_changed: bool
    timings: tuple[Timing, ...]
    outputs: tuple[Change, ...]

    @property
    def nothing(self) -> bool:
        return not (self.params or self.operations or self.diff or self.code_changed or self.timings or self.outputs)


def differences(data: ReportData, before: Before) -> Differences:
    return Differences(
        params=tuple(_changes(before.session.params, data.session.params)),
        operations=before.changes,
        diff=tuple(_diff(before.text, data.text)),
        code_changed=_code(before.session.executions) != _code(data.session.executions),
        timings=tuple(sorted(_timings(data, before), key=lambda one: -abs(one.after - one.before))),
        outputs=tuple(_changes(_mapping(before.outputs), _mapping(data.outputs))) if data.outputs is not None else (),
    )


def _code(executions: object) -> str:
    return str(getattr(executions[-1], "code_sha256", "")) if isinstance(executions, tuple) and executions else ""


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _changes(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[Change]:
    for name in [*after, *(name for name in before if name not in after)]:
        old = shown(before[name]) if name in before else None
        new = shown(after[name]) if name in after else None
        if (name in before) != (name in after) or before[name] != after[name]:
            yield Change(name, old, new)


def _diff(before: str, after: str) -> Iterator[str]:
    if not before or not after or before == after:
        return
    lines = difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=2)
    for number, text in enumerate(lines):
        if number == _MOST_LINES:
            yield " …"
            return
        if number > 1:  # the names of the files say nothing here
            yield text


def _timings(data: ReportData, before: Before) -> Iterator[Timing]:
    last = data.last
    for one in last.operations if last else ():
        view = one.view
        was = before.seconds.get(view.name)
        if was is None or view.started is None or view.ended is None or view.status.value != "SUCCEEDED":
            continue
        timing = Timing(view.name, was, view.ended - view.started)
        if abs(timing.after - timing.before) >= _SHORTEST and abs(timing.share) >= _NOTABLE:
            yield timing
