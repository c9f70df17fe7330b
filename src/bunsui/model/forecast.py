"""What a pipeline will cost and how near to the limits it comes, as counted by the compiler before it runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """What an operation's output may take of the payload. `bounded` False: only Step Functions bounds it."""

    operation: str
    bytes: int
    bounded: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """`kind` is operation (`name` says which), sequence or parallel (`parts` in order)."""

    kind: str
    name: str = ""
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Join:
    """The consumer waits at the producer's mailbox: they are in branches that run beside each other."""

    producer: str
    consumer: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """`transitions` are of a run without failures: at least, and typically. `payload` is the most that the outputs in
    one state's input may take together, and `largest` what it is made of there. `barrier_loss` is set with joins off:
    how many times longer a run takes than its critical path, if all operations take equally long."""

    structure: Part | None
    joins: tuple[Join, ...]
    transitions_min: int
    transitions: int
    events: int
    events_limit: int
    definition_bytes: int
    definition_limit: int
    payload: int
    payload_limit: int
    largest: tuple[Share, ...]
    cost: float  # dollars
    assumptions: tuple[str, ...]
    warnings: tuple[str, ...]
    barrier_loss: float | None = None
