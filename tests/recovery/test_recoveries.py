"""What a recovery leaves behind, who wins, what a kill does to it, and what plans warn of and reckon with."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bunsui.analysis import recovery
from bunsui.analysis.shape import shapes_of
from bunsui.analysis.ways import Action, Ask, Items
from bunsui.errors import Conflict, Refused
from bunsui.model.pipeline import OnFailure, Parameter, Pipeline, PipelineTask, PythonTask
from bunsui.model.status import SessionStatus
from bunsui.services.sessions.campaign import Campaign, Selection
from virtual.host import Reply
from virtual.pipelines import op, pipeline

_S = SessionStatus
CHAIN = pipeline(op("a"), op("b", "a"), op("c", "b"), outputs={"n": "{% $c.n %}"})
FAST = replace(CHAIN, on_failure=OnFailure.FAIL_FAST)


def failed(world, made: Pipeline = CHAIN, *broken: str):
    world.broken |= set(broken or ("b",))
    session = world.settle(world.start(made).id)
    assert session.status is _S.FAILED
    world.broken.clear()
    return session


def record(world, session, name: str):
    return json.loads(world.objects.get(f"logs/{session.id}/recovery/{name}.json"))


def test_bad_data_that_a_way_out_keeps_is_warned_of_with_what_to_run_instead(world) -> None:
    chain = pipeline(op("a"), op("b", "a", reads=frozenset({"a"})), op("c", "b", reads=frozenset({"b"})))
    session = failed(world, chain)
    plan = recovery.warned_of_data(world.sessions.recovery_plan(session.id), shapes_of(chain), {"b"})
    warned = {way.action: way.warnings for way in plan.ways if way.warnings}
    text = "b reads what a gave, and that is kept: when it was mended there, --rerun a"
    assert text in warned[Action.RESUME]
    assert not any(text in warned.get(action, ()) for action in (Action.SKIP, Action.RESTART))


# records


def test_a_recovery_is_recorded_with_who_when_why_before_and_after_and_whether_it_worked(world) -> None:
    session = failed(world)
    recovered = world.sessions.recover(world.sessions.plan_resume(session.id), why="the row is mended")
    told = record(world, session, "1")
    assert (told["who"], told["why"], told["action"]) == ("ada", "the row is mended", "resume")
    assert (told["before"]["status"], told["before"]["execution"]) == ("FAILED", f"{session.id}-1")
    assert (told["after"]["execution"], told["after"]["runs"]) == (f"{session.id}-2", ["b", "c"])
    assert f"logs/{session.id}/recovery/1.outcome.json" not in world.objects.blobs
    world.settle(recovered.id)
    outcome = record(world, session, "1.outcome")
    assert (outcome["status"], outcome["worked"]) == ("COMPLETED", True)
    (one,) = world.sessions.recoveries(session.id)
    assert (one.number, one.action, one.status, one.worked) == (1, "resume", "COMPLETED", True)


def test_a_recovery_that_fails_again_says_so_and_the_next_has_a_record_of_its_own(world) -> None:
    session = failed(world)
    world.broken.add("b")
    world.sessions.resume(session.id)
    world.settle(session.id)
    world.broken.clear()
    world.sessions.restart(session.id)
    world.settle(session.id)
    assert [(one.action, one.worked) for one in world.sessions.recoveries(session.id)] == [
        ("resume", False),
        ("restart", True),
    ]


def test_a_cancel_is_recorded_too(world) -> None:
    world.slow.add("b")
    session = world.start(CHAIN)
    world.host.drain(10.0)
    way = world.sessions.recovery_plan(session.id).way(Action.CANCEL)
    assert world.sessions.recover(way, why="wrong month").status is _S.CANCELLED
    (one,) = world.sessions.recoveries(session.id)
    assert (one.action, one.why, one.status, one.worked) == ("cancel", "wrong month", "CANCELLED", True)


def test_of_a_cancelled_session_what_was_cut_off_is_proposed_first(world) -> None:
    world.slow.add("b")
    session = world.start(CHAIN)
    world.host.drain(10.0)
    world.sessions.cancel(session.id)
    world.settle(session.id)
    plan = world.sessions.recovery_plan(session.id)
    assert [plan.way(action).names for action in (Action.RERUN, Action.SKIP)] == [("b",), ("b",)]


def test_every_recovery_is_a_line_in_the_session_s_log_also_a_redrive(world) -> None:
    session = failed(world, FAST)
    world.sessions.recover(world.sessions.plan_way(session.id, Action.REDRIVE), why="again")
    world.settle(session.id)
    messages = [line.message for line in world.sessions.logs(session.id)]
    assert f"redriven by ada: again (execution {session.id}-1)" in messages
    assert messages[-1] == "ended COMPLETED"
    assert any(message.startswith("ended FAILED") for message in messages)


# one wins


def test_of_two_who_recover_at_once_one_wins_and_the_other_is_told(world) -> None:
    session = failed(world, FAST)
    redrive, resume = (world.sessions.plan_way(session.id, one) for one in (Action.REDRIVE, Action.RESUME))
    world.manager("bob").recover(resume)
    with pytest.raises(Conflict, match="somebody else"):
        world.sessions.recover(redrive)
    assert [one.who for one in world.sessions.recoveries(session.id)] == ["bob"]


@pytest.mark.parametrize("action", [Action.REDRIVE, Action.RESUME])
def test_of_two_who_write_at_the_same_moment_one_wins(world, action) -> None:
    session = failed(world, FAST)
    way = world.sessions.plan_way(session.id, action)

    def other_first() -> None:
        world.table.before_write = lambda: None
        world.manager("bob").recover(world.manager("bob").plan_way(session.id, Action.REDRIVE))

    world.table.before_write = other_first
    with pytest.raises(Conflict):
        world.sessions.recover(way)
    assert world.settle(session.id).status is _S.COMPLETED
    assert [one.who for one in world.sessions.recoveries(session.id)] == ["bob"]
    assert len(world.machines.host.runs) == 1


def test_who_merely_finishes_what_follows_the_end_does_not_keep_a_recovery_from_beginning(world) -> None:
    session = failed(world)
    way = world.sessions.plan_way(session.id, Action.RESUME)

    def finished() -> None:
        world.table.before_write = lambda: None
        store = world.sessions._store
        store.save(replace(store.get(session.id), ending=()))

    world.table.before_write = finished
    assert world.sessions.recover(way).status is _S.RUNNING
    assert world.settle(session.id).status is _S.COMPLETED


# kills


def _killed(*arguments: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("verb", ["redrive", "describe"])
def test_a_kill_between_the_intent_of_a_redrive_and_its_effect_is_healed_by_whoever_looks(world, verb) -> None:
    session = failed(world, FAST)
    way = world.sessions.plan_way(session.id, Action.REDRIVE)
    real = getattr(world.machines, verb)
    calls = iter([real, _killed]) if verb == "describe" else iter([_killed])
    setattr(world.machines, verb, lambda arn: next(calls)(arn))
    with pytest.raises(KeyboardInterrupt):
        world.sessions.recover(way)
    setattr(world.machines, verb, real)
    assert world.sessions.get(session.id).status is _S.RECOVERING
    assert world.settle(session.id).status is _S.RUNNING
    assert world.settle(session.id).status is _S.COMPLETED
    assert world.machines.describe(session.executions[0].arn).redrive_count == 1


def test_a_redrive_that_was_done_is_not_done_again_after_a_kill(world) -> None:
    session = failed(world, FAST)
    way = world.sessions.plan_way(session.id, Action.REDRIVE)
    real = world.machines.redrive

    def redriven_then_killed(arn: str) -> None:
        real(arn)
        raise KeyboardInterrupt

    world.machines.redrive = redriven_then_killed
    with pytest.raises(KeyboardInterrupt):
        world.sessions.recover(way)
    world.machines.redrive = real
    world.sessions.refresh(session.id)
    assert world.settle(session.id).status is _S.COMPLETED
    assert world.machines.describe(session.executions[0].arn).redrive_count == 1


def test_a_redrive_that_is_refused_after_all_ends_the_session_with_the_reason(world) -> None:
    session = failed(world, FAST)
    way = world.sessions.plan_way(session.id, Action.REDRIVE)

    def too_late(arn: str) -> None:
        raise Refused("it ended more than 14 days ago")

    world.machines.redrive = too_late
    with pytest.raises(Refused, match="14 days"):
        world.sessions.recover(way)
    assert world.sessions.get(session.id).reason == "it ended more than 14 days ago"
    assert [one.worked for one in world.sessions.recoveries(session.id)] == [False]
    assert world.sessions.plan_way(session.id, Action.RESUME).possible


# running


def test_while_it_runs_a_cancel_is_the_only_way_out(world) -> None:
    world.slow.add("b")
    session = world.start(CHAIN)
    world.host.drain(10.0)
    plan = world.sessions.recovery_plan(session.id)
    assert [way.action for way in plan.ways if way.possible] == [Action.CANCEL]
    assert plan.suggested is None
    assert plan.way(Action.RESUME).why == "it is RUNNING, and only what has ended can be run again: cancel it first"
    with pytest.raises(Refused, match="is RUNNING"):
        world.sessions.recover(plan.way(Action.RESTART))


# edits


def edited_plan(world, session, made: Pipeline):
    world.written = made
    return world.sessions.plan_way(session.id, Action.EDITED)


def test_an_edit_that_changes_nothing_is_no_way_out(world) -> None:
    session = failed(world)
    assert edited_plan(world, session, CHAIN).why == "neither the pipeline nor its code has changed"
    described = replace(
        CHAIN,
        description="new",
        operations={**CHAIN.operations, "a": replace(CHAIN.operations["a"], description="what it does")},
    )
    assert not edited_plan(world, session, described).possible


def test_how_an_operation_is_tried_does_not_rerun_it(world) -> None:
    session = failed(world)
    patient = {**CHAIN.operations, "a": replace(CHAIN.operations["a"], timeout=60)}
    way = edited_plan(world, session, replace(CHAIN, operations=patient))
    assert (dict(way.changes), way.reused, way.raised) == ({"a": ("timeout",)}, ("a",), ())


def test_added_and_removed_operations_are_told_and_what_needs_a_new_one_reruns(world) -> None:
    session = failed(world, CHAIN, "c")
    made = pipeline(op("new"), op("a"), op("b", "a", "new"), outputs={"n": "{% $b.n %}"})
    way = edited_plan(world, session, made)
    assert dict(way.changes) == {"": ("outputs",), "new": ("new",), "b": ("needs",), "c": ("gone",)}
    assert (way.reused, way.rerun, way.raised) == (("a",), ("new", "b"), ("b",))
    world.sessions.recover(way)
    assert world.settle(session.id).status is _S.COMPLETED


def test_code_that_was_changed_reruns_its_operations_and_the_plan_names_the_other_choice(world) -> None:
    made = pipeline(op("a", task=PythonTask("m:a", code="one")), op("b", "a", task=PythonTask("n:b", code="two")))
    session = failed(world, made)
    world.files.code["one"] = "changed"
    way = edited_plan(world, session, made)
    assert (dict(way.changes), way.rerun, way.raised) == ({"a": ("code",)}, ("a", "b"), ("a",))
    assert "only code was changed" in way.warnings[0]
    world.files.code["two"] = "mended"  # of b, which failed: a resume runs it as it is now, and keeps a
    assert world.sessions.recovery_plan(session.id).suggested is Action.RESUME


def test_old_executions_read_with_the_pipeline_that_they_ran(world) -> None:
    session = failed(world)
    way = edited_plan(world, session, pipeline(op("a"), op("other", "a"), outputs={"n": "{% $other.n %}"}))
    world.sessions.recover(way)
    ended = world.settle(session.id)
    assert ended.definition_sha256 != session.definition_sha256
    assert [shape.name for shape in world.sessions._files.shapes(session.id, 1)] == ["a", "b", "c"]
    assert [shape.name for shape in world.sessions._files.shapes(session.id, 2)] == ["a", "other"]


def test_an_edit_whose_parameters_do_not_fit_is_no_way_out(world) -> None:
    session = failed(world)
    made = replace(CHAIN, params={"month": Parameter("month", "integer")})
    assert "parameters do not fit" in edited_plan(world, session, made).why
    assert "another pipeline" in edited_plan(world, session, replace(CHAIN, name="else")).why


# nested, fan-outs, warnings, estimates


CHILD = pipeline(op("x"), op("y", "x"), op("z", "y"), name="child", outputs={"n": "{% $z.n %}"})


def nested(mode: OnFailure) -> Pipeline:
    inner = op("inner", "a", task=PipelineTask(file="child.yaml", child=replace(CHILD, on_failure=mode)))
    return pipeline(op("a"), inner, op("last", "inner"), on_failure=mode)


def test_a_resume_keeps_what_completed_inside_a_nested_pipeline(world) -> None:
    session = failed(world, nested(OnFailure.CONTINUE), "inner.y")
    way = world.sessions.plan_resume(session.id)
    assert (way.reused, way.inside, way.rerun) == (("a",), ("inner.x",), ("inner", "last"))
    before = len(world.host.calls)
    world.sessions.recover(way)
    assert world.settle(session.id).status is _S.COMPLETED
    assert [call.operation for call in world.host.calls[before:]] == ["inner.y", "inner.z", "last"]


def test_a_redrive_starts_a_nested_pipeline_anew_and_says_so(world) -> None:
    session = failed(world, nested(OnFailure.FAIL_FAST), "inner.y")
    way = world.sessions.plan_way(session.id, Action.REDRIVE)
    assert way.warnings == ("nested pipeline inner starts anew: a redrive does not go into it",)
    before = len(world.host.calls)
    world.sessions.recover(way)
    assert world.settle(session.id).status is _S.COMPLETED
    assert [call.operation for call in world.host.calls[before:]] == ["inner.x", "inner.y", "inner.z", "last"]


def test_an_operation_inside_a_nested_pipeline_is_named_by_what_holds_it(world) -> None:
    session = failed(world, nested(OnFailure.CONTINUE), "inner.y")
    way = world.sessions.plan_way(session.id, Action.SKIP, Ask(("inner.y",)))
    assert way.why == "y is inside the nested pipeline inner: name inner itself"
    assert (
        world.sessions.plan_way(session.id, Action.RERUN, Ask(("nope",))).why
        == "it has no operation 'nope'. It has a, inner, last"
    )


def test_the_plan_counts_the_items_that_run_again(world) -> None:
    made = pipeline(op("many", for_each=[1, 2, 3], given={"item": "{% $item %}"}))
    session = world.start(made)
    world.broken |= {("many", 1)}
    session = world.settle(session.id)
    world.broken.clear()
    assert dict(world.sessions.plan_resume(session.id).items) == {"many": Items(kept=2, again=1)}


def test_what_is_not_idempotent_and_had_begun_is_warned_of(world) -> None:
    made = pipeline(op("a"), op("b", "a", idempotent=False), op("c", "b", idempotent=False))
    session = failed(world, made)
    assert world.sessions.plan_resume(session.id).warnings == (
        "b is not idempotent, and had begun: it would run again",
    )


def test_time_is_reckoned_along_the_critical_path_from_earlier_sessions(world) -> None:
    for seconds in (3.0, 5.0, 40.0):
        world.host.behaviour = lambda call, seconds=seconds: Reply(seconds, {"n": 1})
        world.settle(world.start(CHAIN).id)
        world.host.now += 1
    world.host.behaviour = world._behave
    session = failed(world)
    plan = world.sessions.recovery_plan(session.id)
    # `a` took 1 s in the session that failed: its median is that of four, those of `b` and `c` of three.
    assert plan.way(Action.RESUME).seconds == 10.0
    assert plan.way(Action.RESTART).seconds == 14.0
    assert plan.way(Action.RESUME).untimed == ()
    assert 0 < (plan.way(Action.RESUME).transitions or 0) < (plan.way(Action.RESTART).transitions or 0)
    assert (plan.way(Action.RESUME).cost or 0) > 0


def test_a_skip_without_an_output_that_somebody_reads_is_warned_of(world) -> None:
    made = pipeline(op("a"), op("b", "a"), replace(op("c", "b"), reads=frozenset({"b"})))
    session = failed(world, made)
    way = world.sessions.plan_way(session.id, Action.SKIP, Ask(("b",)))
    assert way.warnings == ("c reads the output of b: give one, or it finds nothing there",)
    assert world.sessions.plan_way(session.id, Action.SKIP, Ask(("b",), {"b": {"n": 1}})).warnings == ()


def test_a_skip_that_is_no_object_is_no_way_out(world) -> None:
    session = failed(world)
    way = world.sessions.plan_way(session.id, Action.SKIP, Ask(("b",), {"b": [1]}))
    assert way.why == "the output of b must be a JSON object"


def test_a_history_that_is_gone_still_gives_a_plan_from_the_stored_checkpoint(world) -> None:
    session = failed(world)
    world.host.runs.clear()
    plan = world.sessions.recovery_plan(session.id)
    assert plan.way(Action.RESUME).reused == ("a",)
    assert plan.way(Action.REDRIVE).why == "its execution never started, or its history is gone"


def test_a_machine_of_one_s_own_is_restarted_or_redriven_but_not_resumed(world) -> None:
    states = {
        "one": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "End": True,
            "Arguments": {"FunctionName": "x", "Payload": {}},
        }
    }
    made = Pipeline("raw", {}, definition={"QueryLanguage": "JSONata", "StartAt": "one", "States": states})
    session = failed(world, made, "x")
    plan = world.sessions.recovery_plan(session.id)
    assert {way.action for way in plan.ways if way.possible} == {Action.REDRIVE, Action.RESTART}
    assert plan.way(Action.RESUME).why == "it runs a state machine of its own, which cannot begin in the middle"
    assert plan.way(Action.REDRIVE).rerun == ("one",)


# many


def campaign(world, **more) -> Campaign:
    selection = Selection(_S.FAILED, "test", more.pop("since", None), more.pop("limit", None))
    return Campaign(world.sessions, selection, Action.RESUME, lambda _: world.host.drain(), **more)


def steps(one: Campaign) -> list[tuple[str, str]]:
    return [(step.what, step.session[-1]) for step in one.steps()]


def test_many_are_recovered_a_few_at_a_time_and_each_once(world) -> None:
    for _ in range(3):
        failed(world)
        world.host.now += 1
    assert steps(campaign(world, max_parallel=1, limit=2)) == [
        ("started", "2"),
        ("ended", "2"),
        ("started", "1"),
        ("ended", "1"),
    ]
    world.broken.add("b")
    assert steps(campaign(world)) == [("started", "0"), ("ended", "0")]
    assert steps(campaign(world)) == [("passed over", "0")]


def test_a_dry_run_of_many_does_nothing(world) -> None:
    session = failed(world)
    assert steps(campaign(world, dry_run=True)) == [("planned", "0")]
    assert world.sessions.get(session.id).status is _S.FAILED


def test_only_those_that_ended_lately_are_selected(world) -> None:
    failed(world)
    world.host.now += 1000
    failed(world)
    since = world.host.now - 100
    assert steps(campaign(world, since=since, dry_run=True)) == [("planned", "1")]
