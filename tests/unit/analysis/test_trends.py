"""How a pipeline fares: every number from sessions that can be counted by hand."""

from __future__ import annotations

from bunsui.analysis.trends import Past, durations, trend


def past(id: str, status: str = "COMPLETED", seconds: float | None = 10.0, **more: object) -> Past:
    return Past(id, status, "2026-01-01T00:00:00.000000Z", seconds, **more)  # type: ignore[arg-type]


def test_durations_are_told_by_middle_edge_and_newest() -> None:
    found = durations([5.0, 1.0, 2.0, 3.0, 4.0, 6.0, 7.0, 8.0, 9.0, 100.0])
    assert found is not None
    assert (found.latest, found.fastest, found.typical, found.nearly, found.slowest) == (5.0, 1.0, 5.5, 9.0, 100.0)


def test_nothing_is_typical_of_nothing() -> None:
    assert durations([]) is None
    assert trend("p", []).success_rate is None


def test_who_was_cancelled_was_not_judged() -> None:
    found = trend("p", [past("a"), past("b", "FAILED"), past("c", "CANCELLED"), past("d", "TIMED_OUT")])
    assert (found.completed, found.success_rate) == (1, 1 / 3)


def test_only_what_completed_in_one_execution_has_a_duration_that_counts() -> None:
    found = trend("p", [past("a"), past("b", seconds=None, executions=2), past("c", "FAILED", 1.0)])
    assert found.recovered == 1
    assert found.durations is not None
    assert (found.durations.count, found.durations.typical) == (1, 10.0)


def test_the_slowest_operation_comes_first_with_its_share() -> None:
    ran = frozenset({"load", "read"})
    found = trend("p", [past("a", began=ran, operations={"read": 1.0, "load": 3.0})])
    assert [(one.name, one.share, one.sessions) for one in found.operations] == [("load", 0.75, 1), ("read", 0.25, 1)]


def test_flaky_is_what_did_not_succeed_at_once() -> None:
    ran = frozenset({"load", "read"})
    sessions = [
        past("a", "FAILED", began=ran, failed=frozenset({"load"}), again=frozenset({"load"})),
        past("b", began=ran, operations={"read": 1.0, "load": 1.0}, again=frozenset({"read"})),
        past("c", began=ran, operations={"read": 1.0, "load": 1.0}, again=frozenset({"load"})),
    ]
    flaky = trend("p", sessions).flakiest
    assert [(one.name, one.failed, one.again, round(one.flakiness, 2)) for one in flaky] == [
        ("load", 1, 1, 0.67),
        ("read", 0, 1, 0.33),
    ]


def test_what_always_fails_is_broken_and_not_flaky() -> None:
    ran = frozenset({"load", "read"})
    sessions = [past(id, "FAILED", began=ran, operations={"read": 1.0}, failed=frozenset({"load"})) for id in "ab"]
    found = trend("p", sessions)
    assert found.flakiest == ()
    assert [(one.name, one.sessions, one.failed) for one in found.broken] == [("load", 2, 2)]


def test_what_failed_until_it_was_edited_is_neither() -> None:
    ran = frozenset({"load"})
    sessions = [
        past("b", began=ran, operations={"load": 1.0}, definition="mended"),
        past("a", "FAILED", began=ran, failed=ran, definition="wrong"),
    ]
    assert (trend("p", sessions).flakiest, trend("p", sessions).broken) == ((), ())


def test_what_failed_and_succeeded_as_it_stands_is_flaky() -> None:
    ran = frozenset({"load"})
    sessions = [
        past("b", began=ran, operations={"load": 1.0}, definition="same"),
        past("a", "FAILED", began=ran, failed=ran, definition="same"),
    ]
    assert [one.name for one in trend("p", sessions).flakiest] == ["load"]


def test_what_failed_before_it_began_is_counted_among_its_sessions() -> None:
    (load,) = trend("p", [past("a", "FAILED", failed=frozenset({"load"}))]).operations
    assert (load.sessions, load.failed) == (1, 1)
