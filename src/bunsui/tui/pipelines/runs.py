"""How a pipeline's last sessions went: a bar for each, how many completed, how long it usually takes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.text import words
from bunsui.tui.paint import STYLE

_BARS = "▁▂▃▄▅▆▇█"
_S = SessionStatus
_BAD = (_S.FAILED, _S.TIMED_OUT)


@dataclass(frozen=True, slots=True)
class Runs:
    """Of sessions that ran, the newest first. `rate` is of those that a person did not cancel (None: none ended)."""

    sessions: tuple[Session, ...]
    rate: float | None
    usual: float | None  # seconds

    @property
    def last(self) -> Session | None:
        return self.sessions[0] if self.sessions else None


def of(sessions: Sequence[Session]) -> Runs:
    """One that was rejected or skipped never ran, and does not count."""
    ran = tuple(one for one in sessions if one.started is not None)
    judged = [one for one in ran if one.status.ended and one.status is not _S.CANCELLED]
    good = [one for one in judged if one.status is _S.COMPLETED]
    took = [seconds for one in good if not one.recoveries and (seconds := _seconds(one)) is not None]
    return Runs(ran, len(good) / len(judged) if judged else None, median(took) if took else None)


def _seconds(one: Session) -> float | None:
    if one.started is None or one.ended is None:
        return None
    return words.seconds_of(one.ended) - words.seconds_of(one.started)


def bars(found: Runs, most: int) -> str:
    """The oldest first. As high as it took long, of those shown; failed and cancelled ones by their glyph."""
    shown = found.sessions[:most][::-1]
    longest = max((seconds for one in shown if (seconds := _seconds(one)) is not None), default=0.0) or 1.0
    return "".join(_bar(one, longest) for one in shown) + " " * (most - len(shown))


def _bar(one: Session, longest: float) -> str:
    if not one.status.ended or one.status is not _S.COMPLETED:
        return STYLE.status(one.status, STYLE.glyph(one.status))
    share = (_seconds(one) or 0.0) / longest
    return STYLE.status(one.status, _BARS[min(int(share * len(_BARS)), len(_BARS) - 1)])


def rate(found: Runs) -> tuple[str, str]:
    """In percent, and its tone."""
    if found.rate is None:
        return "", ""
    tone = "green" if found.rate >= 0.9 else "yellow" if found.rate >= 0.5 else "red"
    return f"{found.rate:.0%}", tone
