"""How long is too long in a queue, and who is told: handed in, since pools know of no alerts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bunsui.model.session import Session


def _forever(session: Session) -> float:
    return float("inf")


def _untold(session: Session, since: float, position: int) -> object:
    return None


@dataclass(frozen=True, slots=True)
class Patience:
    """`limit` gives the seconds of waiting that are too long; `told` is called once when a session waits longer."""

    limit: Callable[[Session], float] = _forever
    told: Callable[[Session, float, int], object] = _untold
