"""How long a pipeline usually takes, and from when on it is slow: robust against the odd one out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

_FEWEST = 5  # durations, before anything is usual
_SPREADS = 5.0  # so many spreads above the median is slow
_SPREAD_OF_MAD = 1.4826  # what makes the median deviation the standard deviation of a normal distribution
_SHARE = 0.5  # but never less than half as long again ...
_SECONDS = 60.0  # ... nor than so much longer: nobody is woken for less


@dataclass(frozen=True, slots=True)
class Usual:
    """`typical` is the median, `limit` what is slow, in seconds; `count` how many it was learnt from."""

    typical: float
    limit: float
    count: int


def usual(durations: Sequence[float]) -> Usual | None:
    """None while too few are known."""
    if len(durations) < _FEWEST:
        return None
    typical = median(durations)
    spread = _SPREAD_OF_MAD * median(abs(one - typical) for one in durations)
    return Usual(typical, typical + max(_SPREADS * spread, _SHARE * typical, _SECONDS), len(durations))
