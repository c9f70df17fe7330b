"""PoolManager: pools as people see and change them. What sessions do in them is in `pools`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from bunsui.errors import Conflict, InvalidInput, NotFound, Refused
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.services.pools.admitting import TRIES
from bunsui.services.pools.pools import Pools
from bunsui.services.pools.records import Gate, Held, PoolRecords, partition
from bunsui.services.records.sessions import SessionStore
from bunsui.services.views import HeldSlots, PoolPage, PoolView
from bunsui.services.wiring import Ports

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")  # as `concurrency.pool` is checked
_MOST_SLOTS = 10_000


class PoolManager:
    def __init__(self, ports: Ports, pools: Callable[[], Pools]) -> None:
        self._records = PoolRecords(ports.table)
        self._store = SessionStore(ports.table)
        self._pools = pools

    def list(self) -> Sequence[PoolView]:
        """All pools, by name."""
        return tuple(map(_view, self._records.pools()))

    def show(self, name: str) -> PoolPage:
        """Who holds its slots, and who waits for them in which order. Raises NotFound."""
        scope, gate = self._found(name)
        held = sorted(self._records.leases(scope), key=lambda one: one.lease.admitted)
        return PoolPage(_view(gate), tuple(map(self._holding, held)), tuple(self._pools().line(scope)))

    def set(self, name: str, slots: int) -> PoolView:
        """Make it, or change how many slots it has. Who runs goes on running; who fits now is started."""
        if not _NAME.fullmatch(name):
            raise InvalidInput(f"{name!r} cannot be a pool's name", "1 to 40 of a-z, 0-9 and -, and a letter first")
        if not 1 <= slots <= _MOST_SLOTS:
            raise InvalidInput(
                f"a pool has 1 to {_MOST_SLOTS} slots, not {slots}", "To admit nobody: bunsui pool drain"
            )
        return self._changed(name, lambda gate: replace(gate, slots=slots), new=Gate(f"pool/{name}"))

    def drain(self, name: str, *, drained: bool = True) -> PoolView:
        """Admit nobody any more, or go on. Who runs goes on running. Raises NotFound."""
        return self._changed(name, lambda gate: replace(gate, drained=drained))

    def _changed(self, name: str, change: Callable[[Gate], Gate], new: Gate | None = None) -> PoolView:
        scope = f"pool/{name}"
        for _ in range(TRIES):
            gate = self._gate(scope, new)
            changed = replace(change(gate), stirred=bool(gate.queue))
            try:
                self._pools().store(changed)
                return _view(self._records.gate(scope))
            except Conflict:
                continue
        raise Conflict(f"pool {name} is changed too fast")

    def _gate(self, scope: str, new: Gate | None) -> Gate:
        try:
            return self._records.gate(scope)
        except NotFound:
            if new is None:
                raise
            return new

    def holding(self, name: str, ref: str) -> HeldSlots:
        """What a session holds of a pool. Raises NotFound."""
        return self._holding(self._held(name, ref))

    def release(self, name: str, ref: str) -> HeldSlots:
        """Give a session's slots back by hand, whether or not it still runs. Raises NotFound, Refused."""
        held = self._held(name, ref)
        found = self._holding(held)
        if held.unstarted:
            raise Refused(f"session {found.session} is just being started", f"bunsui session show {found.session}")
        self._pools().free(held)
        return found

    def _held(self, name: str, ref: str) -> Held:
        scope, _ = self._found(name)
        try:
            session = self._store.find(ref).id
        except NotFound:
            session = ref  # it is no more, and may hold slots all the same
        held = self._records.lease(scope, session)
        if held is None:
            waits = ": it waits for them" if self._records.wait(scope, session) else ""
            raise NotFound(f"session {session} holds no slots of pool {name}{waits}", f"bunsui pool show {name}")
        return held

    def _found(self, name: str) -> tuple[str, Gate]:
        """A pool, or (``pipeline/<name>``) a pipeline that counts its sessions."""
        scope = name if "/" in name else f"pool/{name}"
        if "/" in name and self._records.table.get(partition(scope), "gate") is None:
            raise NotFound(f"nobody ever waited for {name}", "See the pools: bunsui pool list")
        return scope, self._records.gate(scope)

    def _holding(self, held: Held) -> HeldSlots:
        one, session = held.lease, self._session(held.lease.session)
        return HeldSlots(
            session=one.session,
            pipeline=one.pipeline,
            owner=one.owner,
            slots=one.slots,
            since=one.admitted,
            status=session.status if session else None,
            running=session is not None and session.status is SessionStatus.RUNNING,
        )

    def _session(self, id: str) -> Session | None:
        try:
            return self._store.get(id)
        except NotFound:
            return None


def _view(gate: Gate) -> PoolView:
    return PoolView(gate.name, gate.slots, gate.used, gate.held, gate.queue, gate.drained)
