"""Who SessionManager hands a session to when it ends; each is another service, wired by `workspace`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bunsui.analysis import recovery
from bunsui.analysis.ways import Facts, RecoveryPlan, Way
from bunsui.model.json import Json
from bunsui.model.session import Session
from bunsui.ports import Deletion, Record
from bunsui.services.errors.views import Strategy
from bunsui.services.pools.patience import Patience
from bunsui.services.sessions.ending import Step, nothing


class Errors(Protocol):
    """What SessionManager asks of ErrorHandler."""

    def handle(self, session: Session) -> None:
        """Analyse the end of a session that failed, unless that is done."""

    def strategy(self, session: Session) -> Strategy:
        """What is known of the failures, and what the session's policy says to do."""

    def recovered(self, session: Session, execution: str) -> None:
        """A recovery began after this end."""

    def recovery_options(self, session: Session, facts: Facts) -> RecoveryPlan:
        """Every way out."""

    def warned(self, session: Session, facts: Facts, way: Way) -> Way:
        """With what is known of the failures that it runs into again."""


class NoErrors:
    """Nothing is known of failures."""

    def handle(self, session: Session) -> None:
        return

    def strategy(self, session: Session) -> Strategy:
        return Strategy(False, ())

    def recovered(self, session: Session, execution: str) -> None:
        return

    def recovery_options(self, session: Session, facts: Facts) -> RecoveryPlan:
        return recovery.plan(facts)

    def warned(self, session: Session, facts: Facts, way: Way) -> Way:
        return way


Quiet = Callable[[Session, Mapping[str, Json]], Sequence[Record | Deletion] | None]


def _never(session: Session, policies: Mapping[str, Json]) -> None:
    return


def _nobody(session: Session, strategy: Strategy | None) -> None:
    return


def _no_records(session: Session, policies: Mapping[str, Json] | None) -> tuple[Record, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Partners:
    """`alert` is told of every end that is final, with what is known of its failures if it failed.

    `begins` gives what is stored when a session begins to run, in the same transaction; it is handed the pipeline's
    policies where they are known. `gather` puts into the log what a backend keeps of tasks elsewhere. `patience` knows
    who has waited too long in a queue. `quiet` gives, for an end about which none of them has anything to do, what is
    stored with it; None for all others.
    """

    errors: Errors = NoErrors()
    archive: Step = nothing
    alert: Callable[[Session, Strategy | None], None] = _nobody
    begins: Callable[[Session, Mapping[str, Json] | None], Sequence[Record]] = _no_records
    report: Step = nothing
    gather: Step = nothing
    patience: Patience = Patience()
    quiet: Quiet = _never
