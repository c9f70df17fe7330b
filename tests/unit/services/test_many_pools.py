"""Sessions of several owners over five pools, with crashes, in virtual time: limits hold always, none is lost."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import pytest

from bunsui.errors import BunsuiError
from bunsui.model.json import Json
from bunsui.model.pipeline import Pipeline
from bunsui.services.pools.records import PoolRecords
from virtual.host import Reply, TaskCall
from virtual.pooled import Pooled, pooled


class Killed(BaseException):
    """The process that was writing is no more."""


@dataclass
class Trial(Pooled):
    """`deadly`: the share of writes that their process does not survive; `deaf`: of ends that nobody is told of."""

    seed: int
    sessions_in_all: int
    deadly: float = 0.01
    deaf: float = 0.05
    pace: float = 0.5  # seconds between two starts
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        super().__init__()
        self.chance = random.Random(self.seed)
        self.slots = {f"pool-{n}": self.chance.randint(3, 12) for n in range(5)}
        for name, slots in self.slots.items():
            self.pools.set(name, slots)
        self.made = [self._pipeline(n) for n in range(15)]
        self.asked: dict[str, tuple[Pipeline, str]] = {}
        self.kills = 0
        self.table.before_write = self._maybe_die

    def _pipeline(self, number: int) -> Pipeline:
        pool = f"pool-{number % 5}"
        wants: dict[str, Json] = {"pool": pool, "slots": self.chance.randint(1, max(self.slots[pool] // 2, 1))}
        if number % 3 == 0:
            wants["max_sessions"] = self.chance.randint(1, 3)
        return pooled(f"p{number}", priority=self.chance.choice([0, 0, 5]), **wants)

    def _behave(self, call: TaskCall) -> Reply:
        return Reply(self.chance.uniform(1, 20), {"n": 1})

    def _maybe_die(self) -> None:
        if self.chance.random() < self.deadly:
            self.kills += 1
            raise Killed

    def play(self) -> None:
        for number in range(self.sessions_in_all):
            name, owner = f"s{number:05}", f"owner-{min(int(self.chance.expovariate(1)), 4)}"
            made = self.chance.choice(self.made)
            self.asked[name] = (made, owner)
            self.alive(lambda name=name, made=made, owner=owner: self.begin(made, owner, name))
            self.reach(self.host.now + self.chance.expovariate(1 / self.pace))
        while {"CREATED", "QUEUED"} & self.counts().keys():  # the sweep alone sees to them
            self.reach(self.host.now + 10)
            self.alive(self.sweep)
            assert self.host.now < 1e5, self.counts()
        self.reach(self.host.now + 100)
        for name in self.statuses():
            self.alive(lambda name=name: self.sessions.refresh(name))
        assert self.counts() == {"COMPLETED": self.sessions_in_all}

    def alive(self, what) -> None:
        """Again until a process survives it, as somebody would type it again."""
        while True:
            try:
                what()
                return
            except Killed:
                self.managers.clear()
                self.sessions = self.by("ada")

    def reach(self, until: float) -> None:
        while self.host.next is not None and self.host.next <= until:
            self.host.drain(self.host.next)
            for run in self.ended():
                self.told.add(self._mark(run))
                if self.chance.random() >= self.deaf:
                    self.survive(run.name)
        self.host.now = max(self.host.now, until)

    def survive(self, execution: str) -> None:
        """Whoever is told may die over it; nobody tells it again."""
        try:
            self.sessions.execution_ended(execution)
        except (Killed, BunsuiError):
            self.managers.clear()
            self.sessions = self.by("ada")

    def weights(self) -> dict[str, tuple[str, int, int | None]]:
        found = {}
        for name, (made, _) in self.asked.items():
            wants = made.policies["concurrency"]
            found[name] = (wants["pool"], wants["slots"], wants.get("max_sessions"))
        return found

    def check(self) -> None:
        """From the executions' own times: at no instant more than there is."""
        weights, used, running = self.weights(), Counter(), Counter()
        moments = defaultdict(list)
        for run in self.host.runs.values():
            session = run.name.rpartition("-")[0]
            moments[run.ended].append((0, -1, session))
            moments[run.started].append((1, 1, session))
        for at in sorted(moments):
            for _, sign, session in sorted(moments[at]):
                pool, slots, limit = weights[session]
                used[pool] += sign * slots
                pipeline = self.asked[session][0].name
                running[pipeline] += sign
                assert used[pool] <= self.slots[pool], (at, pool)
                assert limit is None or running[pipeline] <= limit, (at, pipeline)
        records = PoolRecords(self.table)
        for pool in self.slots:
            gate = records.gate(f"pool/{pool}")
            assert (gate.used, gate.held, gate.queue) == (0, 0, 0)
            assert records.leases(gate.scope) == []
            assert records.waits(gate.scope) == []
        assert len(self.host.runs) == len(self.asked)  # none is lost, none ran twice


@pytest.mark.parametrize("seed", range(2))
def test_limits_hold_at_every_instant_and_no_session_is_lost(seed: int) -> None:
    trial = Trial(seed, 250)
    trial.play()
    trial.check()
    assert trial.kills > 10


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10, 14))
def test_two_thousand_sessions_of_five_owners(seed: int) -> None:
    trial = Trial(seed, 2000, pace=1.0)
    trial.play()
    trial.check()
