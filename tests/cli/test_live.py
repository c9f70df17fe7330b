"""The live view, from literal views: what each operation's line says, and what fits."""

from __future__ import annotations

import io
from dataclasses import replace

from bunsui.analysis.progress import Items, OperationView
from bunsui.cli import detail
from bunsui.cli.screen import Screen
from bunsui.model.session import Runtime, Session
from bunsui.model.status import OperationStatus, SessionStatus
from bunsui.services.views import Approval, LiveProgress, Place, SessionView
from bunsui.text import live, width, words
from bunsui.text.style import Style

_S = OperationStatus
_PLAIN = Style(colour=False)
_T0 = 1_772_000_000.0  # 2026-02-25T06:13:20Z

_SESSION = Session(
    id="flights-20260225-abcdef",
    pipeline="flights",
    version=None,
    definition_sha256="0" * 64,
    params={},
    source="flights.yaml",
    runtime=Runtime("python3", "/usr/bin", "."),
    owner="tester",
    created="2026-02-25T06:13:20Z",
    started="2026-02-25T06:13:20Z",
    status=SessionStatus.RUNNING,
)


def operation(name: str, status: OperationStatus, **rest) -> OperationView:
    return OperationView(name, "python", status, **rest)


def view(*operations: OperationView, **rest) -> SessionView:
    return SessionView(_SESSION, operations, **rest)


def frame(shown: SessionView, columns: int = 80, rows: int = 24) -> list[str]:
    return live.frame(shown, _T0 + 83, columns, rows, _PLAIN)


def test_each_operation_has_glyph_name_status_and_time():
    lines = frame(
        view(
            operation("extract", _S.SUCCEEDED, started=_T0, ended=_T0 + 2.1),
            operation("load", _S.RUNNING, started=_T0 + 2.1, attempts=2),
            operation("report", _S.PENDING, needs=("load",)),
        ),
        60,
    )

    assert lines == [
        "flights-20260225-abcdef                      RUNNING  1m 23s",
        "✔ extract   SUCCEEDED     2.1s",
        "● load      RUNNING     1m 21s  try 2",
        "○ report    PENDING             needs load",
        "1 succeeded · 1 running · 1 pending",
    ]


def test_a_fan_out_shows_its_counts_and_a_bar():
    lines = frame(view(operation("count", _S.RUNNING, started=_T0, items=Items(8, done=3, failed=1, running=2))))

    assert lines[1] == "● count     RUNNING     1m 23s  ███████░░░░░░░ 3/8, 2 running, 1 failed"


def test_what_a_task_says_of_itself_is_shown():
    said = {"load": LiveProgress(62, 100, "month 3", _T0)}

    lines = frame(view(operation("load", _S.RUNNING, started=_T0), progress=said))

    assert lines[1] == "● load      RUNNING     1m 23s  ████████▋░░░░░  62% · month 3"


def test_an_approval_shows_its_question():
    waits = operation("ask", _S.WAITING, started=_T0, waiting="approval")
    asked = (Approval(_SESSION.id, "ask", "Publish it?", _T0, "secret-token"),)

    lines = frame(view(waits, approvals=asked))

    assert lines[1] == "◔ ask       WAITING     1m 23s  for approval: Publish it?"


def test_a_failure_shows_its_error_and_message():
    cause = '{"errorMessage": "no such month", "errorType": "ValueError"}'
    failed = operation("load", _S.FAILED, started=_T0, ended=_T0 + 1, error="ValueError", cause=cause)

    assert frame(view(failed))[1] == "✘ load      FAILED        1.0s  ValueError no such month"


def test_operations_of_nested_pipelines_are_indented():
    lines = frame(view(operation("sub", _S.RUNNING, started=_T0), operation("sub.load", _S.PENDING, depth=1)))

    assert lines[2].startswith("○   load")


def test_no_line_is_wider_than_the_terminal_and_none_is_lost():
    many = [
        operation(f"operation_number_{n}_with_a_long_name", _S.RUNNING, started=_T0, items=Items(100, running=9))
        for n in range(100)
    ]

    for columns in (30, 40, 79):
        lines = frame(view(*many), columns, 20)
        assert max(map(width.columns, lines)) <= columns
        assert len(lines) <= 20


def test_when_not_all_fit_what_runs_is_shown():
    many = [operation(f"op_{n}", _S.SUCCEEDED, started=_T0, ended=_T0 + n) for n in range(40)]
    running = operation("now", _S.RUNNING, started=_T0)

    lines = frame(view(*many, running, operation("later", _S.PENDING)), rows=10)

    assert any("now" in line for line in lines)
    assert any("op_39" in line for line in lines)
    assert "… 36 succeeded · 1 pending more" in lines


def test_what_users_wrote_cannot_steer_the_terminal():
    said = {"load": LiveProgress(1, None, "\x1b[2J\rgone", _T0)}
    waits = operation("load", _S.RUNNING, started=_T0)

    assert not any("\x1b" in line or "\r" in line for line in frame(view(waits, progress=said)))


def test_a_narrow_terminal_keeps_the_heading():
    assert frame(view(), 24)[0] == "flights…  RUNNING  1m 23s"


def test_changes_are_lines_in_the_order_in_which_they_happened():
    before = view(operation("a", _S.RUNNING, started=_T0), operation("b", _S.PENDING))
    after = view(
        operation("a", _S.SUCCEEDED, started=_T0, ended=_T0 + 2), operation("b", _S.RUNNING, started=_T0 + 2.5)
    )

    lines = [line.split("  ", 1)[1] for line in live.changes(before, after)]

    assert lines == ["a  SUCCEEDED  2.0s", "b  RUNNING"]
    assert live.changes(after, after) == []


def test_ascii_terminals_get_ascii():
    lines = live.frame(
        view(operation("count", _S.RUNNING, started=_T0, items=Items(8, done=3))), _T0 + 1, 80, 24, Style(False, False)
    )

    assert all(line.isascii() for line in lines)


def test_a_session_that_retries_has_not_ended():
    assert not live.ended(SessionView(replace(_SESSION, status=SessionStatus.RETRYING), ()))
    assert live.ended(SessionView(replace(_SESSION, status=SessionStatus.FAILED), ()))


def test_a_frame_is_drawn_over_the_one_before():
    stream = io.StringIO()
    screen = Screen(stream)

    screen.show(["a", "b"], 80)
    screen.show(["a", "b"], 80)
    screen.show(["c"], 80)

    assert stream.getvalue() == "\r\x1b[Ja\x1b[K\nb\x1b[K\n" + "\r\x1b[2Ac\x1b[K\n\x1b[J"


def test_a_terminal_that_became_narrower_is_cleared_of_the_broken_lines():
    stream = io.StringIO()
    screen = Screen(stream)

    screen.show(["\x1b[32m" + "x" * 70 + "\x1b[0m", "b"], 80)
    stream.truncate(0)
    screen.show(["y"], 40)

    assert "\x1b[3A\x1b[J" in stream.getvalue()


def test_a_session_that_waits_to_be_recovered_says_why_and_for_how_long() -> None:
    waits = replace(
        _SESSION,
        status=SessionStatus.RETRYING,
        reason="resume by itself after 10 s (1 of 3): load failed (transient)",
        due="2026-02-25T06:14:50Z",
    )
    shown = replace(view(operation("load", _S.FAILED, started=_T0, ended=_T0 + 1)), session=waits)
    assert frame(shown)[1] == f"{waits.reason} (next in 7.0s)"
    assert live.changes(view(), shown)[-1] == f"          RETRYING  {waits.reason}"
    assert live.changes(shown, shown) == []


def test_an_operation_that_is_tried_again_says_when():
    waits = operation("load", _S.RETRYING, started=_T0, attempts=2, next_try=_T0 + 95, error="Timeout")

    (line,) = (line for line in frame(view(waits)) if "RETRYING" in line and "load" in line)
    (told,) = live.changes(view(), view(waits))

    assert "try 2 · next in 12.0s · Timeout" in line
    assert f"next at {words.clock(_T0 + 95)}" in told


def test_a_place_in_a_queue_is_whole_and_its_waiting_is_timed():
    why = "as many sessions of flights run as may (max_sessions: 1)"
    place = Place("flights-20260225-abcdef", "pipeline/flights", 1, 1, _T0, why, _T0 + 90)
    waits = SessionView(replace(_SESSION, status=SessionStatus.QUEUED, started=None), (), place=place)

    heading, *told, _ = frame(waits)

    assert heading.endswith("QUEUED  1m 23s")
    assert " ".join(told) == f"1 of 1 in the queue of flights, starts in about 7.0s: {why}"


def test_of_a_fan_out_that_hangs_the_items_that_still_run_are_named() -> None:
    hanging = operation("count", _S.RUNNING, started=_T0, items=Items(30, done=28, running=2, now=(5, 17)))
    rows = list(detail.lines(view(hanging), hanging, (), 80, Style(False, False)))
    assert any(row.split() == ["running", "items", "[5],", "[17]"] for row in rows)
