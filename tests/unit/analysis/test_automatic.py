"""When a session is recovered by itself: rules, what failed, what was tried before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bunsui.analysis.automatic import Rule, Tried, decide, rules
from bunsui.analysis.ways import Action
from bunsui.model.failure import Category, ErrorAnalysis

_C = Category
NOW = 1000.0


def failure(category: Category = _C.TRANSIENT, recoverable: bool = True, print: str = "f") -> ErrorAnalysis:
    return ErrorAnalysis(
        "s",
        "s-1#0",
        0,
        "s-1",
        1,
        NOW,
        "load",
        None,
        "1.0.0",
        1,
        "E",
        "why",
        category,
        recoverable,
        1.0,
        "r",
        "a",
        print,
    )


def tried(*prints: str, at: float = 900.0, category: Category = _C.TRANSIENT) -> tuple[Tried, ...]:
    return tuple(Tried(at, frozenset({category}), frozenset({one})) for one in prints)


def test_without_rules_nothing_happens_and_nothing_is_said() -> None:
    decision = decide((), [failure()], (), NOW)
    assert (decision.action, decision.why) == (None, "")


def test_what_may_pass_by_itself_is_recovered_after_the_interval() -> None:
    decision = decide(rules({}) or (Rule(),), [failure()], (), NOW)
    assert (decision.action, decision.delay, decision.attempt, decision.of) == (Action.RESUME, 30.0, 1, 3)


def test_the_policy_as_written_is_a_mapping_or_a_list() -> None:
    one = {"on": ["throttled"], "max_attempts": 5, "interval": 60, "backoff": 3, "budget": 3600, "action": "redrive"}
    (rule,) = rules(one)
    assert rule == Rule(frozenset({_C.THROTTLED}), 5, 60, 3, 900.0, 3600, Action.REDRIVE)
    assert rules([one, {"on": ["timeout"]}]) == (rule, Rule(frozenset({_C.TIMEOUT})))
    assert rules(None) == ()


@pytest.mark.parametrize(("recoverable", "action"), [(True, Action.RESUME), (False, None)])
def test_without_categories_only_what_may_pass_by_itself_is_recovered(recoverable, action) -> None:
    assert decide([Rule()], [failure(recoverable=recoverable)], (), NOW).action is action


def test_a_category_that_is_named_is_recovered_whether_or_not_it_passes_by_itself() -> None:
    rule = Rule(frozenset({_C.CODE}))
    assert decide([rule], [failure(_C.CODE, recoverable=False)], (), NOW).action is Action.RESUME
    assert decide([rule], [failure(_C.TRANSIENT)], (), NOW).action is None


def test_one_failure_that_no_rule_takes_leaves_the_session_to_a_person() -> None:
    decision = decide([Rule()], [failure(), failure(_C.CODE, recoverable=False)], (), NOW)
    assert (decision.action, decision.why) == (None, "load failed (code): the policy leaves that to a person")


def test_each_wait_is_longer_up_to_the_longest() -> None:
    rule = Rule(interval=10, backoff=4, max_delay=100, max_attempts=9)
    delays = [decide([rule], [failure(print="new")], tried(*"abc"[:n]), NOW).delay for n in range(4)]
    assert delays == [10, 40, 100, 100]


def test_attempts_are_counted_by_category() -> None:
    rule = Rule(max_attempts=2)
    assert decide([rule], [failure(print="new")], tried("a", "b"), NOW).action is None
    others = tried("a", "b", category=_C.THROTTLED)
    assert decide([rule], [failure(print="new")], others, NOW).action is Action.RESUME


def test_the_same_failure_after_two_recoveries_is_left_alone() -> None:
    rule = Rule(max_attempts=9)
    assert decide([rule], [failure()], tried("f"), NOW).action is Action.RESUME
    assert decide([rule], [failure()], tried("f", "other"), NOW).action is Action.RESUME
    stopped = decide([rule], [failure()], tried("f", "f"), NOW)
    assert (stopped.action, stopped.why) == (None, "load failed in the same way after 2 recoveries")


def test_a_budget_counts_from_the_first_failure() -> None:
    rule = Rule(budget=120, interval=10, max_attempts=9, backoff=1)
    assert decide([rule], [failure(print="new")], tried("a", at=NOW - 110), NOW).action is Action.RESUME
    assert decide([rule], [failure(print="new")], tried("a", at=NOW - 111), NOW).action is None


def test_of_several_failures_the_longest_wait_counts() -> None:
    both = [failure(print="a"), failure(_C.THROTTLED, print="b")]
    chosen = [Rule(frozenset({_C.TRANSIENT}), interval=1), Rule(frozenset({_C.THROTTLED}), interval=60)]
    assert decide(chosen, both, (), NOW).delay == 60


def test_a_failure_of_which_nothing_is_known_is_left_to_a_person() -> None:
    assert decide([Rule()], [], (), NOW).why == "nothing is known of why it failed"


def test_what_is_only_guessed_is_left_to_a_person() -> None:
    guessed = replace(failure(), confidence=0.36)
    decision = decide((Rule(),), [guessed], (), NOW)
    assert (decision.action, decision.why) == (
        None,
        "load failed (transient, only 36% sure): that is left to a person",
    )
    assert decide((Rule(frozenset({_C.UNKNOWN})),), [replace(guessed, category=_C.UNKNOWN)], (), NOW).action is not None
