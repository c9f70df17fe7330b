"""ErrorHandler (diagram 3.1): a failure is analysed by whoever sees it first, stored once, and counted once."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from bunsui.errors import BackendError
from bunsui.model.failure import ErrorAnalysis
from bunsui.model.session import Session
from bunsui.model.status import ExecutionStatus, SessionStatus
from bunsui.ports import Deletion
from bunsui.services.errors.handler import ErrorHandler
from bunsui.services.sessions.manager import SessionManager
from bunsui.services.sessions.partners import Partners

_E, _S = ExecutionStatus, SessionStatus
OK = {"s": "ok", "o": {}}
FAILED = {"s": "failed", "e": {"Error": "ConnectionError", "Cause": "refused"}}
MINE = """
[[rule]]
name = "mine"
error = "ConnectionError"
category = "configuration"
recoverable = false
advice = "Ask Grace."
"""


class Watcher:
    """A session manager with the error handler that it tells of failures, as a workspace wires them."""

    def __init__(self, world) -> None:
        self.errors = ErrorHandler(world.ports, world.files, "/home/ada/bunsui", world.around.clock)
        partners = Partners(errors=self.errors)
        self.sessions = SessionManager(world.ports, _compiled(world), world.files, world.around, partners=partners)


def _compiled(world) -> Callable:
    from bunsui.model.machine import CompiledMachine

    return lambda pipeline: CompiledMachine(pipeline.name, {}, "{}", pipeline.sha256, folder=pipeline.folder)


def fail(world, name: str, operation: str = "b", error: str = "ConnectionError", number: int = 1) -> None:
    """What a backend does: the operation is called, fails, and the execution ends; its log lies in the store."""
    run, line = f"{name}-{number}", {"time": 1.0, "level": "ERROR", "message": f"{error}: refused by 10.0.0.1"}
    world.machines.ran(run, "a", OK)
    world.machines.happen(run, "TaskStateEntered", name=operation)
    told = {"operation": operation, "attempt": f"{number}.0.0"}
    world.machines.happen(run, "TaskScheduled", parameters={"Payload": {"bunsui": told}})
    world.machines.happen(run, "TaskFailed", error=error, cause="refused by 10.0.0.1")
    world.machines.happen(run, "TaskStateExited", name=operation, output={operation: FAILED})
    world.objects.put(f"logs/{name}/{operation}/{number}.0.0/000001.jsonl", json.dumps(line).encode())
    world.machines.end(run, _E.FAILED, "Bunsui.OperationsFailed", "1 of 2 operations failed")


def failed(world, pipeline, name: str = "mine", **how: str) -> tuple[Watcher, Session]:
    watcher = Watcher(world)
    watcher.sessions.start(pipeline, {}, name=name)
    fail(world, name, **how)
    return watcher, watcher.sessions.refresh(name)


def stored(world) -> list[str]:
    return sorted(sort for _, sort in world.table.records if sort.startswith("analys"))


def test_a_session_that_failed_is_analysed_with_the_lines_that_say_why(world, pipeline) -> None:
    watcher, session = failed(world, pipeline)
    (found,) = watcher.errors.strategy(session).analyses
    assert (session.status, found.operation, found.category, found.recoverable) == (_S.FAILED, "b", "transient", True)
    assert ("logs/mine/b/1.0.0/000001.jsonl", 1) in [(line.place, line.line) for line in found.evidence]
    assert found.retry is not None
    assert found.retry.on == ("ConnectionError",)


def test_what_may_all_pass_by_itself_is_worth_a_retry(world, pipeline) -> None:
    watcher, session = failed(world, pipeline)
    assert watcher.errors.strategy(session).recoverable
    watcher, session = failed(world, pipeline, "other", error="TypeError")
    assert not watcher.errors.strategy(session).recoverable


def test_what_completed_has_no_analysis(world, pipeline) -> None:
    watcher = Watcher(world)
    watcher.sessions.start(pipeline, {}, name="mine")
    world.machines.end("mine-1", _E.SUCCEEDED)
    session = watcher.sessions.refresh("mine")
    assert (stored(world), watcher.errors.strategy(session).analyses) == ([], ())


def test_looking_again_changes_nothing(world, pipeline) -> None:
    watcher, _ = failed(world, pipeline)
    before = dict(world.table.records)
    Watcher(world).sessions.refresh("mine")
    watcher.errors.analyse(watcher.sessions.get("mine"))
    assert world.table.records == before


def test_of_two_watchers_one_stores_the_analysis_and_it_is_counted_once(world, pipeline) -> None:
    watcher = Watcher(world)
    watcher.sessions.start(pipeline, {}, name="mine")
    fail(world, "mine")
    session = world.manager().refresh("mine")  # it knows of no error handler

    def other_first() -> None:
        world.table.before_write = lambda: None
        Watcher(world).errors.handle(session)

    world.table.before_write = other_first
    watcher.errors.handle(session)
    ((group, _),) = watcher.errors.groups().groups
    assert group.count == 1
    assert len(stored(world)) == 2  # the analysis, and that all is analysed


def test_a_kill_between_the_end_and_its_analysis_is_healed_by_the_next_refresh(world, pipeline) -> None:
    watcher = Watcher(world)
    watcher.sessions.start(pipeline, {}, name="mine")
    fail(world, "mine")
    working, world.objects.list = world.objects.list, _killed
    with pytest.raises(KeyboardInterrupt):
        watcher.sessions.refresh("mine")
    assert (stored(world), watcher.sessions.get("mine").status) == ([], _S.FAILED)
    world.objects.list = working
    Watcher(world).sessions.refresh("mine")
    assert len(stored(world)) == 2


def test_a_kill_between_two_analyses_is_healed_too(world, pipeline) -> None:
    watcher, session = failed(world, pipeline)
    world.table.transact([Deletion("session#mine", "analysed#mine-1#0", 1)])
    watcher.errors.handle(session)
    ((group, _),) = watcher.errors.groups().groups
    assert (group.count, len(stored(world))) == (1, 2)


def test_a_session_can_be_looked_at_though_its_analysis_fails(world, pipeline) -> None:
    watcher = Watcher(world)
    watcher.sessions.start(pipeline, {}, name="mine")
    fail(world, "mine")
    working, world.objects.list = world.objects.list, _down
    assert watcher.sessions.refresh("mine").status is _S.FAILED
    world.objects.list = working
    watcher.sessions.refresh("mine")
    assert stored(world) == []  # not by everybody who looks
    world.time.now += 60
    watcher.sessions.refresh("mine")
    assert len(stored(world)) == 2


def _killed(prefix: str, after: str = "") -> None:
    raise KeyboardInterrupt


def _down(prefix: str, after: str = "") -> None:
    raise BackendError("the store is down")


def test_each_execution_has_analyses_of_its_own(world, pipeline) -> None:
    watcher, _ = failed(world, pipeline)
    watcher.sessions.resume("mine")
    fail(world, "mine", error="TypeError", number=2)
    session = watcher.sessions.refresh("mine")
    assert [one.error for one in watcher.errors.strategy(session).analyses] == ["TypeError"]
    assert [one.error for one in watcher.errors.of_session(session)] == ["ConnectionError", "TypeError"]


@pytest.mark.parametrize("path", ["/srv/flights/bunsui.errors.toml", "/home/ada/bunsui/errors.toml"])
def test_the_user_s_rules_come_first(world, pipeline, path) -> None:
    world.files.texts[path] = MINE.encode()
    watcher, session = failed(world, pipeline)
    (found,) = watcher.errors.strategy(session).analyses
    assert (found.rule, found.advice) == ("mine", "Ask Grace.")


def test_the_project_s_rules_come_before_those_of_the_home(world, pipeline) -> None:
    world.files.texts["/home/ada/bunsui/errors.toml"] = MINE.encode()
    world.files.texts["/srv/flights/bunsui.errors.toml"] = MINE.replace("mine", "ours").encode()
    watcher, session = failed(world, pipeline)
    assert watcher.errors.strategy(session).analyses[0].rule == "ours"


@pytest.mark.parametrize("text", [b"[[rule]]\nname = 1\n", b"\xff\xfe", b"no toml"])
def test_a_broken_file_of_rules_counts_for_nothing_and_is_named(world, pipeline, text) -> None:
    world.files.texts["/srv/flights/bunsui.errors.toml"] = text
    watcher, session = failed(world, pipeline)
    assert watcher.errors.strategy(session).analyses[0].category == "transient"
    assert {problem.place.file for problem in watcher.errors.problems(session)} == {"/srv/flights/bunsui.errors.toml"}


def test_the_same_failure_of_several_sessions_is_one_group(world, pipeline) -> None:
    failed(world, pipeline, "one")
    failed(world, pipeline, "two")
    watcher, _ = failed(world, pipeline, "three", error="TypeError")
    page = watcher.errors.groups()
    assert {(group.error, group.count, group.pipelines) for group, _ in page.groups} == {
        ("ConnectionError", 2, ("flights",)),
        ("TypeError", 1, ("flights",)),
    }


def test_groups_come_in_pages(world, pipeline) -> None:
    failed(world, pipeline, "one")
    watcher, _ = failed(world, pipeline, "two", error="TypeError")
    first = watcher.errors.groups(limit=1)
    second = watcher.errors.groups(limit=1, after=first.next)
    assert {group.error for page in (first, second) for group, _ in page.groups} == {"ConnectionError", "TypeError"}


def test_a_group_knows_whether_it_went_well_since(world, pipeline) -> None:
    watcher, _ = failed(world, pipeline)
    assert [done for _, done in watcher.errors.groups().groups] == [False]
    watcher.sessions.resume("mine")
    world.machines.ran("mine-2", "b", OK)
    world.machines.end("mine-2", _E.SUCCEEDED)
    watcher.sessions.refresh("mine")
    assert [done for _, done in watcher.errors.groups().groups] == [True]


def test_an_analysis_is_read_as_it_was_written(world, pipeline) -> None:
    from bunsui.services.errors.reading import analysed
    from bunsui.services.errors.rules import RuleFiles

    watcher, session = failed(world, pipeline)
    books = RuleFiles(world.files, "/home").of("/srv").books
    shapes = watcher.sessions._files.shapes("mine")
    (fresh,) = analysed(world.machines, world.objects, session, "mine-1#0", shapes, books, lambda: None)
    (kept,) = watcher.errors.strategy(session).analyses
    assert isinstance(kept, ErrorAnalysis)
    assert kept == fresh


def test_a_nested_execution_that_is_gone_is_told_of_by_its_parent(world, pipeline) -> None:
    from bunsui.analysis.shape import Shape
    from bunsui.services.errors.reading import _read

    world.machines.started["arn:up-1"] = world.machines.started.get("arn:up-1") or _execution()
    world.machines.events["arn:up-1"] = []
    happen = world.machines.happen
    happen("up-1", "ExecutionStarted", input={})
    happen("up-1", "TaskStateEntered", name="n")
    happen("up-1", "TaskScheduled", parameters={})
    happen("up-1", "TaskSubmitted", output={"ExecutionArn": "arn:gone"})
    happen("up-1", "TaskFailed", error="States.TaskFailed", cause="inner")
    happen("up-1", "TaskStateExited", name="n", output={"n": FAILED})
    happen("up-1", "ExecutionFailed", error="Bunsui.OperationsFailed")
    shapes = (Shape("n", "pipeline", inner=(Shape("x", "python"),)),)
    assert [one.operation for one in _read(world.machines, "arn:up-1", shapes)] == ["n"]


def _execution():
    from datetime import UTC, datetime

    from bunsui.model.history import Execution

    return Execution("arn:up-1", "up-1", "m", _E.FAILED, datetime(2026, 1, 1, tzinfo=UTC))
