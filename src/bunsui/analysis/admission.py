"""Who may start now, and in which order the others wait: one pure decision over a pool, its leases and its queue.

What is stored of them, and that no two deciders admit twice, is `services.pools`' business; when a waiting session will
probably start is worked out in `admission_forecast`.

The rules. Nothing is admitted over the pool's slots or over a pipeline's own limit. Of one owner's sessions the
one goes first that asked first, where a priority counts as so many minutes of waiting. Between owners: the higher level
of priority first (waiting raises it, up to the highest level that anybody waits with), then whoever holds fewer slots
(less one for every minute without an admission), then who asked first. A session that does not fit lets smaller ones
past, until it has waited for `patience`: from then on slots are kept for it.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Pool:
    """`slots` None: as many as you like (a queue in front of a pipeline that only counts its sessions)."""

    name: str
    slots: int | None = None
    drained: bool = False


@dataclass(frozen=True, slots=True)
class Lease:
    """What a session that was admitted holds until it ends. `asked` and `admitted` are seconds since the epoch."""

    session: str
    pipeline: str
    owner: str
    slots: int
    asked: float
    admitted: float


@dataclass(frozen=True, slots=True)
class Request:
    """A session that waits. `limit`: of sessions of its pipeline at once."""

    session: str
    pipeline: str
    owner: str
    slots: int
    asked: float
    priority: int = 0
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """`ageing`: seconds of waiting that are worth one of priority. `patience`: until slots are kept for a large one."""

    ageing: float = 60.0
    patience: float = 60.0


RULES = Rules()


class Why(StrEnum):
    """Why a session waits."""

    FULL = "full"  # too few free slots
    LIMIT = "limit"  # enough sessions of its pipeline run
    KEPT = "kept"  # free slots are kept for a larger one that has waited long
    DRAINED = "drained"  # the pool admits nobody
    TOO_LARGE = "too_large"  # the pool never has so many slots


@dataclass(frozen=True, slots=True)
class Waiting:
    """`position` counts from 1. `kept_for` is the session that free slots are kept for."""

    request: Request
    position: int
    why: Why
    kept_for: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """`admitted` in their order; `waiting` in theirs."""

    admitted: tuple[Request, ...] = ()
    waiting: tuple[Waiting, ...] = ()


def admissions(
    pool: Pool,
    leases: Iterable[Lease],
    queue: Sequence[Request],
    now: float,
    busy: Mapping[str, int] | None = None,
    rules: Rules = RULES,
) -> tuple[Request, ...]:
    """Everybody who may start now, in order.

    `busy` counts the running sessions of pipelines that have a limit, whatever pools they are in; without it the
    leases of this pool are counted.
    """
    room, turns = _scene(pool, list(leases), queue, now, busy, rules)
    return tuple(_admit(room, _Line(turns, queue), now, rules))


def decide(
    pool: Pool,
    leases: Iterable[Lease],
    queue: Sequence[Request],
    now: float,
    busy: Mapping[str, int] | None = None,
    rules: Rules = RULES,
) -> Decision:
    """The admissions, and of everybody else the place in the line and why."""
    room, turns = _scene(pool, list(leases), queue, now, busy, rules)
    admitted = tuple(_admit(room, _Line(turns, queue), now, rules))
    gone = {request.session for request in admitted}
    line = _Line(turns, [request for request in queue if request.session not in gone])
    waiting = (Waiting(one, number, *room.why(one)) for number, one in enumerate(_each(line), 1))
    return Decision(admitted, tuple(waiting))


def _scene(
    pool: Pool,
    held: Sequence[Lease],
    queue: Sequence[Request],
    now: float,
    busy: Mapping[str, int] | None,
    rules: Rules,
) -> tuple[_Room, _Turns]:
    counted = Counter(lease.pipeline for lease in held) if busy is None else Counter(busy)
    room = _Room(pool, _free(pool, held), counted)
    open = (request.priority for request in queue if not room.limited(request))
    return room, _Turns(_Shares(held, now, rules), max(open, default=0))


def _free(pool: Pool, leases: Iterable[Lease]) -> float:
    if pool.drained:
        return 0
    return math.inf if pool.slots is None else pool.slots - sum(lease.slots for lease in leases)


def superseded(held: Iterable[Lease | Request], limit: int) -> tuple[str, ...]:
    """Who has to go where the newest `limit` sessions of a pipeline stay, the oldest first."""
    ranked = sorted(held, key=lambda one: (one.asked, one.session))
    return tuple(one.session for one in ranked[: max(len(ranked) - limit, 0)])


def _admit(room: _Room, line: _Line, now: float, rules: Rules) -> Iterator[Request]:
    while room.free > 0 and (request := line.next()):
        if not room.ever(request) or room.limited(request):
            line.passed()
        elif request.slots <= room.free:
            room.take(request)
            line.served()
            yield request
        elif now - request.asked >= rules.patience:
            room.keep(request)
            return
        else:
            line.passed()


def _each(line: _Line) -> Iterator[Request]:
    """In the order in which they would be served, one after the other."""
    while request := line.next():
        line.served()
        yield request


@dataclass(slots=True)
class _Room:
    """What is free, while the decision is made."""

    pool: Pool
    free: float
    busy: Counter[str]
    kept: str = ""

    def ever(self, request: Request) -> bool:
        return self.pool.slots is None or request.slots <= self.pool.slots

    def limited(self, request: Request) -> bool:
        return request.limit is not None and self.busy[request.pipeline] >= request.limit

    def take(self, request: Request) -> None:
        self.free -= request.slots
        self.busy[request.pipeline] += 1

    def keep(self, request: Request) -> None:
        self.kept = request.session

    def why(self, request: Request) -> tuple[Why, str]:
        if self.pool.drained:
            return Why.DRAINED, ""
        if not self.ever(request):
            return Why.TOO_LARGE, ""
        if self.limited(request):
            return Why.LIMIT, ""
        if self.kept and self.kept != request.session and request.slots <= self.free:
            return Why.KEPT, self.kept
        return Why.FULL, ""


@dataclass(slots=True)
class _Shares:
    """What each owner holds, and when one was last admitted."""

    leases: Sequence[Lease]
    now: float
    rules: Rules
    slots: Counter[str] = field(default_factory=Counter)
    last: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for lease in self.leases:
            self.slots[lease.owner] += lease.slots
            self.last[lease.owner] = max(lease.admitted, self.last.get(lease.owner, lease.admitted))

    def serve(self, request: Request) -> None:
        self.slots[request.owner] += request.slots
        self.last[request.owner] = self.now

    def burden(self, request: Request) -> int:
        """Of an owner whose turn this request would be: the lowest goes first."""
        since = max(request.asked, self.last.get(request.owner, request.asked))
        return self.slots[request.owner] - self.minutes(since)

    def minutes(self, since: float) -> int:
        return max(int((self.now - since) // self.rules.ageing), 0)


@dataclass(frozen=True, slots=True)
class _Turns:
    """Whose turn it is. `ceiling` is the highest level of priority that waiting leads to."""

    shares: _Shares
    ceiling: int

    def rank(self, request: Request) -> tuple[int, int, float, str]:
        level = min(self.ceiling, request.priority + self.shares.minutes(request.asked))
        return -level, self.shares.burden(request), self.asked(request), request.session

    def asked(self, request: Request) -> float:
        return request.asked - request.priority * self.shares.rules.ageing


class _Line:
    """Each owner's requests in their order, and of the owners' first ones the best."""

    def __init__(self, turns: _Turns, queue: Sequence[Request]) -> None:
        self.turns = turns
        self.of: dict[str, list[Request]] = {}
        for request in sorted(queue, key=lambda one: (turns.asked(one), one.session), reverse=True):
            self.of.setdefault(request.owner, []).append(request)
        self.heap = [(turns.rank(every[-1]), owner) for owner, every in self.of.items()]
        heapq.heapify(self.heap)

    def next(self) -> Request | None:
        return self.of[self.heap[0][1]][-1] if self.heap else None

    def served(self) -> None:
        self.turns.shares.serve(self.of[self.heap[0][1]][-1])
        self.passed()

    def passed(self) -> None:
        _, owner = self.heap[0]
        self.of[owner].pop()
        if self.of[owner]:
            heapq.heapreplace(self.heap, (self.turns.rank(self.of[owner][-1]), owner))
        else:
            heapq.heappop(self.heap)
