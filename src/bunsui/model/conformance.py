"""How the local engine compares with recorded executions of AWS, by group of cases."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Score:
    """Of a group: how many cases there are, how many were run, and agree in the end and in every event."""

    group: str
    cases: int
    run: int
    final: int
    full: int


@dataclass(frozen=True, slots=True)
class Miss:
    group: str
    id: str
    why: str


@dataclass(frozen=True, slots=True)
class Conformance:
    scores: tuple[Score, ...]
    misses: tuple[Miss, ...]
