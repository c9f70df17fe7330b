"""The done set is closed under ancestors, and an execution goes on from what an earlier one did."""

from __future__ import annotations

from datetime import UTC, datetime

from bunsui.analysis.checkpoint import Checkpoint, checkpoint, from_json, orphans, raised, resume_input, to_json
from bunsui.analysis.shape import Shape
from bunsui.analysis.shape import from_json as shapes_from_json
from bunsui.analysis.shape import to_json as shapes_to_json
from bunsui.analysis.tree import ExecutionTree
from bunsui.model.history import Execution
from bunsui.model.status import ExecutionStatus

EXECUTION = Execution("arn", "s-1", "m", ExecutionStatus.FAILED, datetime(2026, 1, 1, tzinfo=UTC))
OK = {"s": "ok"}
A, B, C = Shape("a", "python"), Shape("b", "python", ("a",)), Shape("c", "python", ("b",))


def tree(story, **children: ExecutionTree) -> ExecutionTree:
    return ExecutionTree(EXECUTION, tuple(story.events), children)


def test_ok_and_skipped_operations_are_done(story) -> None:
    story.start()
    story.ok("a", rows=1)
    story.leave("b.skip", "Pass", b={"s": "skipped"})
    story.fail("c")
    known = checkpoint(tree(story), (A, B, C))
    assert known.resume == {"a": {"s": "ok", "o": {"rows": 1}}, "b": {"s": "skipped"}}
    assert known.orphaned == ()


def test_what_completed_below_a_failure_is_orphaned_not_done(story) -> None:
    story.start()
    story.fail("a")
    story.ok("b")
    known = checkpoint(tree(story), (A, B))
    assert known.resume == {}
    assert known.orphaned == ("b",)


def test_records_that_were_reused_are_still_done(story) -> None:
    story.start(resume={"a": {"s": "ok", "o": {"rows": 1}}})
    story.fail("b")
    assert checkpoint(tree(story), (A, B)).resume == {"a": {"s": "ok", "o": {"rows": 1}}}


def fan_out(story, partial: dict[str, object]) -> None:
    story.start(partial=partial)
    story.enter("a", "Map")
    story.add("MapStateStarted", length=2)
    story.add("MapIterationStarted", name="a", index=1)
    story.enter("a.item")
    story.add("TaskScheduled")
    story.add("TaskSucceeded")
    story.leave("a.item", n=1)


def test_items_that_succeeded_are_kept_with_those_that_were_given(story) -> None:
    fan_out(story, {"a": {"0": {"n": 0}}})
    known = checkpoint(tree(story), (Shape("a", "python", fan_out=True),))
    assert known.partial == {"a": {"0": {"n": 0}, "1": {"n": 1}}}


def test_items_are_dropped_when_what_their_fan_out_depends_on_runs_again(story) -> None:
    fan_out(story, {})
    known = checkpoint(tree(story), (Shape("z", "python"), Shape("a", "python", ("z",), fan_out=True)))
    assert known.partial == {}


def test_an_unfinished_nested_pipeline_keeps_its_own_done_set(story, stories) -> None:
    inner = stories()
    inner.start()
    inner.fail("x")
    inner.ok("y")
    story.start()
    story.enter("a")
    nested = Shape("a", "pipeline", inner=(Shape("x", "python"), Shape("y", "python", ("x",)), Shape("w", "python")))
    known = checkpoint(tree(story, a=tree(inner)), (nested,))
    assert known.children["a"].resume == {}
    assert orphans(known) == ("a.y",)


def test_children_that_an_execution_never_reached_are_carried_on(story) -> None:
    story.start(children={"a": {"resume": {"x": {"s": "ok"}}, "partial": {}, "children": {}}})
    known = checkpoint(tree(story), (Shape("a", "pipeline", inner=(Shape("x", "python"),)),))
    assert known.children["a"].resume == {"x": {"s": "ok"}}


def test_a_checkpoint_survives_json() -> None:
    inner = Checkpoint({"d": {"s": "skipped"}}, orphaned=("x",))
    known = Checkpoint({"a": {"s": "ok"}}, {"b": {"0": 1}}, {"c": Checkpoint({"d": {"s": "ok"}}), "f[3]": inner})
    assert from_json(to_json(known)) == known


def test_the_input_of_an_execution_carries_all_it_begins_with() -> None:
    given = resume_input("s", {"month": 1}, {"a": 2}, Checkpoint({"b": {"s": "ok"}}))
    assert given == {
        "session": "s",
        "params": {"month": 1},
        "generations": {"a": 2},
        "resume": {"b": {"s": "ok"}},
        "partial": {},
        "children": {},
    }


def test_generations_of_nested_operations_are_handed_down_to_them() -> None:
    given = resume_input("s", {}, {"a": 1, "p.x": 2, "p.q.y": 3}, Checkpoint(children={"p": Checkpoint({"w": OK})}))
    nothing = {"resume": {}, "partial": {}}
    assert given["generations"] == {"a": 1}
    assert given["children"] == {
        "p": {
            "resume": {"w": OK},
            "partial": {},
            "generations": {"x": 2},
            "children": {"q": {**nothing, "generations": {"y": 3}, "children": {}}},
        }
    }


def test_what_is_known_of_the_items_of_a_fan_out_of_pipelines_is_by_index() -> None:
    given = resume_input("s", {}, {}, Checkpoint(children={"p[7]": Checkpoint({"w": OK})}))
    assert given["children"]["p"]["7"]["resume"] == {"w": OK}
    assert from_json(given).children == {"p[7]": Checkpoint({"w": OK})}


def test_only_named_operations_are_raised() -> None:
    assert raised({"a": 1}, ("a", "b")) == {"a": 2, "b": 1}


def test_shapes_survive_json() -> None:
    shapes = (A, Shape("n", "pipeline", ("a",), inner=(B,)), Shape("F", "map", fan_out=True, raw=True))
    assert shapes_from_json(shapes_to_json(shapes)) == shapes
