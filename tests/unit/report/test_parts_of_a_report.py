"""What the sections work out: timeline, graph, cost, differences, the bounded log."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import replace

import pytest

from browser import story
from bunsui.analysis.critical import critical_path
from bunsui.analysis.progress import OperationView
from bunsui.analysis.run import Operation
from bunsui.analysis.work import Try
from bunsui.model.log import LogLine
from bunsui.model.pipeline import EcsTask, LambdaTask, Pipeline
from bunsui.model.pipeline import Operation as Defined
from bunsui.model.status import OperationStatus
from bunsui.report.cost import cost
from bunsui.report.dag import drawing, drawings
from bunsui.report.data import Log, Run
from bunsui.report.differences import Change, differences
from bunsui.report.log_lines import embedded, inert
from bunsui.report.operations import rows
from bunsui.report.remedies import remedies
from bunsui.report.timeline import chart
from bunsui.services.reports.reading import bounded

RUN = story.failed().runs[0]


def test_the_critical_path_goes_back_over_what_ended_last() -> None:
    assert critical_path([one.view for one in story.OPERATIONS]) == ("extract", "by_region", "load")


def test_a_bar_stands_where_its_operation_ran() -> None:
    row = next(row for row in chart(RUN, story.T + 60).rows if row.name == "extract")
    assert (row.bars[0].x, round(row.bars[0].width, 2)) == (0.0, 32.26)


def test_tries_and_the_back_off_between_them_are_drawn() -> None:
    row = next(row for row in chart(RUN, story.T + 60).rows if row.name == "rates")
    assert [(bar.kind, bar.tone) for bar in row.bars] == [("try", "bad"), ("back-off", "idle"), ("try", "good")]


def test_an_operation_that_could_have_begun_earlier_waited() -> None:
    row = next(row for row in chart(RUN, story.T + 60).rows if row.name == "load")
    assert [bar.title for bar in row.bars if bar.kind == "wait"] == ["waited 1.0s"]


def test_states_that_follow_each_other_waited_for_nothing() -> None:
    states = (
        Operation(story.view("A", OperationStatus.SUCCEEDED, 0, 10)),
        Operation(story.view("B", OperationStatus.SUCCEEDED, 10, 20)),
    )
    found = chart(Run(1, "e", "SUCCEEDED", story.T, story.T + 20, states), story.T)
    assert [bar.kind for row in found.rows for bar in row.bars] == ["run", "run"]


def test_a_fan_out_is_one_row_with_how_many_ran_at_once() -> None:
    row = next(row for row in chart(RUN, story.T + 60).rows if row.name == "by_region")
    assert row.profile.startswith("M0 100H0.00V66.7H10.00V33.3H20.00V0.0")
    assert len(row.marks) == 1


def test_a_night_in_which_nothing_ran_is_folded() -> None:
    early = Operation(story.view("a", OperationStatus.SUCCEEDED, 0, 60))
    late = Operation(story.view("b", OperationStatus.SUCCEEDED, 30000, 30060))
    found = chart(Run(1, "e", "SUCCEEDED", story.T, story.T + 30060, (early, late)), story.T)
    assert [fold.label for fold in found.folds] == ["8h 19m"]
    assert [round(row.bars[-1].width) for row in found.rows] == [48, 48]


def test_what_runs_still_ends_now() -> None:
    running = Operation(story.view("a", OperationStatus.RUNNING, 0, None), (Try("a", None, 1, story.T),))
    found = chart(Run(1, "e", "RUNNING", story.T, None, (running,)), story.T + 10)
    assert found.rows[0].time == "10.0s"


def test_the_graph_is_folded_to_its_width() -> None:
    needs = ("root",)
    names = [Operation(OperationView("root", "python", OperationStatus.SUCCEEDED))]
    names += [Operation(OperationView(f"leaf{n}", "python", OperationStatus.SUCCEEDED, needs)) for n in range(12)]
    found = drawing(names, (), 400)
    assert found is not None
    assert found.width <= 420
    assert len(found.boxes) == 13


def test_only_a_graph_of_some_size_is_folded_for_a_phone() -> None:
    many = [Operation(OperationView("root", "python", OperationStatus.SUCCEEDED))]
    many += [Operation(OperationView(f"leaf{n}", "python", OperationStatus.SUCCEEDED, ("root",))) for n in range(80)]
    assert [list(drawings(some, (), 1000, 300)) for some in (many, many[:8], many[:2])] == [
        ["any"],
        ["wide", "narrow"],
        ["any"],
    ]


def test_boxes_do_not_touch() -> None:
    found = drawing(story.OPERATIONS, (), 1000)
    assert found is not None
    for one in found.boxes:
        for other in found.boxes:
            beside = one.x + one.width <= other.x or other.x + other.width <= one.x
            assert one is other or one.y != other.y or beside


def test_a_machine_without_dependencies_has_no_graph() -> None:
    assert drawing([Operation(OperationView("A", "pass", OperationStatus.SUCCEEDED))], (), 400) is None


def test_the_cost_is_of_transitions_requests_and_compute() -> None:
    defined = {
        "fn": Defined("fn", LambdaTask("m.f", memory=1024)),
        "box": Defined("box", EcsTask("i", cpu=1024, memory=2048)),
    }
    ran = (
        Operation(
            replace(story.view("fn", OperationStatus.SUCCEEDED, 0, 10), kind="lambda"), story.tries("fn", (0, 10, None))
        ),
        Operation(
            replace(story.view("box", OperationStatus.SUCCEEDED, 0, 90), kind="ecs"), story.tries("box", (0, 90, None))
        ),
    )
    run = Run(1, "e", "SUCCEEDED", story.T, story.T + 90, ran, transitions=1000)
    found = cost(replace(story.failed(), runs=(run,), pipeline=Pipeline("p", defined)))
    assert {item.what: round(item.dollars, 8) for item in found.items} == {
        "Step Functions, state transitions": 0.025,
        "Lambda, requests": 2e-07,
        "Lambda, compute": 0.00016667,
        "Fargate, compute": 0.00123425,
    }


def test_differences_tell_parameters_definition_durations_and_outputs() -> None:
    data = story.completed()
    assert data.before is not None
    found = differences(data, data.before)
    assert found.params == (Change("day", "2026-09-20", "2026-09-21"),)
    assert [(one.name, one.before, one.after) for one in found.timings] == [("extract", 4.0, 10.0)]
    assert [change.name for change in found.outputs] == ["rows", "note", "deep"]
    assert [line for line in found.diff if line.startswith("+")] == [f"+description: {story.HOSTILE}"]


def test_a_duration_is_compared_with_what_is_usual() -> None:
    found = {row.name: row.compared for row in rows(story.failed())}
    assert found == {"extract": 1.5, "rates": None, "by_region": None, "load": None, "publish": None}


def test_the_suggested_way_comes_first_and_why_others_are_none() -> None:
    found = remedies(story.failed())
    assert found.possible[0].command == "bunsui session recover nightly-20260921-abcdef --resume"
    assert found.others == (("redrive", "its failures were caught"),)


def test_a_log_that_does_not_fit_keeps_its_beginning_and_its_end() -> None:
    found = bounded((story.line(n, "a", f"line {n}") for n in range(100)), most=20)
    assert ([line.message for line in found.lines][:3], found.left_out, found.head) == (
        ["line 0", "line 1", "line 82"],
        80,
        2,
    )


def test_a_line_that_is_too_long_says_how_much_is_left_out() -> None:
    found = bounded([story.line(0, "a", "x" * 30_000)])
    assert found.lines[0].message.endswith("… (10,000 more)")


@pytest.mark.parametrize(
    "text", ["</script>", "<!--", "]]>", "\u2028\u2029", "\x00\x1b", "\ud800", "a\U000e0041b", "&lt;"]
)
def test_data_is_inert_and_means_the_same(text: str) -> None:
    found = inert(json.dumps([text], ensure_ascii=False))
    assert not set(found) & set("<>&\u2028\u2029\x00\ud800\U000e0041")
    assert json.loads(found) == [text]


def test_a_large_log_is_compressed() -> None:
    lines = tuple(
        LogLine(float(n), "INFO", "s", "a", None, "1.0.0", "stdout", f"line {n} says much") for n in range(20_000)
    )
    encoding, text = embedded(Log(lines), ())
    assert encoding == "gzip"
    assert json.loads(gzip.decompress(base64.b64decode(text)))["message"][-1] == "line 19999 says much"
