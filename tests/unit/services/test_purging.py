"""Purging: only what has ended, all that is its own, nothing that another session needs; whoever is killed when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bunsui.errors import Refused
from bunsui.model.failure import Category, ErrorAnalysis
from bunsui.model.pipeline import Pipeline
from bunsui.model.status import ExecutionStatus, SessionStatus
from bunsui.ports import Record
from bunsui.services.errors.records import ErrorRecords
from bunsui.services.pipelines.registry import definition_key
from bunsui.services.records.sessions import partition
from bunsui.services.sessions.collecting import Collecting
from bunsui.services.sessions.purging import PURGE, Purging, Selection

_E = ExecutionStatus


class Dies(Exception):
    pass


@pytest.fixture
def purging(world) -> Purging:
    return Purging(world.ports, world.around.clock)


def run(world, pipeline: Pipeline, name: str, status: ExecutionStatus | None = _E.SUCCEEDED, **params) -> None:
    world.sessions.start(pipeline, params, name=name)
    for folder in ("outputs", "reports", "checkpoints"):
        world.objects.put(f"{folder}/{name}/files/a", name.encode() * 10)
    world.objects.put(f"inputs/{name}-1/a.json", b"{}")
    world.objects.put(f"logs/{name}/a/1.0.0/000001.jsonl", b'{"time":1,"message":"m"}\n')
    if status is not None:
        world.machines.end(f"{name}-1", status)
        world.sessions.refresh(name)


def ids(purging: Purging, **wanted) -> list[str]:
    return sorted(one.session.id for one in purging.preview(Selection(**wanted)))


def left_of(world, name: str) -> list[object]:
    keys = [key for key in world.objects.blobs if f"/{name}/" in key or f"/{name}-1/" in key]
    records = [place for place in world.table.records if name in place[0] or name in place[1]]
    return [*keys, *records, *(arn for arn in world.machines.started if name in arn)]


def test_a_purged_session_leaves_nothing_and_its_name_is_free(world, pipeline, purging) -> None:
    run(world, pipeline, "old")
    run(world, pipeline, "kept")
    world.table.put(Record("alerts", "alert#1", {}, {"session-alerts": ("old", "1")}))
    (found,) = purging.preview(Selection(("old",)))
    assert found.bytes > 3 * 30
    assert list(purging.purge([found.session])) == ["old"]
    assert left_of(world, "old") == []
    assert ("alerts", "alert#1") not in world.table.records
    assert world.sessions.get("kept").status is SessionStatus.COMPLETED
    assert world.sessions.logs("kept")
    run(world, pipeline, "old")
    assert world.sessions.get("old").status is SessionStatus.COMPLETED


def test_only_ended_sessions_match(world, pipeline, purging) -> None:
    run(world, pipeline, "runs", None)
    run(world, pipeline, "bad", _E.FAILED)
    run(world, pipeline, "good")
    run(world, replace(pipeline, name="other"), "foreign")
    assert ids(purging, before=float(2**31)) == ["bad", "foreign", "good"]
    assert ids(purging, status=SessionStatus.FAILED) == ["bad"]
    assert ids(purging, pipeline="other") == ["foreign"]
    assert ids(purging, before=0.0) == []
    with pytest.raises(Refused, match="runs has not ended: it is RUNNING"):
        ids(purging, ids=("runs",))


def test_the_newest_of_each_pipeline_stay(world, pipeline, purging) -> None:
    for number in range(4):
        world.time.now += 60
        run(world, pipeline, f"n{number}")
    run(world, replace(pipeline, name="other"), "foreign")
    assert ids(purging, keep=1) == ["n0", "n1", "n2"]


def test_what_sessions_share_and_what_another_was_handed_stays(world, pipeline, purging) -> None:
    run(world, pipeline, "first")
    run(world, pipeline, "second", month={"$ref": "outputs/first/files/a"})
    shared = [key for key in world.objects.blobs if key.startswith(("pipelines/", "graphs/"))]
    list(purging.purge([world.sessions.get("first")]))
    assert left_of(world, "first") == ["outputs/first/files/a"]
    assert shared
    assert set(shared) <= set(world.objects.blobs)
    assert world.sessions.status("second").operations


def test_one_that_was_begun_anew_meanwhile_stays(world, pipeline, purging) -> None:
    run(world, pipeline, "mine", _E.FAILED)
    (found,) = purging.preview(Selection(("mine",)))
    world.sessions.resume("mine")
    assert list(purging.purge([found.session])) == []
    assert world.sessions.get("mine").status is SessionStatus.RUNNING


@pytest.mark.parametrize("lives", range(12))
def test_a_kill_at_any_moment_is_finished_by_the_agenda(world, pipeline, purging, lives) -> None:
    run(world, pipeline, "old")
    session = world.sessions.get("old")
    with pytest.MonkeyPatch.context() as patch:
        alive = iter(range(lives))
        for port, name in ((world.table, "transact"), (world.objects, "delete"), (world.machines, "forget")):
            patch.setattr(port, name, _deadly(getattr(port, name), alive))
        with pytest.raises(Dies):
            list(purging.purge([session]))
    begun = [record for (_, sort), record in world.table.records.items() if sort == PURGE]
    if not begun:  # killed before anything was removed
        assert world.sessions.get("old") == session
        return
    assert world.table.get(partition("old"), "session") is None
    assert begun[0].indexes["due"][0] == "all"
    purging.finish(begun[0])
    assert left_of(world, "old") == []


def _deadly(call, alive):
    def dies(*arguments):
        if next(alive, None) is None:
            raise Dies
        return call(*arguments)

    return dies


def shared(world) -> list[str]:
    return sorted(key for key in world.objects.blobs if key.startswith(("pipelines/", "graphs/")))


def test_texts_and_graphs_that_nobody_refers_to_are_shown_and_go(world, pipeline, purging) -> None:
    collecting = Collecting(world.ports, lambda seconds: None)
    run(world, pipeline, "old")
    other = replace(pipeline, text=pipeline.text + "\n# edited", sha256="e" * 64)
    run(world, other, "new")
    world.objects.put("graphs/feed.json", b"{}")
    (mine, edited) = (definition_key(one.name, one.sha256) for one in (pipeline, other))

    assert collecting.unused().keys == ("graphs/feed.json",)
    assert set(collecting.unused(["old"]).keys) == {mine, "graphs/feed.json"}
    list(purging.purge(one.session for one in purging.preview(Selection(("old",)))))
    found = collecting.remove()
    assert (set(found.keys), found.bytes) == ({mine, "graphs/feed.json"}, len(pipeline.text.encode()) + 2)
    assert shared(world) == [edited]
    assert world.sessions.get("new").status is SessionStatus.COMPLETED


def test_a_large_graph_of_a_session_that_stays_stays(world, pipeline) -> None:
    run(world, pipeline, "kept")
    kept = Record(partition("kept"), "graph#00001", {"ref": "graphs/earlier.json"})
    world.table.put(kept)
    world.objects.put("graphs/earlier.json", b"{}")
    assert Collecting(world.ports, lambda seconds: None).unused().keys == ()


def test_a_session_that_begins_while_its_text_goes_has_it_again(world, pipeline, purging) -> None:
    run(world, pipeline, "old")
    key = definition_key(pipeline.name, pipeline.sha256)
    text = world.objects.get(key)
    list(purging.purge(one.session for one in purging.preview(Selection(("old",)))))

    def begins(seconds: float) -> None:
        world.sessions.start(pipeline, {}, name="new")
        world.objects.delete(key)  # it had found the text there, just before that went

    Collecting(world.ports, begins).remove()
    assert world.objects.get(key) == text


def test_failures_that_were_purged_are_told_as_seen_and_not_stored_any_more(world, pipeline, purging) -> None:
    errors = ErrorRecords(world.table)
    for name in ("one", "two"):
        run(world, pipeline, name)
        errors.store(failure_of(name), pipeline.name)
    list(purging.purge(one.session for one in purging.preview(Selection(("two",)))))
    group = errors.group("abc")
    assert group is not None
    assert (group.count, group.stored, group.session) == (2, 1, "one")
    assert len(errors.alike("abc", 10, None)[0]) == 1
    errors.store(failure_of("three"), pipeline.name)
    group = errors.group("abc")
    assert group is not None
    assert (group.count, group.stored) == (3, 2)

    for name in ("one", "three"):
        errors.forget(name)
    assert errors.group("abc") is None


def failure_of(session: str) -> ErrorAnalysis:
    return ErrorAnalysis(
        session, f"{session}-1#0", 0, f"{session}-1", 7, 1.0, "a", None, "1.0.0", 1, "ValueError", "bad",
        Category.BAD_DATA, False, 0.9, "rule", "Look.", "abc",
    )  # fmt: skip
