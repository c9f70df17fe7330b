"""The table of ways out: what each would run is said by name, nothing is promised that is not known, 80 columns do."""

from __future__ import annotations

from bunsui.analysis.deeds import done
from bunsui.model.status import SessionStatus
from bunsui.services.views import Action, Items, RecoveryPlan, Way
from bunsui.text import recovery
from bunsui.text.style import Style

_MANY = tuple(f"operation_{number}" for number in range(12))
_PLAN = RecoveryPlan(
    "night",
    SessionStatus.FAILED,
    (
        Way(Action.RESUME, "night", 0, rerun=("load", "publish"), reused=("extract",), seconds=3.0),
        Way(Action.SKIP, "night", 0, names=("load",), choices=_MANY, rerun=_MANY, seconds=0.2, untimed=("load",)),
        Way(Action.REDRIVE, "night", 0, False, "the failure of load was caught (on_failure: continue): " + "so " * 20),
    ),
    Action.RESUME,
    ("load: transient. The other side did not answer: see whether it is up, and let the operation retry.",),
)


def lines(columns: int | None) -> list[str]:
    return list(recovery.plan_lines(_PLAN, columns, Style(colour=False)))


def test_what_each_way_would_run_stands_below_it() -> None:
    told = lines(None)
    row = next(number for number, line in enumerate(told) if "--resume" in line)
    assert told[row + 1] == "   runs load, publish"
    assert told[row + 3].startswith("   for load runs operation_0, operation_1, ")


def test_all_that_may_be_named_is_said_however_narrow_the_terminal() -> None:
    told = " ".join(lines(80))
    assert all(name in told.partition("OP is one of")[2] for name in _MANY)


def test_nothing_is_wider_than_the_terminal() -> None:
    assert max(map(len, lines(80))) <= 80


def test_a_time_of_which_a_part_is_not_known_says_so() -> None:
    (row,) = (line for line in lines(None) if "--skip" in line)
    assert " >0.2s " in row


def test_a_reason_that_several_ways_share_is_said_once() -> None:
    ways = [Way(action, "night", 0, False, "it is RUNNING: cancel it first") for action in (Action.RESUME, Action.SKIP)]
    plan = RecoveryPlan("night", SessionStatus.RUNNING, (*ways, Way(Action.CANCEL, "night", 0)))
    told = "\n".join(recovery.plan_lines(plan, 80, Style(colour=False)))
    assert told.count("it is RUNNING") == 1
    assert "  --resume, --skip  it is RUNNING: cancel it first" in told


def test_a_warning_of_one_way_names_the_way() -> None:
    ways = (
        Way(Action.RESUME, "night", 0, rerun=("load",)),
        Way(Action.SKIP, "night", 0, rerun=("publish",), warnings=("publish reads it",)),
    )
    plan = RecoveryPlan("night", SessionStatus.FAILED, ways)
    assert "! --skip: publish reads it" in recovery.plan_lines(plan, 80, Style(colour=False))


def test_each_way_is_said_in_words_that_a_person_would_use() -> None:
    from_load = Way(Action.FROM, "night", 0, False, "it is RUNNING", names=("load",))
    assert recovery.not_possible(from_load) == "session night cannot be restarted from load: it is RUNNING"
    assert next(recovery.way_lines(from_load)) == "restart night from load"
    assert recovery.flag(Way(Action.SKIP, "night", 0), ("a", "b")) == "--skip a --skip b"


def test_a_recovery_that_was_made_says_who_did_what() -> None:
    assert done("rerun", ("load",), "ada") == "resumed by ada, rerunning load"
    assert done("from", ("load",), "ada") == "restarted from load by ada"


def test_what_a_way_would_do_is_no_wider_than_the_terminal() -> None:
    way = Way(Action.RESUME, "night", 0, rerun=_MANY, reused=_MANY, warnings=("so " * 60,))
    told = list(recovery.way_lines(way, 60))
    assert max(map(len, told)) <= 60
    assert all(name in " ".join(told) for name in _MANY[:8])


def test_of_a_fan_out_the_items_that_run_are_counted() -> None:
    way = Way(Action.RESUME, "night", 0, rerun=("load",), items={"load": Items(18, 2)})
    plan = RecoveryPlan("night", SessionStatus.FAILED, (way,))
    assert "   runs load (2 of 20 items)" in recovery.plan_lines(plan, 80, Style(colour=False))
