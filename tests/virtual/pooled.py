"""A world whose sessions share pools: ends are told to the session manager, and what is due is swept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from bunsui.model.pipeline import Pipeline
from bunsui.model.session import Session
from bunsui.services.agenda import Agenda
from bunsui.services.pools.manager import PoolManager
from bunsui.services.pools.records import GATE, LEASE, WAIT
from bunsui.services.sessions.manager import SessionManager
from bunsui.services.wiring import Ports
from virtual.host import Run
from virtual.pipelines import op, pipeline
from virtual.world import World


def pooled(name: str = "etl", *, operations: int = 1, **concurrency: object) -> Pipeline:
    made = [op(f"step{n}", *([f"step{n - 1}"] if n else [])) for n in range(operations)]
    return pipeline(*made, name=name, policies={"concurrency": concurrency})


class Pooled(World):
    def __init__(self) -> None:
        super().__init__()
        self.pools = PoolManager(Ports(self.table, self.objects, self.machines), lambda: self.sessions.pools)
        self.told: set[str] = set()  # executions whose end was told, or got lost
        self.managers: dict[str, SessionManager] = {"ada": self.sessions}

    def by(self, owner: str) -> SessionManager:
        if owner not in self.managers:
            self.managers[owner] = self.manager(owner)
        return self.managers[owner]

    def begin(self, made: Pipeline, owner: str = "ada", name: str | None = None) -> Session:
        return self.by(owner).start(self.named(made), {}, name=name)

    def ended(self) -> list[Run]:
        return [run for run in self.host.runs.values() if run.status != "RUNNING" and self._mark(run) not in self.told]

    def _mark(self, run: Run) -> str:
        return f"{run.name} {run.state.redrive_count if run.state else 0}"

    def tell(self, run: Run) -> None:
        self.told.add(self._mark(run))
        self.sessions.execution_ended(run.name)

    def turn(self) -> bool:
        """The next thing happens, and whoever ended is told of."""
        if self.host.next is None:
            return False
        self.host.drain(self.host.next)
        for run in self.ended():
            self.tell(run)
        return True

    def _sleep(self, seconds: float) -> None:
        super()._sleep(seconds)
        for run in self.ended():
            self.tell(run)

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        while not until() and self.turn():
            pass

    def sweep(self) -> None:
        pools = self.sessions.pools
        doers = {GATE: pools.attend_gate, LEASE: pools.attend_lease, WAIT: pools.attend_wait}
        look = {"session": lambda record: self.sessions.refresh(str(record.body["id"]))}
        Agenda(self.table, lambda: self.host.now, {**doers, **look}).sweep()

    def statuses(self) -> dict[str, str]:
        found = (records["session"] for name, records in self.table.partitions.items() if "session" in records)
        return {str(one.body["id"]): str(one.body["status"]) for one in found}

    def counts(self) -> Counter[str]:
        return Counter(self.statuses().values())
