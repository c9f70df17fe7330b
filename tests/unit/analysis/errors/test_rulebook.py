"""Files of rules: every problem at once, each with its place, and no pattern that can hang."""

from __future__ import annotations

import time

import pytest

from bunsui.analysis.errors.judging import judge
from bunsui.analysis.errors.rule import Glob
from bunsui.analysis.errors.rulebook import builtin, parse
from bunsui.model.failure import Category
from bunsui.patterns import InvalidPattern, Pattern

GOOD = """
[[rule]]
name = "vendor"
error = ["Vendor*", "HTTPError"]
cause = 'ticket \\d+'
category = "transient"
recoverable = true
confidence = 0.95
advice = "Wait for the vendor."
retry = {max_attempts = 4, interval = "30s", max_delay = "5m", jitter = "full"}
"""


def said(text: str) -> list[str]:
    return [str(problem) for problem in parse(text, "e.toml")[1]]


def test_a_rule_is_read_with_its_conditions_and_its_retry() -> None:
    (rule,), problems = parse(GOOD, "e.toml")
    assert problems == ()
    assert (rule.name, rule.category, rule.recoverable, rule.confidence) == ("vendor", Category.TRANSIENT, True, 0.95)
    assert rule.retry is not None
    assert (rule.retry.max_attempts, rule.retry.interval, rule.retry.max_delay) == (4, 30, 300)


def test_all_problems_are_told_at_once_with_their_lines() -> None:
    text = GOOD + '\n[[rule]]\nname = "vendor"\ncategory = "odd"\nrecoverable = "yes"\nadvice = "x"\nlog = "("\n'
    found = [line.split("  ")[0] for line in said(text)]
    assert found == ["e.toml:13:1", "e.toml:14:1", "e.toml:15:1", "e.toml:17:1"]
    assert parse(text, "e.toml")[0] == ()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("exit_code = 0", "'exit_code' must be a number from 1 to 255"),
        ("exit_code = true", "'exit_code' must be a number"),
        ('signal = "kill"', "must be a signal's name"),
        ('error = "*"', "must be an error's name"),
        ("cause = []", "1 to 100 alternatives"),
        ("confidence = 2", "above 0, up to 1"),
        ("retry = {max_attempts = 1}", "max_attempts must be 2 to 100"),
        ('retry = {interval = "soon"}', "no duration"),
        ('retry = {jitter = "some"}', "'retry' is not understood"),
        ("retry = {on = 1}", "'retry' takes only"),
        ("kind = 1", "there is no key 'kind'"),
        ("cause = '(?=x)'", "RE2's syntax"),
        ("cause = '(a)\\1'", "no regular expression"),
    ],
)
def test_what_does_not_fit_is_named(line: str, message: str) -> None:
    text = f'[[rule]]\nname = "n"\ncategory = "code"\nrecoverable = false\nadvice = "a"\ntext = "x"\n{line}\n'
    assert message in " ".join(said(text))


def test_a_rule_without_a_condition_would_take_everything() -> None:
    text = '[[rule]]\nname = "n"\ncategory = "code"\nrecoverable = false\nadvice = "a"\n'
    assert "has no condition" in said(text)[0]


@pytest.mark.parametrize("text", ["rule = 1", "rule = [1]", "other = 1", "[[rule", "x" * 10_000, "\x00"])
def test_what_is_no_list_of_rules_is_a_problem(text: str) -> None:
    rules, problems = parse(text, "e.toml")
    assert rules == ()
    assert problems


def test_a_syntax_error_has_its_place() -> None:
    assert said("[[rule]]\nname = 'a\n")[0].startswith("e.toml:2:")


def test_the_user_s_rules_are_asked_first() -> None:
    mine, _ = parse(GOOD, "e.toml")
    found = judge("HTTPError", "404 Client Error: see ticket 8812", (), [mine, builtin()])
    assert (found.rule, found.category) == ("vendor", Category.TRANSIENT)
    assert judge("HTTPError", "404 Client Error", (), [mine, builtin()]).category is Category.CONFIGURATION


@pytest.mark.parametrize("text", ["(a+)+$", "(a|aa)+$", "(.*)*x", "a?" * 60 + "a" * 60, "(x+x+)+y"])
def test_no_pattern_hangs(text: str) -> None:
    began = time.perf_counter()
    Pattern(text).found_in("a" * 100_000 + "!")
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("text", ["((a{1,1000}){1,1000}){1,1000}", "a" * 2000, "(?<=a)b", "[", "\\"])
def test_what_is_too_much_or_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(InvalidPattern):
        Pattern(text)


def test_halves_of_characters_are_searched_like_all_others() -> None:
    assert Pattern("bad").found_in("\ud800 bad \udfff")
    assert not Pattern("\ud800x").found_in("bad")


def test_every_expression_that_bunsui_brings_is_one_and_every_name_is_there_once() -> None:
    for rule in builtin():
        for text in (*rule.cause.texts, *rule.text.texts, *rule.log.texts, *rule.stack.texts):
            Pattern(text)
        assert len(set(rule.text.texts)) == len(rule.text.texts), rule.name
        assert len({glob.text for glob in rule.errors}) == len(rule.errors), rule.name


@pytest.mark.parametrize(
    ("text", "name", "taken"),
    [
        ("*Throttl*", "Glue.ThrottlingException", True),
        ("*Throttl*", "Throttle", True),
        ("Lambda.*", "Lambda.", True),
        ("*Error*Error", "ErrorError", True),
        ("*Error*Error", "Error", False),
        ("a*b*c", "a.b.c", True),
        ("a*b*c", "acb", False),
        ("Error", "my.Error", True),
        ("my.*Error", "your.Error", False),
    ],
)
def test_a_star_stands_for_anything(text: str, name: str, taken: bool) -> None:
    assert Glob(text).takes(name) is taken
