"""Ways out x how it broke x structure x mode: the plan says exactly what then runs, and outputs come out right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pytest

from bunsui.analysis.ways import Action, Ask, Way
from bunsui.errors import Refused
from bunsui.model.json import Json
from bunsui.model.pipeline import OnFailure, Operation, Pipeline, RunIf
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from virtual.pipelines import op

_S = SessionStatus
_CLEAN: dict[str, Json] = {}


def reading(name: str, *needs: str, **keys) -> Operation:
    """It is given the values of what it needs."""
    texts = [f"$exists(${need}.n)?${need}.n:${need}.succeeded" for need in needs]
    given: dict[str, Json] = {"from": "{% [" + ",".join(texts) + "] %}"}
    if "for_each" in keys:
        given["item"] = "{% $item %}"
    return op(name, *needs, given=given, **keys)


def _pipeline(*operations: Operation, **keys) -> Pipeline:
    names = [one.name for one in operations if one.run_if is not RunIf.ONE_FAILED]
    outputs = {name: f"{{% $exists(${name}.n)?${name}.n:${name} %}}" for name in names}
    return Pipeline("some", {one.name: one for one in operations}, outputs=outputs, **keys)


# A chain beside a fan-out, and both joined: `first` is at the top, `middle` in the middle, `leaf` and `other` below.
def series_parallel(**keys) -> Pipeline:
    return _pipeline(
        reading("first"),
        reading("middle", "first"),
        reading("leaf", "middle"),
        reading("many", "first", for_each=[1, 2, 3, 4]),
        reading("other", "many"),
        reading("last", "leaf", "other"),
        reading("alarm", "leaf", run_if=RunIf.ONE_FAILED),
        **keys,
    )


# The same with edges across, so that mailboxes are needed.
def crossed(**keys) -> Pipeline:
    return _pipeline(
        reading("first"),
        reading("second"),
        reading("middle", "first"),
        reading("many", "first", "second", for_each=[1, 2, 3, 4]),
        reading("leaf", "middle", "second"),
        reading("other", "many", "first"),
        reading("last", "leaf", "other"),
        reading("alarm", "leaf", run_if=RunIf.ONE_FAILED),
        **keys,
    )


@dataclass(frozen=True)
class Trouble:
    """What breaks; `slow` operations are cut off by a timeout or a cancel."""

    broken: tuple[str | tuple[str, int], ...] = ()
    slow: tuple[str, ...] = ()
    timeout: int | None = None
    cancelled: bool = False
    status: SessionStatus = _S.FAILED
    culprit: str = "leaf"


TROUBLES = {
    "leaf": Trouble(("last",), culprit="last"),
    "middle": Trouble(("middle",), culprit="middle"),
    "top": Trouble(("first",), culprit="first"),
    "item": Trouble((("many", 2),), culprit="many"),
    "two": Trouble(("leaf", "other")),
    "timed-out": Trouble(slow=("leaf",), timeout=60, status=_S.TIMED_OUT),
    "cancelled": Trouble(slow=("middle",), cancelled=True, status=_S.CANCELLED, culprit="middle"),
    "cancelled-items": Trouble(slow=("many",), cancelled=True, status=_S.CANCELLED, culprit="many"),
    "none": Trouble(status=_S.COMPLETED),
}
STRUCTURES: Mapping[str, Callable[..., Pipeline]] = {"sp": series_parallel, "crossed": crossed}
MODES = (OnFailure.CONTINUE, OnFailure.FAIL_FAST)


@pytest.fixture(params=[f"{t}/{s}/{m}" for t in TROUBLES for s in STRUCTURES for m in MODES])
def broken(request, world):
    """A session that ended as the trouble says."""
    trouble, structure, mode = request.param.split("/")
    return Broken(world, TROUBLES[trouble], STRUCTURES[structure], OnFailure(mode))


@dataclass
class Broken:
    world: object
    trouble: Trouble
    structure: Callable[..., Pipeline]
    mode: OnFailure
    session: Session = field(init=False)

    def __post_init__(self) -> None:
        world = self.world
        world.broken |= set(self.trouble.broken)
        world.slow |= set(self.trouble.slow)
        self.pipeline = self.structure(on_failure=self.mode, timeout=self.trouble.timeout)
        self.session = world.start(self.pipeline)
        if self.trouble.cancelled:
            world.host.drain(100.0)
            world.sessions.cancel(self.session.id)
        self.session = world.settle(self.session.id)
        assert self.session.status is self.trouble.status
        world.broken.clear()
        world.slow.clear()

    def way(self, action: Action, *names: str, **outputs: Json) -> Way:
        return self.world.sessions.plan_way(self.session.id, action, Ask(names, outputs))

    def follow(self, way: Way) -> Session:
        """Carry it out, and hold what runs against what was planned."""
        host = self.world.host
        before, keys = len(host.calls), _keys(host.calls)
        recovered = self.world.sessions.recover(way, why="mended")
        ended = self.world.settle(recovered.id)
        calls = host.calls[before:]
        ran = Counter(call.operation for call in calls)
        assert set(ran) == set(way.rerun)
        assert not set(ran) & set(way.reused)
        for name, items in way.items.items():
            assert ran[name] == items.again, name
        several = {name for name in ran if ran[name] > 1}
        assert several <= {"many"}
        repeated = {call.operation for call in calls if call.context["key"] in keys}
        assert not repeated & set(way.raised), "what is raised has new keys"
        renewed = {call.operation for call in calls if call.context["generation"] > 0}
        assert renewed == set(way.raised) & set(way.rerun)
        return ended


def _keys(calls) -> set[str]:
    """Of tasks that succeeded or failed, by their idempotency key."""
    return {call.context["key"] for call in calls}


def clean(broken: Broken, worlds, pipeline: Pipeline | None = None, **outputs: Json) -> Json:
    """What comes out where nothing ever breaks."""
    key = repr((replace(pipeline or broken.pipeline, timeout=None), outputs))
    if key not in _CLEAN:
        world = worlds()
        world.outputs |= outputs
        session = world.settle(world.start(replace(pipeline or broken.pipeline, timeout=None)).id)
        assert session.status is _S.COMPLETED
        _CLEAN[key] = world.output(session)
    return _CLEAN[key]


def right(broken: Broken, ended: Session, expected: Json) -> None:
    assert ended.status is _S.COMPLETED, ended.reason
    assert broken.world.output(ended) == expected


def done_before(broken: Broken) -> set[str]:
    return set(broken.world.sessions._recovering.known(broken.session).checkpoint.resume)


def test_a_resume_runs_what_is_not_done_and_nothing_else(broken, worlds) -> None:
    way = broken.way(Action.RESUME)
    if broken.session.status is _S.COMPLETED:
        assert (way.possible, way.why) == (False, "it is COMPLETED, so that there is nothing to resume")
        return
    assert set(way.reused) == done_before(broken)
    assert {*way.rerun, *way.skipped, *way.reused} == set(broken.pipeline.operations)
    right(broken, broken.follow(way), clean(broken, worlds))


def test_a_redrive_is_offered_where_an_operation_was_cut_off_and_runs_just_that(broken, worlds) -> None:
    way = broken.way(Action.REDRIVE)
    failed = broken.session.status is _S.FAILED
    if broken.session.status is _S.COMPLETED:
        assert not way.possible
    elif failed and broken.mode is OnFailure.CONTINUE:
        assert not way.possible
        assert "continue caught" in way.why
    else:
        assert way.possible, way.why
        right(broken, broken.follow(way), clean(broken, worlds))
        assert len(broken.world.sessions.get(broken.session.id).executions) == 1


def test_a_restart_runs_everything(broken, worlds) -> None:
    way = broken.way(Action.RESTART)
    assert way.reused == ()
    right(broken, broken.follow(way), clean(broken, worlds))


@pytest.mark.parametrize("name", ["first", "middle", "many", "leaf", "last"])
def test_a_rerun_runs_it_and_all_below_it_and_what_is_missing(broken, worlds, name) -> None:
    way = broken.way(Action.RERUN, name)
    done = done_before(broken)
    needs = broken.pipeline.operations[name].needs
    if not set(needs) <= done:
        assert (way.possible, "not done" in way.why) == (False, True)
        return
    assert not {name, "last"} & set(way.reused)
    assert set(way.reused) <= done
    right(broken, broken.follow(way), clean(broken, worlds))


@pytest.mark.parametrize("name", ["middle", "many", "leaf"])
def test_a_restart_from_an_operation_keeps_only_what_it_needs(broken, worlds, name) -> None:
    way = broken.way(Action.FROM, name)
    if not way.possible:
        assert not set(broken.pipeline.operations[name].needs) <= done_before(broken)
        return
    assert set(way.reused) <= {"first", "second", "middle"} - {name}
    right(broken, broken.follow(way), clean(broken, worlds))


@pytest.mark.parametrize("name", ["first", "middle", "leaf"])
def test_a_skipped_operation_gives_what_it_was_said_to_give(broken, worlds, name) -> None:
    way = broken.way(Action.SKIP, name, **{name: {"n": 77}})
    if not way.possible:
        assert not set(broken.pipeline.operations[name].needs) <= done_before(broken)
        return
    assert name not in way.rerun
    right(broken, broken.follow(way), clean(broken, worlds, **{name: {"n": 77}}))


@pytest.mark.parametrize("name", ["first", "middle", "many", "leaf", "last"])
def test_an_edit_reruns_what_it_changed_and_all_below(broken, worlds, name) -> None:
    old = broken.pipeline.operations[name]
    new = replace(old, arguments={**old.arguments, "plus": 5})
    edited = replace(broken.pipeline, operations={**broken.pipeline.operations, name: new})
    broken.world.written = edited
    done = done_before(broken)
    way = broken.way(Action.EDITED)
    assert dict(way.changes) == {name: ("with",)}
    assert {name, "last"} <= {*way.rerun, *way.skipped}
    assert set(way.reused) <= done - {name}
    assert (name in way.raised) == (name in done or name in partly_done(broken))
    right(broken, broken.follow(way), clean(broken, worlds, edited))


def partly_done(broken: Broken) -> set[str]:
    known = broken.world.sessions._recovering.known(broken.session).checkpoint
    return {name for name, items in known.partial.items() if items}


def test_an_ended_session_cannot_be_cancelled(broken) -> None:
    way = broken.way(Action.CANCEL)
    assert (way.possible, way.why) == (False, f"it has ended already ({broken.session.status})")
    with pytest.raises(Refused, match="it has ended"):
        broken.world.sessions.recover(way)


def test_every_plan_has_every_way_out(broken) -> None:
    plan = broken.world.sessions.recovery_plan(broken.session.id)
    assert [way.action for way in plan.ways] == list(Action)
    assert all(way.possible or way.why for way in plan.ways)
    suggested = None if broken.session.status is _S.COMPLETED else Action.RESUME
    assert plan.suggested is suggested
