"""`session errors` as text: each thing once, in the order in which it is needed, within the terminal's columns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bunsui.model.failure import CAUSE, Category, ErrorAnalysis, Evidence
from bunsui.model.session import Runtime, Session
from bunsui.model.status import SessionStatus
from bunsui.services.errors.views import ErrorGroup, ErrorPage
from bunsui.text import errors
from bunsui.text.style import Style

_PLAIN = Style(colour=False)
_LOG = "logs/night/clean/4/1.0.0/000001.jsonl"
_FAILED = ErrorAnalysis(
    session="night",
    end="night-1#0",
    rank=0,
    execution="night-1",
    event=135,
    at=0.0,
    operation="clean",
    item=4,
    attempt="1.0.0",
    attempts=1,
    error="ValueError",
    cause="could not convert string to float: '12,50'",
    category=Category.BAD_DATA,
    recoverable=False,
    confidence=0.84,
    rule="conversion",
    advice="Look at the input that it was reading: it is not what the code expects. Mend it upstream.",
    fingerprint="75fab15a227f",
    evidence=(
        Evidence(_LOG, 7, "ValueError: could not convert string to float: '12,50'"),
        Evidence(_LOG, 4, '  File "jobs.py", line 11, in clean'),
    ),
)


def told(one: ErrorAnalysis, columns: int | None = None) -> list[str]:
    session = Session(
        "night",
        "nightly",
        1,
        "",
        {},
        "",
        Runtime("python", "", ""),
        "ada",
        "2026-01-01T00:00:00Z",
        status=SessionStatus.FAILED,
    )
    return list(errors.details(session, (one,), columns, _PLAIN))[2:]


def test_what_failed_stands_first_then_why_then_its_kind_then_what_to_do() -> None:
    assert told(_FAILED) == [
        "✘ clean[4]  ValueError",
        '  why      File "jobs.py", line 11, in clean',
        "         ValueError: could not convert string to float: '12,50'",
        "  kind   bad data, does not pass by itself  84% sure",
        "  do     Look at the input that it was reading: it is not what the code expects. Mend it upstream.",
        "  where  log of clean[4], attempt 1.0.0 · event 135 of night-1 · fingerprint 75fab15a227f",
    ]


def test_no_line_is_wider_than_the_terminal() -> None:
    assert max(map(len, told(_FAILED, 80))) <= 80


@pytest.mark.parametrize(
    ("cause", "evidence", "why"),
    [
        ("", (), ["it took longer than its timeout"]),
        ("exited with code 3: boom", ("exited with code 3; it last wrote:",), ["exited with code 3: boom"]),
        ("cat: x: No such file or directory", ("cat: x: No such file",), ["cat: x: No such file or directory"]),
    ],
)
def test_nothing_is_said_twice_and_something_always(cause: str, evidence: tuple[str, ...], why: list[str]) -> None:
    lines = tuple(Evidence(CAUSE, number, text) for number, text in enumerate(evidence, 1))
    rows = told(replace(_FAILED, error="States.Timeout", cause=cause, evidence=lines))
    assert rows[1 : rows.index("  kind   bad data, does not pass by itself  84% sure")] == [f"  why    {why[0]}"]


def test_an_expression_that_failed_is_told_as_it_was_written() -> None:
    raw = (
        "An error occurred while executing the state 'b.input' (entered at the event id #6). The JSONata expression "
        "'($a:=$states.input.a.o;$a.rows)' specified for the field 'Arguments/Body/n' returned nothing (undefined)."
    )
    one = replace(_FAILED, error="States.QueryEvaluationError", cause=raw, evidence=(Evidence(CAUSE, 1, raw),))
    assert told(one)[1:3] == [
        "  why    with.n: $a.rows returned nothing (undefined).",
        "  kind   bad data, does not pass by itself  84% sure",
    ]


def test_a_group_names_the_operation() -> None:
    group = ErrorGroup(
        fingerprint="75fab15a227f",
        count=3,
        first_seen="2026-01-01T00:00:00Z",
        last_seen="2026-01-02T00:00:00Z",
        pipelines=("nightly",),
        session="night",
        operation="slow",
        error="States.Timeout",
        cause="",
        category=Category.TIMEOUT,
        recoverable=True,
        advice="",
    )
    first, _ = errors.summaries(ErrorPage(((group, False),)), None, _PLAIN)
    assert first == "3x  slow  timeout  States.Timeout: it took longer than its timeout"
    rows = list(errors.summaries(ErrorPage(((group, False),)), 80, _PLAIN))
    assert max(map(len, rows)) <= 80
    assert " ".join(row.strip() for row in rows).endswith("not succeeded since · fingerprint 75fab15a227f")
