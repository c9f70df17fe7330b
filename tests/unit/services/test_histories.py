"""An execution that is looked at again and again: what it shows is made anew when there is something new."""

from __future__ import annotations

from bunsui.analysis.shape import Shape
from bunsui.model.history import HistoryEvent
from bunsui.model.status import OperationStatus
from bunsui.services.sessions.histories import LiveExecution

_S = OperationStatus
NESTED = (Shape("a", "python"), Shape("p", "pipeline", inner=(Shape("x", "python"),)))


class Machines:
    """Histories that a test writes."""

    def __init__(self) -> None:
        self.events: dict[str, list[HistoryEvent]] = {"outer": [], "inner": []}

    def history(self, arn: str, after: int = 0) -> list[HistoryEvent]:
        return self.events[arn][after:]

    def add(self, arn: str, type: str, **details: object) -> None:
        id = len(self.events[arn]) + 1
        self.events[arn].append(HistoryEvent(id, id - 1, type, float(id), dict(details)))  # type: ignore[arg-type]

    def enter(self, arn: str, name: str) -> None:
        self.add(arn, "TaskStateEntered", name=name)
        self.add(arn, "TaskScheduled", parameters={})


def test_looks_between_which_nothing_happened_show_the_very_same() -> None:
    machines = Machines()
    live = LiveExecution(machines, "outer", NESTED)  # type: ignore[arg-type]  # what it asks
    machines.add("outer", "ExecutionStarted", input={})
    machines.enter("outer", "a")
    assert live.poll()
    before = live.views()
    assert not live.poll()
    assert live.views() is before
    machines.add("outer", "TaskSucceeded")
    machines.add("outer", "TaskStateExited", name="a", output={"a": {"s": "ok", "o": {}}})
    live.poll()
    assert [one.status for one in (before[0], live.views()[0])] == [_S.RUNNING, _S.SUCCEEDED]


def test_what_happens_inside_of_a_nested_pipeline_is_new_as_well() -> None:
    machines = Machines()
    live = LiveExecution(machines, "outer", NESTED)  # type: ignore[arg-type]  # what it asks
    machines.add("outer", "ExecutionStarted", input={})
    machines.enter("outer", "p")
    machines.add("outer", "TaskSubmitted", output={"ExecutionArn": "inner"})
    machines.add("inner", "ExecutionStarted", input={})
    live.poll()
    before = live.views()
    machines.enter("inner", "x")
    assert live.poll()
    seen = {one.name: (one.status, one.depth) for one in live.views()}
    assert (before[2].status, seen["p.x"]) == (_S.PENDING, (_S.RUNNING, 1))
