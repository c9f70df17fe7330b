"""Who is admitted: each rule a claim, and all of them over thousands of random sessions in virtual time."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from dataclasses import dataclass, field

import pytest

from bunsui.analysis.admission import Lease, Pool, Request, Rules, Why, admissions, decide, superseded

POOL = Pool("warehouse", 4)


def request(session: str, *, owner: str = "ada", slots: int = 1, asked: float = 0.0, **more) -> Request:
    return Request(session, more.pop("pipeline", "etl"), owner, slots, asked, **more)


def lease(session: str, *, owner: str = "ada", slots: int = 1, admitted: float = 0.0, pipeline: str = "etl") -> Lease:
    return Lease(session, pipeline, owner, slots, admitted, admitted)


def names(decision) -> list[str]:
    return [one.session for one in decision.admitted]


def line(decision) -> list[tuple[str, Why]]:
    return [(one.request.session, one.why) for one in decision.waiting]


def test_an_empty_pool_admits_as_many_as_it_has_slots() -> None:
    found = decide(POOL, [], [request(f"s{n}", asked=n) for n in range(6)], 10)
    assert names(found) == ["s0", "s1", "s2", "s3"]
    assert line(found) == [("s4", Why.FULL), ("s5", Why.FULL)]


def test_slots_that_are_held_are_not_given_twice() -> None:
    found = decide(POOL, [lease("old", slots=3)], [request("two", slots=2), request("one", asked=1)], 10)
    assert names(found) == ["one"]


def test_a_drained_pool_admits_nobody() -> None:
    found = decide(Pool("warehouse", 4, drained=True), [], [request("s")], 10)
    assert names(found) == []
    assert line(found) == [("s", Why.DRAINED)]


def test_a_pool_without_slots_is_bounded_by_the_limits_of_pipelines_alone() -> None:
    queue = [request(f"s{n}", asked=n, limit=2) for n in range(3)]
    found = decide(Pool("pipeline/etl"), [], queue, 10)
    assert names(found) == ["s0", "s1"]
    assert line(found) == [("s2", Why.LIMIT)]


def test_running_sessions_of_the_pipeline_count_wherever_they_run() -> None:
    found = decide(POOL, [], [request("s", limit=1), request("t", pipeline="load", limit=1)], 10, {"etl": 1})
    assert names(found) == ["t"]
    assert line(found) == [("s", Why.LIMIT)]


def test_what_can_never_fit_stands_in_nobody_s_way() -> None:
    found = decide(POOL, [], [request("huge", slots=5), request("s", asked=999)], 1000)
    assert names(found) == ["s"]
    assert line(found) == [("huge", Why.TOO_LARGE)]


def test_of_one_owner_the_first_that_asked_goes_first() -> None:
    found = decide(Pool("p", 1), [], [request("late", asked=2), request("early", asked=1)], 10)
    assert names(found) == ["early"]


def test_a_priority_is_worth_as_many_minutes_of_waiting() -> None:
    patient, urgent = request("patient", asked=0), request("urgent", asked=300, priority=5)
    assert names(decide(Pool("p", 1), [], [patient, urgent], 300)) == ["patient"]
    assert names(decide(Pool("p", 1), [], [patient, request("urgent", asked=290, priority=5)], 300)) == ["urgent"]


def test_between_owners_whoever_holds_fewer_slots_goes_first() -> None:
    held = [lease("a1", owner="ada", slots=2, admitted=10), lease("b1", owner="bob", admitted=10)]
    queue = [request("a2", owner="ada", asked=1), request("b2", owner="bob", asked=9)]
    assert names(decide(POOL, held, queue, 10)) == ["b2"]


def test_slots_are_dealt_out_in_turn() -> None:
    queue = [request(f"a{n}", owner="ada", asked=n / 10) for n in range(4)]
    queue += [request(f"b{n}", owner="bob", asked=5 + n / 10) for n in range(4)]
    found = decide(POOL, [], queue, 10)
    assert names(found) == ["a0", "b0", "a1", "b1"]
    assert [one for one, _ in line(found)] == ["a2", "b2", "a3", "b3"]


def test_a_higher_priority_goes_before_another_owner_s_fairness() -> None:
    held = [lease("a1", owner="ada", slots=3, admitted=10)]
    queue = [request("urgent", owner="ada", asked=10, priority=9), request("b", owner="bob", asked=10)]
    assert names(decide(POOL, held, queue, 10)) == ["urgent"]


def test_waiting_lifts_another_owner_s_session_to_the_highest_priority() -> None:
    held = [lease("a1", owner="ada", slots=3, admitted=10)]
    queue = [request("urgent", owner="ada", asked=10, priority=9), request("b", owner="bob", asked=10 - 9 * 60)]
    assert names(decide(POOL, held, queue, 10)) == ["b"]


def test_an_owner_without_an_admission_for_long_is_not_kept_back_by_what_it_holds() -> None:
    held = [lease("x1", owner="xi", admitted=0)]
    queue = [request("x2", owner="xi", asked=0), request("new", owner="newcomer", asked=119)]
    assert names(decide(Pool("p", 2), held, queue, 119)) == ["x2"]


def test_small_ones_pass_a_large_one_that_does_not_fit() -> None:
    found = decide(POOL, [lease("old", slots=2)], [request("large", slots=3), request("small", asked=5)], 30)
    assert names(found) == ["small"]
    assert line(found) == [("large", Why.FULL)]


def test_slots_are_kept_for_a_large_one_that_has_waited_long() -> None:
    found = decide(POOL, [lease("old", slots=2)], [request("large", slots=3), request("small", asked=5)], 61)
    assert names(found) == []
    assert line(found) == [("large", Why.FULL), ("small", Why.KEPT)]
    assert found.waiting[1].kept_for == "large"


def test_no_slots_are_kept_for_one_that_only_its_pipeline_s_limit_holds_back() -> None:
    queue = [request("limited", slots=3, pipeline="load", limit=1), request("small", asked=5)]
    assert names(decide(POOL, [lease("old", slots=2, pipeline="load")], queue, 999)) == ["small"]


def test_positions_count_everybody_once() -> None:
    queue = [request(f"s{n}", owner=f"o{n % 3}", asked=n) for n in range(50)]
    found = decide(POOL, [], queue, 60)
    assert [one.position for one in found.waiting] == list(range(1, 47))
    assert {one.request.session for one in found.waiting} | set(names(found)) == {one.session for one in queue}


def test_the_newest_stay_where_the_oldest_are_cancelled() -> None:
    held = [lease("running", admitted=1), request("old", asked=2), request("new", asked=3)]
    assert superseded(held, 1) == ("running", "old")
    assert superseded(held, 3) == ()


# Thousands of sessions in virtual time


@dataclass
class Simulation:
    """Sessions arrive at random, are admitted by `decide` and end at random; every claim is checked at every moment."""

    seed: int
    sessions: int
    load: float = 1.0
    pools: int = 5
    owners: int = 6
    rules: Rules = field(default_factory=Rules)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.size = {f"pool-{n}": self.chance.randint(3, 12) for n in range(self.pools)}
        self.limits = {f"pipeline-{n}": self.chance.choice([None, None, 2, 5]) for n in range(8)}
        self.held: dict[str, list[Lease]] = {name: [] for name in self.size}
        self.queues: dict[str, list[Request]] = {name: [] for name in self.size}
        self.waited: dict[str, float] = {}
        self.longest = 0.0

    def run(self) -> None:
        events: list[tuple[float, int, str, object]] = []
        now = 0.0
        for number in range(self.sessions):
            now += self.chance.expovariate(self.load)
            heapq.heappush(events, (now, number, "ask", self.arrival(number, now)))
        number = self.sessions
        while events:
            now, _, what, body = heapq.heappop(events)
            if what == "ask":
                name, asked = body
                self.queues[name].append(asked)
            else:
                name, ended = body
                self.held[name].remove(ended)
            for one in self.size if what == "end" else [name]:  # a limit may be over several pools
                for started in self.admit(one, now):
                    number += 1
                    took = self.chance.expovariate(1 / 30)
                    self.longest = max(self.longest, took)
                    heapq.heappush(events, (now + took, number, "end", (one, started)))

    def arrival(self, number: int, now: float) -> tuple[str, Request]:
        pool = self.chance.choice(list(self.size))
        pipeline = self.chance.choice(list(self.limits))
        large = self.chance.random() < 0.1
        slots = self.size[pool] if large else self.chance.randint(1, max(self.size[pool] // 3, 1))
        owner = f"owner-{min(int(self.chance.expovariate(1)), self.owners - 1)}"  # the first asks for most
        priority = self.chance.choice([0, 0, 0, 0, 3, 10])
        return pool, Request(f"s{number}", pipeline, owner, slots, now, priority, self.limits[pipeline])

    def busy(self) -> Counter[str]:
        return Counter(one.pipeline for every in self.held.values() for one in every)

    def admit(self, name: str, now: float) -> list[Lease]:
        pool = Pool(name, self.size[name])
        found = decide(pool, self.held[name], self.queues[name], now, self.busy(), self.rules)
        started = [Lease(r.session, r.pipeline, r.owner, r.slots, r.asked, now) for r in found.admitted]
        self.waited |= {one.session: now - one.asked for one in found.admitted}
        self.check_fairness(name, found.admitted, now)
        self.held[name] += started
        self.queues[name] = [one.request for one in found.waiting]
        self.check_bounds(name)
        self.check_idle(name, found.waiting, now)
        return started

    def check_bounds(self, name: str) -> None:
        assert sum(one.slots for one in self.held[name]) <= self.size[name]
        for pipeline, count in self.busy().items():
            limit = self.limits[pipeline]
            assert limit is None or count <= limit

    def check_idle(self, name: str, waiting, now: float) -> None:
        free = self.size[name] - sum(one.slots for one in self.held[name])
        busy = self.busy()
        for one in waiting:
            limit = one.request.limit
            fits = one.request.slots <= free and (limit is None or busy[one.request.pipeline] < limit)
            if fits:
                keeper = next(w.request for w in waiting if w.request.session == one.kept_for)
                assert now - keeper.asked >= self.rules.patience
                assert keeper.slots > free

    def check_fairness(self, name: str, admitted, now: float) -> None:
        """Nobody is admitted while an owner that holds less, and waits as long, could have been."""
        slots, last = Counter(), {}
        for one in self.held[name]:
            slots[one.owner] += one.slots
            last[one.owner] = max(one.admitted, last.get(one.owner, 0))
        left = {one.session: one for one in self.queues[name]}
        for one in admitted:
            free = self.size[name] - sum(slots.values())
            for other in left.values():
                equal = other.priority >= one.priority and other.asked <= one.asked
                fits = other.slots <= free and other.limit is None
                if equal and fits and other.owner != one.owner and last.get(other.owner, 0) <= last.get(one.owner, 0):
                    assert slots[one.owner] <= slots[other.owner] + 1 + (now - one.asked) // self.rules.ageing
            slots[one.owner] += one.slots
            last[one.owner] = now
            del left[one.session]


@pytest.mark.parametrize("seed", range(3))
def test_thousands_of_sessions_never_exceed_a_limit_and_no_slot_is_idle_while_one_could_start(seed: int) -> None:
    simulation = Simulation(seed, 1000, load=0.5)
    simulation.run()
    assert len(simulation.waited) == 1000


def test_nobody_starves_under_an_endless_stream_of_small_urgent_sessions() -> None:
    pool, held, queue = Pool("p", 4), [], [request("large", owner="bob", slots=4, asked=0)]
    for second in range(2000):
        held = [one for one in held if second - one.admitted < 40]
        queue.append(request(f"s{second}", owner=f"o{second % 7}", asked=second, priority=5))
        found = decide(pool, held, queue, second)
        held += [Lease(r.session, r.pipeline, r.owner, r.slots, r.asked, second) for r in found.admitted]
        queue = [one.request for one in found.waiting]
        if "large" in names(found):
            break
    assert second < (5 + 1) * 60 + 2 * 60 + 40


def test_owners_who_always_wait_get_the_same_share() -> None:
    chance, pool, held, served = random.Random(7), Pool("p", 12), [], Counter()
    queue = [request(f"a{n}", owner="ada", asked=0) for n in range(500)]
    queue += [request(f"b{n}", owner="bob", asked=100 + n / 100) for n in range(150)]
    queue += [request(f"c{n}", owner="cy", slots=2, asked=200 + n / 100) for n in range(75)]
    for second in range(210, 450):
        held = [one for one in held if chance.random() > 0.1]
        admitted = admissions(pool, held, queue, second)
        held += [Lease(r.session, r.pipeline, r.owner, r.slots, r.asked, second) for r in admitted]
        queue = [one for one in queue if one not in admitted]
        for one in held:
            served[one.owner] += one.slots
    assert {one.owner for one in queue} >= {"ada", "bob"}
    assert max(served.values()) < 1.3 * min(served.values())


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 120))
def test_many_more_sessions_of_many_more_loads(seed: int) -> None:
    load = random.Random(seed).choice([0.2, 0.4, 0.6])
    simulation = Simulation(seed, 3000, load=load, owners=12)
    simulation.run()
    assert len(simulation.waited) == 3000
