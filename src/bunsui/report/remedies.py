"""What can be done now: every way out with the command for it, what it runs and what it keeps, or why it is not one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bunsui.analysis.ways import Action, Way
from bunsui.model.words import counted, dollars, duration, listed
from bunsui.report.data import ReportData

_WHAT = {
    Action.REDRIVE: "The same execution goes on from what was cut off.",
    Action.RESUME: "Keep what completed, run the rest.",
    Action.EDITED: "Resume with the pipeline as it is written now.",
    Action.FROM: "Keep only what the operation needs, run it and all else.",
    Action.RERUN: "Run the operation again and all below it, keep the rest.",
    Action.SKIP: "Take the operation for done, with an output that you give.",
    Action.RESTART: "Run everything again.",
    Action.CANCEL: "Stop what runs.",
}
_NAMED = (Action.FROM, Action.RERUN, Action.SKIP)
_MOST = 6


@dataclass(frozen=True, slots=True)
class Remedy:
    command: str
    does: str
    runs: str
    keeps: str
    about: str
    suggested: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Remedies:
    possible: tuple[Remedy, ...]
    others: tuple[tuple[str, str], ...]  # a way, and why it is not possible


def remedies(data: ReportData) -> Remedies:
    ways = [way for way in data.ways if way.action is not Action.CANCEL]
    possible = [_remedy(way, way.action == data.suggested) for way in ways if way.possible]
    found = sorted(possible, key=lambda one: not one.suggested)
    return Remedies(tuple(found), tuple((way.action.value, way.why) for way in ways if not way.possible))


def _remedy(way: Way, suggested: bool) -> Remedy:
    return Remedy(
        command=f"bunsui session recover {way.session} --{way.action.value}{_operation(way)}",
        does=_WHAT[way.action],
        runs=_named(way.rerun),
        keeps=_named(way.reused),
        about=", ".join(_about(way)),
        suggested=suggested,
        warnings=way.warnings,
    )


def _operation(way: Way) -> str:
    return f" {(way.names or way.choices or ('OPERATION',))[0]}" if way.action in _NAMED else ""


def _named(names: Sequence[str]) -> str:
    return f"{counted(len(names), 'operation')}: {listed(names, _MOST)}" if names else "nothing"


def _about(way: Way) -> Iterator[str]:
    if way.seconds is not None:
        yield duration(way.seconds)
    if way.cost:
        yield f"{dollars(way.cost)} on AWS"
