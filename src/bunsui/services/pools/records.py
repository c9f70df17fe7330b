"""How pools, leases and queues are stored: gates, and the records behind them. Decides nothing.

A scope is a pool (``pool/<name>``) or a pipeline that counts its sessions (``pipeline/<name>``). Its partition holds
one gate, a ``lease#<session>`` for each session that was admitted and a ``wait#<session>`` for each that waits. Whoever
adds or removes one of these writes the gate in the same transaction, on condition of the revision it read before them:
what was decided from them still holds when it is stored, however many decide at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any

from bunsui.analysis.admission import Lease, Pool, Request
from bunsui.errors import NotFound
from bunsui.model.concurrency import Concurrency, OnExcess
from bunsui.model.json import Json
from bunsui.model.nearest import did_you_mean
from bunsui.model.session import Session
from bunsui.ports import Deletion, Record, Table
from bunsui.services.agenda import due_at

GATE, LEASE, WAIT = "gate", "lease", "wait"
INDEX = "pools"
HEAL = 30.0  # seconds between two looks at what holds the slots that others wait for
_MOST_USUAL = 200  # pipelines whose usual time a gate remembers
_NEWEST = 0.3  # weight of the newest session in what is usual


def partition(scope: str) -> str:
    return f"scope#{scope}"


def scope_of(queue: str) -> str:
    """Of `Session.queue`: a pool's name, or ``pipeline/<name>``."""
    return queue if "/" in queue else f"pool/{queue}"


def scopes_of(session: Session, wanted: Concurrency) -> tuple[str, ...]:
    """Where the session takes a place; it waits in the first of them."""
    counted = f"pipeline/{session.pipeline}" if wanted.max_sessions is not None else None
    pool = f"pool/{wanted.pool}" if wanted.pool is not None else None
    return tuple(scope for scope in (pool, counted) if scope)


def mark(session: Session) -> str:
    """Which start of the session a lease is for."""
    last = session.executions[-1]
    return f"{last.name}.{last.redrives}"


@dataclass(frozen=True, slots=True)
class Gate:
    """`waiting` counts those who wait for it, by the scope they wait in. `stirred`: somebody may be admitted now."""

    scope: str
    slots: int | None = None
    drained: bool = False
    used: int = 0
    held: int = 0  # sessions that hold the used slots
    waiting: Mapping[str, int] = field(default_factory=dict)
    usual: Mapping[str, float] = field(default_factory=dict)  # seconds that a session takes, by pipeline
    stirred: bool = False
    revision: int = 0

    @property
    def name(self) -> str:
        return self.scope.removeprefix("pool/")

    @property
    def pool(self) -> Pool:
        return Pool(self.name, self.slots, self.drained)

    @property
    def queue(self) -> int:
        return sum(self.waiting.values())

    @property
    def others(self) -> tuple[str, ...]:
        """Scopes in which somebody waits for this one, too."""
        return tuple(scope for scope in self.waiting if scope != self.scope)

    def took(self, slots: int) -> Gate:
        return replace(self, used=self.used + slots, held=self.held + 1)

    def freed(self, slots: int) -> Gate:
        return replace(self, used=self.used - slots, held=self.held - 1)

    def stirred_by(self, scopes: Sequence[str]) -> Gate:
        """Now that somebody left these scopes. Of those who wait in another of them, that one's gate is stirred."""
        concerns = (home for home in self.waiting if home == self.scope or home not in scopes)
        return replace(self, stirred=self.stirred or any(concerns))

    def joined(self, home: str, *, stirred: bool) -> Gate:
        waiting = {**self.waiting, home: self.waiting.get(home, 0) + 1}
        return replace(self, waiting=waiting, stirred=self.stirred or stirred)

    def left(self, home: str) -> Gate:
        waiting = {**self.waiting, home: self.waiting.get(home, 0) - 1}
        return replace(self, waiting={scope: count for scope, count in waiting.items() if count > 0})

    def learnt(self, pipeline: str, seconds: float) -> Gate:
        known = dict(self.usual)
        before = known.pop(pipeline, seconds)
        known[pipeline] = round(before + _NEWEST * (seconds - before), 3)
        return replace(self, usual=dict([*known.items()][-_MOST_USUAL:]))


def gate_record(gate: Gate, now: float) -> Record:
    body: dict[str, Json] = {name: getattr(gate, name) for name in Gate.__slots__ if name != "revision"}
    body |= {"waiting": dict(gate.waiting), "usual": dict(gate.usual)}
    indexes = {INDEX: ("all", gate.name)} if gate.scope.startswith("pool/") else {}
    if gate.stirred and gate.queue:
        indexes |= due_at(now, gate.scope)
    elif gate.queue and gate.held and not gate.drained:
        indexes |= due_at(now + HEAL, gate.scope)
    return Record(partition(gate.scope), GATE, body, indexes, gate.revision)


def gate_of(record: Record) -> Gate:
    body: dict[str, Any] = dict(record.body)
    return Gate(**body, revision=record.revision)


@dataclass(frozen=True, slots=True)
class Held:
    """A lease as stored in the scope that its session waited in. `of` is the start that it is for."""

    lease: Lease
    of: str
    scopes: tuple[str, ...]
    stopped: bool = False  # its session was asked to end, for a newer one
    record: Record = Record("", "", {})

    @property
    def unstarted(self) -> bool:
        """Nobody has said yet that its session was started."""
        return bool(self.record.indexes)

    def weight(self, scope: str) -> int:
        return self.lease.slots if scope.startswith("pool/") else 1


@dataclass(frozen=True, slots=True)
class Queued:
    """A request as stored in the scope that its session waits in."""

    request: Request
    of: str
    scopes: tuple[str, ...]
    on_excess: OnExcess = OnExcess.QUEUE
    record: Record = Record("", "", {})

    def weight(self, scope: str) -> int:
        return self.request.slots if scope.startswith("pool/") else 1

    def held(self, now: float) -> Held:
        one = self.request
        lease = Lease(one.session, one.pipeline, one.owner, one.slots, one.asked, now)
        return Held(lease, self.of, self.scopes)


def lease_records(held: Held, due: float | None = None) -> list[Record]:
    """In its first scope with all there is to know; in the others only who holds it."""
    one = held.lease
    body: dict[str, Json] = {name: getattr(one, name) for name in Lease.__slots__}
    body |= {"of": held.of, "scopes": list(held.scopes), "stopped": held.stopped}
    return _records(LEASE, one.session, held.scopes, body, one.asked, held.record.revision, due)


def wait_records(queued: Queued, due: float | None = None) -> list[Record]:
    one = queued.request
    body: dict[str, Json] = {name: getattr(one, name) for name in Request.__slots__}
    body |= {"of": queued.of, "scopes": list(queued.scopes), "on_excess": queued.on_excess.value}
    return _records(WAIT, one.session, queued.scopes, body, one.asked, queued.record.revision, due)


def _records(
    kind: str,
    session: str,
    scopes: Sequence[str],
    body: dict[str, Json],
    asked: float,
    revision: int,
    due: float | None,
) -> list[Record]:
    home, *others = scopes
    sort = f"{kind}#{session}"
    indexes = {} if due is None else due_at(due, sort)
    brief: dict[str, Json] = {"session": session, "home": home, "asked": asked}
    return [
        Record(partition(home), sort, body, indexes, revision),
        *(Record(partition(scope), sort, brief) for scope in others),
    ]


def deletions(kind: str, session: str, scopes: Sequence[str], revision: int) -> list[Deletion]:
    """Of all that `lease_records` or `wait_records` made; those of the other scopes never change."""
    home, *others = scopes
    sort = f"{kind}#{session}"
    return [Deletion(partition(home), sort, revision), *(Deletion(partition(scope), sort, 1) for scope in others)]


class PoolRecords:
    def __init__(self, table: Table) -> None:
        self.table = table

    def gate(self, scope: str) -> Gate:
        """As stored; that of a pipeline exists from its first session on. Raises NotFound for an unknown pool."""
        record = self.table.get(partition(scope), GATE)
        if record is not None:
            return gate_of(record)
        if scope.startswith("pool/"):
            name = scope.removeprefix("pool/")
            make = f"Make it: bunsui pool set {name} --slots 4"
            raise NotFound(f"there is no pool {name!r}", did_you_mean(name, (one.name for one in self.pools()), make))
        return Gate(scope)

    def pools(self) -> Iterator[Gate]:
        after: str | None = None
        while True:
            page = self.table.query_index(INDEX, "all", limit=1000, after=after)
            yield from map(gate_of, page.records)
            if (after := page.next) is None:
                return

    def lease(self, scope: str, session: str) -> Held | None:
        record = self.table.get(partition(scope), f"{LEASE}#{session}")
        return _held(record) if record else None

    def wait(self, scope: str, session: str) -> Queued | None:
        record = self.table.get(partition(scope), f"{WAIT}#{session}")
        return _queued(record) if record else None

    def leases(self, scope: str) -> list[Held]:
        """Of sessions that were admitted in this scope."""
        return [_held(record) for record in self.every(scope, LEASE) if "scopes" in record.body]

    def waits(self, scope: str) -> list[Queued]:
        """Of sessions that wait in this scope."""
        return [_queued(record) for record in self.every(scope, WAIT) if "scopes" in record.body]

    def every(self, scope: str, kind: str) -> Iterator[Record]:
        after: str | None = None
        while True:
            page = self.table.query(partition(scope), f"{kind}#", limit=1000, after=after)
            yield from page.records
            if (after := page.next) is None:
                return


def _held(record: Record) -> Held:
    body: Any = record.body
    return Held(Lease(*_lease_fields(body)), body["of"], tuple(body["scopes"]), body["stopped"], record)


def _queued(record: Record) -> Queued:
    body: Any = record.body
    request = Request(*_request_fields(body))
    return Queued(request, body["of"], tuple(body["scopes"]), _ON_EXCESS[body["on_excess"]], record)


_lease_fields = itemgetter(*Lease.__slots__)
_request_fields = itemgetter(*Request.__slots__)
_ON_EXCESS = {one.value: one for one in OnExcess}  # looked up thousands of times: a queue may be long
