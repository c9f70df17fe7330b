"""How a session starts (diagrams 1.1, 2.1, 4.1): in order, once, and healed after a kill at any step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bunsui.errors import AlreadyExists, BackendError, Conflict, InvalidInput, Refused
from bunsui.model.status import ExecutionStatus, SessionStatus
from bunsui.services.records.sessions import SessionStore

_S = SessionStatus


def test_a_started_session_is_running_with_its_execution(world, pipeline) -> None:
    session = world.sessions.start(pipeline, {"month": 1})
    assert session.id == "flights-20260101-aaaaaa"
    assert session.status is _S.RUNNING
    assert [ref.arn for ref in session.executions] == ["arn:flights-20260101-aaaaaa-1"]
    assert world.sessions.get(session.id) == session


def test_the_execution_is_given_session_params_and_an_empty_bag(world, pipeline) -> None:
    session = world.sessions.start(pipeline, {"month": 1})
    assert world.machines.describe(session.executions[0].arn).input == {
        "session": session.id,
        "params": {"month": 1},
        "generations": {},
        "resume": {},
        "partial": {},
        "children": {},
    }


def test_the_record_is_stored_as_created_before_the_execution_starts(world, pipeline) -> None:
    seen = []
    world.machines.before_start = lambda: seen.append(world.sessions.get("mine").status)
    world.sessions.start(pipeline, {}, name="mine")
    assert seen == [_S.CREATED]


def test_log_storage_is_there_when_start_returns(world, pipeline) -> None:
    session = world.sessions.start(pipeline, {})
    assert f"logs/{session.id}/manifest.json" in world.objects.blobs
    assert [line.message for line in world.sessions.logs(session.id)] == [f"started by ada (execution {session.id}-1)"]


def test_the_definition_is_kept_with_the_session(world, pipeline) -> None:
    world.sessions.start(pipeline, {})
    assert world.objects.get("pipelines/flights/f00d.yaml") == b"name: flights"


def test_the_machine_is_deployed_with_interpreter_path_and_folder(world, pipeline) -> None:
    session = world.sessions.start(pipeline, {})
    machine = world.machines.deployed[0]
    assert (machine.python, machine.path, machine.folder) == ("/usr/bin/python3", "/bin", "/srv/flights")
    assert session.runtime.python == "/usr/bin/python3"


def test_the_active_virtual_environment_runs_the_tasks(world, pipeline) -> None:
    world.files.texts["/venv/bin/python"] = b""
    world.around = replace(world.around, environ={"VIRTUAL_ENV": "/venv"})
    assert world.manager().start(pipeline, {}).runtime.python == "/venv/bin/python"


def test_a_virtual_environment_without_an_interpreter_is_passed_over(world, pipeline) -> None:
    world.around = replace(world.around, environ={"VIRTUAL_ENV": "/gone"})
    assert world.manager().start(pipeline, {}).runtime.python == "/usr/bin/python3"


def test_an_interpreter_that_does_not_exist_is_refused_before_anything_is_stored(world, pipeline) -> None:
    with pytest.raises(InvalidInput, match="python9"):
        world.sessions.start(replace(pipeline, python="python9"), {})
    assert world.table.records == {}


def test_the_same_name_and_input_twice_starts_once(world, pipeline) -> None:
    first = world.sessions.start(pipeline, {"month": 1}, name="daily")
    assert world.sessions.start(pipeline, {"month": 1}, name="daily") == first
    assert len(world.machines.started) == 1


def test_the_same_name_with_another_input_is_refused(world, pipeline) -> None:
    world.sessions.start(pipeline, {"month": 1}, name="daily")
    with pytest.raises(AlreadyExists):
        world.sessions.start(pipeline, {"month": 2}, name="daily")


@pytest.mark.parametrize("name", ["Daily", "../up", "", "a" * 71, "@last", "a b"])
def test_a_name_that_is_no_plain_word_is_refused(world, pipeline, name: str) -> None:
    with pytest.raises(InvalidInput):
        world.sessions.start(pipeline, {}, name=name)


def test_a_kill_before_the_execution_started_is_healed_by_refresh(world, pipeline) -> None:
    world.machines.before_start = _killed
    with pytest.raises(KeyboardInterrupt):
        world.sessions.start(pipeline, {}, name="mine")
    assert world.sessions.get("mine").status is _S.CREATED
    world.machines.before_start = lambda: None
    assert world.sessions.refresh("mine").status is _S.RUNNING


def test_a_kill_after_the_execution_started_starts_no_second_one(world, pipeline) -> None:
    def kill_at_the_second_write() -> None:
        if world.machines.started:
            raise KeyboardInterrupt

    world.table.before_write = kill_at_the_second_write
    with pytest.raises(KeyboardInterrupt):
        world.sessions.start(pipeline, {}, name="mine")
    world.table.before_write = lambda: None
    assert world.sessions.refresh("mine").status is _S.RUNNING
    assert list(world.machines.started) == ["arn:mine-1"]
    assert len(list(world.sessions.logs("mine"))) == 1


def test_a_backend_that_is_down_leaves_an_intent_that_refresh_carries_out(world, pipeline) -> None:
    world.machines.before_start = _down
    with pytest.raises(BackendError):
        world.sessions.start(pipeline, {}, name="mine")
    world.machines.before_start = lambda: None
    assert world.sessions.refresh("mine").status is _S.RUNNING


def test_a_start_that_is_refused_for_good_fails_the_session_with_the_reason(world, pipeline) -> None:
    world.machines.before_start = _refused
    with pytest.raises(InvalidInput):
        world.sessions.start(pipeline, {}, name="mine")
    session = world.sessions.get("mine")
    assert (session.status, session.reason) == (_S.FAILED, "input too large")


def test_of_two_starters_of_one_name_both_get_the_one_session(world, pipeline) -> None:
    other = world.manager("bob")
    world.machines.before_start = lambda: _once(world, lambda: other.start(pipeline, {}, name="mine"))
    mine = world.sessions.start(pipeline, {}, name="mine")
    assert mine.status is _S.RUNNING
    assert list(world.machines.started) == ["arn:mine-1"]


def test_a_generated_id_that_is_taken_never_hands_out_another_s_session(world, pipeline) -> None:
    world.dice = iter(["aaaaaa", "aaaaaa"])
    world.sessions.start(pipeline, {})
    with pytest.raises(Refused):
        world.sessions.start(pipeline, {})


def test_two_sessions_of_two_owners_run_side_by_side(world, pipeline) -> None:
    a = world.sessions.start(pipeline, {})
    b = world.manager("bob").start(replace(pipeline, name="other"), {})
    world.machines.end(f"{a.id}-1", ExecutionStatus.SUCCEEDED)
    assert world.sessions.refresh(a.id).status is _S.COMPLETED
    assert world.sessions.refresh(b.id).status is _S.RUNNING
    assert world.sessions.get(b.id).owner == "bob"


def _once(world, act) -> None:
    world.machines.before_start = lambda: None
    act()


def _killed() -> None:
    raise KeyboardInterrupt


def _down() -> None:
    raise BackendError("the disk is away")


def _refused() -> None:
    raise InvalidInput("input too large")


def test_a_conflicting_writer_is_not_overwritten(world, pipeline) -> None:
    session = world.sessions.start(pipeline, {}, name="mine")
    store = SessionStore(world.table)
    store.save(replace(session, reason="mine"))
    with pytest.raises(Conflict):
        store.save(replace(session, reason="theirs"))
