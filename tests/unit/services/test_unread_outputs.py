"""What a resumed execution is handed: only outputs that something in it still reads. All of them stay known."""

from __future__ import annotations

from bunsui.analysis.checkpoint import Checkpoint, from_json, resume_input, to_json
from bunsui.analysis.shape import shapes_of
from bunsui.model.history import HistoryEvent
from bunsui.model.pipeline import PipelineTask
from bunsui.services.sessions.histories import read_known
from bunsui.services.sessions.unread import with_unread
from virtual.pipelines import op, pipeline

CHILD = pipeline(op("x"), op("y", "x", given={"of": "{% $x.n %}"}), op("z", "y"), name="child")
MADE = pipeline(
    op("a"),
    op("b", "a", given={"of": "{% $a.n %}"}),
    op("c", "b", given={"of": "{% $b.n %}"}),
    op("p", "a", task=PipelineTask(child=CHILD)),
    op("told", "a"),
    outputs={"told": "{% $told %}"},
)


def ok(n: int) -> dict[str, object]:
    return {"s": "ok", "o": {"n": n}}


DONE = Checkpoint(
    {"a": ok(1), "b": ok(2), "told": ok(3)},
    children={"p": Checkpoint({"x": ok(4), "y": ok(5)})},
)


def test_an_output_that_only_done_operations_read_is_not_handed_on() -> None:
    given = resume_input("s", {}, {}, with_unread(DONE, MADE))
    assert given["resume"] == {"a": {"s": "ok"}, "b": ok(2), "told": ok(3)}
    assert given["children"]["p"]["resume"] == {"x": {"s": "ok"}, "y": {"s": "ok"}}


def test_all_outputs_stay_in_what_is_stored() -> None:
    marked = with_unread(DONE, MADE)
    assert from_json(to_json(marked)) == marked
    assert marked.resume == DONE.resume
    assert marked.children["p"].resume == DONE.children["p"].resume


class History:
    """A backend that knows one execution, which failed before it did anything."""

    def __init__(self, given: object) -> None:
        self.events = [HistoryEvent(1, 0, "ExecutionStarted", 1.0, {"input": given})]

    def history(self, arn: str, after: int = 0) -> list[HistoryEvent]:
        return self.events


def test_an_execution_that_was_not_handed_them_still_leaves_them_known() -> None:
    marked = with_unread(DONE, MADE)
    found = read_known(History(resume_input("s", {}, {}, marked)), "arn", shapes_of(MADE), marked)
    assert found.checkpoint.resume == DONE.resume
    assert found.checkpoint.children["p"].resume == DONE.children["p"].resume
