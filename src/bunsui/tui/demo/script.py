"""The acts of the demo: what is said, what is shown, and when the next one comes. Pure; `player` plays them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bunsui.model.status import OperationStatus, SessionStatus
from bunsui.services.views import SessionView
from bunsui.text.language import mark

_DONE = (OperationStatus.SUCCEEDED, OperationStatus.REUSED)


class Deed(StrEnum):
    """What happens as an act begins."""

    NOTHING = ""
    RUN = "run"
    MEND = "mend"
    RESUME = "resume"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Act:
    """Stays for `seconds` at least, and until the session is so far."""

    text: str
    seconds: float
    until: Callable[[SessionView], bool]
    pane: str = ""  # of the session; "recover": the ways out
    deed: Deed = Deed.NOTHING


def _at_once(_: SessionView) -> bool:
    return True


def _done(count: int) -> Callable[[SessionView], bool]:
    return lambda view: view.session.status.ended or sum(one.status in _DONE for one in view.operations) >= count


def _ended(view: SessionView) -> bool:
    return view.session.status.ended


def _recovered(view: SessionView) -> bool:
    return view.session.recoveries > 0 and view.session.status.ended


def went_wrong(act: Act, view: SessionView) -> bool:
    """Somebody did something else with the session: the play ends."""
    wanted = SessionStatus.COMPLETED if act.deed is Deed.RESUME else SessionStatus.FAILED
    return act.until in (_ended, _recovered) and view.session.status is not wanted


ACTS = (
    Act(
        mark("Who was late in New York in 2013, when, and why? 336,776 flights, the weather, the aircraft."),
        4.0,
        _at_once,
        deed=Deed.RUN,
    ),
    Act(
        mark("It runs, here and now. Every operation starts the moment that what it needs is done."),
        5.0,
        _done(3),
        pane="operations",
    ),
    Act(
        mark(
            "Its graph, live. fleet asks a registry that hangs up once: it tries again, from where it had saved its "
            "position."
        ),
        6.0,
        _done(6),
        pane="graph",
    ),
    Act(
        mark(
            "One function of this copy has a bug, planted for you to see: storms will fail. What does not need it "
            "goes on."
        ),
        5.0,
        _ended,
        pane="timeline",
    ),
    Act(
        mark("It failed, and here is the evidence: the very lines, the cause, what kind of error it is, what to do."),
        10.0,
        _at_once,
        pane="errors",
    ),
    Act(
        mark(
            "The bug is mended now, in the file. These are the ways out: what each runs again, what it keeps. Resume "
            "keeps all that completed."
        ),
        11.0,
        _at_once,
        pane="recover",
        deed=Deed.MEND,
    ),
    Act(
        mark("Resumed. What had completed keeps its outputs; only what failed, and what needs it, runs."),
        5.0,
        _recovered,
        pane="operations",
        deed=Deed.RESUME,
    ),
    Act(
        mark("Completed. The log of both executions, in one order, is below 4; this is how it went, over time."),
        7.0,
        _at_once,
        pane="timeline",
    ),
    Act(
        mark("And its report: one file that opens anywhere. The results are among the outputs here, as files."),
        8.0,
        _at_once,
        pane="values",
        deed=Deed.REPORT,
    ),
)
LAST = mark("That was the demo. All is yours now: ? shows the keys, esc all sessions, q quits.")
ELSEWHERE = mark("The session went another way than the demo's: it is yours now. ? shows the keys, q quits.")
