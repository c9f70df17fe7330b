"""What is said of operations that failed, from literal views."""

from __future__ import annotations

import json

from bunsui.analysis.progress import OperationView
from bunsui.model.log import LogLine
from bunsui.model.session import Runtime, Session
from bunsui.model.status import OperationStatus, SessionStatus
from bunsui.services.views import SessionView
from bunsui.text import failing, width
from bunsui.text.style import Style

_S = OperationStatus
_PLAIN = Style(colour=False)
_T0 = 1_772_000_000.0
_SESSION = Session(
    id="etl-20260225-abcdef",
    pipeline="etl",
    version=None,
    definition_sha256="0" * 64,
    params={},
    source="etl.yaml",
    runtime=Runtime("python3", "/usr/bin", "."),
    owner="tester",
    created="2026-02-25T06:13:20Z",
    status=SessionStatus.FAILED,
)


def failed(name: str, at: float = 0, **rest) -> OperationView:
    return OperationView(name, "python", _S.FAILED, started=_T0, ended=_T0 + at, **rest)


def line(message: str, level: str = "INFO") -> LogLine:
    return LogLine(_T0, level, "etl-20260225-abcdef", "load", None, "1.0.0", "log", message)


def block(operation: OperationView, *lines: LogLine, columns: int | None = 80, others=()) -> list[str]:
    view = SessionView(_SESSION, (*others, operation))
    return list(failing.block(view, operation, lines, columns, _PLAIN))


def test_the_first_failure_comes_first_and_a_nested_pipeline_is_not_blamed_for_what_failed_in_it():
    view = SessionView(_SESSION, (failed("late", 9), failed("sub", 6), failed("sub.load", 5, depth=1)))

    assert [one.name for one in failing.failures(view)] == ["sub.load", "late"]


def test_a_long_cause_is_wrapped_and_not_cut():
    cause = "DB_PASSWORD is to come from the environment variable DB_PASSWORD, which was not set where Bunsui runs"

    lines = block(failed("load", error="Bunsui.SecretMissing", cause=cause), columns=60)

    assert " ".join(text.strip() for text in lines[1:]) == cause
    assert max(map(width.columns, lines[1:])) <= 60


def test_a_cause_without_end_is_cut_after_a_few_rows():
    lines = block(failed("load", error="ValueError", cause="word " * 500), columns=60)

    assert len(lines) == 5
    assert lines[-1].endswith("…")


def test_the_log_does_not_repeat_the_stack_that_the_cause_shows():
    cause = json.dumps({"errorMessage": "no month", "stackTrace": ['  File "etl.py", line 3, in load\n']})
    log = [
        line("read 3 rows"),
        line("Traceback (most recent call last):", "ERROR"),
        line('  File "etl.py", line 3, in load', "ERROR"),
        line("ValueError: no month", "ERROR"),
    ]

    lines = block(failed("load", error="ValueError", cause=cause), *log)

    assert lines[1:3] == ["    no month", '      File "etl.py", line 3, in load']
    assert lines[3] == "  last lines of load:"
    assert lines[4].endswith("INFO  read 3 rows")
    assert len(lines) == 5


def test_the_log_tells_a_stack_that_the_cause_does_not():
    log = [line("Traceback (most recent call last):", "ERROR"), line('  File "etl.py", line 3, in load', "ERROR")]

    lines = block(failed("load", error="ValueError", cause="no month"), *log)

    assert lines[-1].endswith('ERROR   File "etl.py", line 3, in load')


def test_an_expression_that_looked_into_a_large_field_is_told_which_one():
    reference = {"$ref": "outputs/etl/fetch/1.0.0/rows.json", "bytes": 100_000, "sha256": "0"}
    fetch = OperationView("fetch", "python", _S.SUCCEEDED, output={"rows": reference, "count": 3})
    broken = failed("load", error="States.QueryEvaluationError", cause="T0410", needs=("fetch",))

    text = " ".join(part.strip() for part in block(broken, others=(fetch,)))

    assert "$fetch.rows is stored aside (97.7 KiB)" in text
    assert "inline: [rows]" in text
