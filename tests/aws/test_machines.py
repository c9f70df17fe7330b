"""Compiled pipelines on (mended) Step Functions of MiniStack, whose JSONata is another's: mailboxes, merges, redrives.

A history from there is read by the same analysis as one of the local engine.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from bunsui.analysis.progress import Tracker
from bunsui.analysis.shape import shapes_of
from bunsui.aws.state_machines import StepFunctionsClient
from bunsui.compiler import compile_pipeline
from bunsui.model.history import Execution
from bunsui.model.json import Json
from bunsui.model.status import ExecutionStatus
from ministack.functions import make_function, make_mailboxes, pipeline
from ministack.server import MiniStack

_PATIENCE = 30

DOUBLE = """
import time

class TooSmall(Exception):
    pass

def handler(event, context):
    time.sleep(event.get("after", 0))
    if event["n"] < 0:
        raise TooSmall(f"{event['n']} is below zero:\\nand says so")
    return {"n": event["n"] * 2}
"""

# a -> c, a -> d, b -> d: an N, which no nesting of branches can say. d waits for the slower of its two.
CROSSING = pipeline(
    """
version: 1
name: crossing
params:
  n: {type: integer, default: 3}
  a_after: {type: number, default: 0}
  b_after: {type: number, default: 0}
operations:
  a:
    lambda: {function: DOUBLE}
    with: {n: "{% $params.n %}", after: "{% $params.a_after %}"}
  b:
    lambda: {function: DOUBLE}
    with: {n: "{% $params.n + 1 %}", after: "{% $params.b_after %}"}
  c:
    needs: [a]
    lambda: {function: DOUBLE}
    with: {n: "{% $a.n %}"}
  d:
    needs: [a, b]
    lambda: {function: DOUBLE}
    with: {n: "{% $a.n + $b.n %}"}
outputs: {c: "{% $c.n %}", d: "{% $d.n %}"}
""".replace("DOUBLE", "double")
)


@dataclass(frozen=True)
class Ran:
    execution: Execution
    tracker: Tracker
    states: list[str]  # as they were entered

    @property
    def statuses(self) -> dict[str, str]:
        return {view.name: view.status.value for view in self.tracker.views()}


class Stage:
    """Where machines run: with the function `double` and a table of mailboxes."""

    def __init__(self, running: MiniStack) -> None:
        self.clients, environment = running.clients(), running.environment()
        self.machines: StepFunctionsClient = running.machines(environment)
        make_mailboxes(self.clients, environment)

    def start(self, machine: str, name: str, params: dict[str, Json]) -> str:
        return self.machines.start(machine, name, {"session": "s", "params": params, "generations": {}, "resume": {}})

    def ended(self, arn: str) -> Ran:
        deadline = time.monotonic() + _PATIENCE
        while (execution := self.machines.describe(arn)).status is ExecutionStatus.RUNNING:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        tracker = Tracker(shapes_of(CROSSING))
        events = list(self.machines.history(arn))
        tracker.feed(events)
        entered = [str(event.details["name"]) for event in events if event.type.endswith("StateEntered")]
        return Ran(execution, tracker, entered)


@pytest.fixture(scope="module")
def stage(ministack: MiniStack) -> Stage:
    made = Stage(ministack)
    make_function(made.clients, "double", DOUBLE)
    return made


@pytest.fixture(scope="module")
def crossing(stage: Stage) -> str:
    return stage.machines.deploy(compile_pipeline(CROSSING))


@pytest.mark.parametrize("slow", ["a_after", "b_after"])
def test_a_dag_that_is_not_series_parallel_runs_through_its_mailboxes(stage: Stage, crossing: str, slow: str) -> None:
    ran = stage.ended(stage.start(crossing, f"s-{slow}", {"n": 3, "a_after": 0, "b_after": 0, slow: 0.4}))
    assert ran.execution.output == {"c": 12, "d": 28}
    assert set(ran.statuses.values()) == {"SUCCEEDED"}
    outputs = {view.name: view.output for view in ran.tracker.views()}
    assert outputs == {"a": {"n": 6}, "b": {"n": 8}, "c": {"n": 12}, "d": {"n": 28}}
    assert "d.gather" in ran.states


def test_who_comes_first_waits_for_the_record_and_is_woken(stage: Stage, crossing: str) -> None:
    ran = stage.ended(stage.start(crossing, "s-wait", {"n": 3, "a_after": 0.4, "b_after": 0}))
    assert ran.states.index("d.await") < ran.states.index("a.publish") < ran.states.index("d.gather")
    assert "a.wake.send" in ran.states
    assert "a.wake.gone" not in ran.states


def test_a_failure_is_told_with_its_error_and_what_hangs_on_it_is_not_run(stage: Stage, crossing: str) -> None:
    ran = stage.ended(stage.start(crossing, "s-fail", {"n": -1, "a_after": 0, "b_after": 0}))
    assert ran.execution.error == "Bunsui.OperationsFailed"
    assert ran.statuses == {"a": "FAILED", "b": "SUCCEEDED", "c": "UPSTREAM_FAILED", "d": "UPSTREAM_FAILED"}
    assert {view.error for view in ran.tracker.views() if view.name == "a"} == {"TooSmall"}


def test_many_run_side_by_side_and_none_reads_the_mail_of_another(stage: Stage, crossing: str) -> None:
    arns = [stage.start(crossing, f"s-many-{n}", {"n": n, "a_after": n % 2 / 5, "b_after": 0}) for n in range(4)]
    assert [stage.ended(arn).execution.output for arn in arns] == [
        {"c": n * 4, "d": (n * 2 + (n + 1) * 2) * 2} for n in range(4)
    ]


FAST = """
version: 1
name: fast
on_failure: fail_fast
params: {n: {type: integer, default: 0}}
operations:
  first:
    lambda: {function: double}
    with: {n: 1}
  second:
    needs: [first]
    lambda: {function: changing}
    with: {n: "{% $first.n %}"}
outputs: {n: "{% $second.n %}"}
"""


def test_a_redrive_runs_only_what_failed(stage: Stage) -> None:
    made = pipeline(FAST)
    make_function(stage.clients, "changing", "def handler(event, context):\n    raise ValueError('not yet')\n")
    arn = stage.start(stage.machines.deploy(compile_pipeline(made)), "s-1", {"n": 0})
    assert stage.ended(arn).execution.redrivable
    stage.clients.ask("lambda", "delete_function", FunctionName="changing")
    make_function(stage.clients, "changing", DOUBLE)
    stage.machines.redrive(arn)
    ran = stage.ended(arn)
    assert (ran.execution.output, ran.execution.redrive_count) == ({"n": 4}, 1)
    tracker = Tracker(shapes_of(made))
    tracker.feed(stage.machines.history(arn))
    assert {view.name: view.attempts for view in tracker.views()} == {"first": 1, "second": 2}


EACH = """
version: 1
name: each
params: {n: {type: integer, default: 0}}
operations:
  every:
    for_each: "{% [1, 2, -3, 4] %}"
    max_concurrency: 2
    tolerate: 50%
    lambda: {function: double}
    with: {n: "{% $item %}"}
outputs: {sum: "{% $sum($every.items.n) %}", failed: "{% $every.failed %}"}
"""


def test_items_of_a_fan_out_fail_by_themselves(stage: Stage) -> None:
    made = pipeline(EACH)
    arn = stage.start(stage.machines.deploy(compile_pipeline(made)), "s-1", {"n": 0})
    assert stage.ended(arn).execution.output == {"sum": 14, "failed": 1}
    tracker = Tracker(shapes_of(made))
    tracker.feed(stage.machines.history(arn))
    items = next(iter(tracker.views())).items
    assert items is not None
    assert (items.total, items.done, items.failed) == (4, 3, 1)
