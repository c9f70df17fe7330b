"""Words are not failures: a log may speak of time-outs and permissions as it works, and values may hold such words."""

from __future__ import annotations

import json

import pytest

from bunsui.analysis.errors.clues import PlacedLine
from bunsui.analysis.errors.judging import Judgement, judge
from bunsui.analysis.errors.rulebook import builtin

UNSURE = 0.4
WORKING = [
    "loaded 10 rows, 0 errors, 0 duplicate rows",
    "quality gate passed\nno null values found in 3000 rows",
    "processing file permission_denied_events.csv\ndone 30 %",
    'processing event "access denied" for user 7\nprocessing event "login" for user 8',
    'row 17: status=timeout reason="connection refused"\nrow 18: status=ok',
    "downloading throttling-report-2026.csv",
    "INFO retry-after header not present, going on",
    "checked 12 partitions: schema mismatch none",
    "WARN connection reset by peer, retrying (1/5)\nconnected\nloaded 300 rows\nfinished step 2",
    "rate limit: 5000 requests per hour, remaining 4321",
    "memory limit 2 GiB, using 300 MiB",
    "disk full check: ok",
    "timeout set to 30 s",
    "No data to skip",
    "reading table expired_tokens\nreading table invalid_credentials",
    "category counts: timeout=3 permission denied=2 out of memory=1",
    "Usage: 45 % of memory, 30 % of disk",
    "the environment variable TZ is UTC",
    "rows are required to have an id: all 300 do",
    "comparing expected 3 got 3",
    '{"level":"info","msg":"handled 404 page not found for visitor","status":404}',
    'GET /health HTTP/1.1" 503 -\nGET /health HTTP/1.1" 200 -\nstarted',
]


def of_log(text: str, stream: str) -> Judgement:
    lines = [PlacedLine("p", n, "INFO", stream, line) for n, line in enumerate(text.splitlines(), 1)]
    return judge("Bunsui.CommandFailed", "job.sh ended with exit code 3", lines, [builtin()])


@pytest.mark.parametrize("text", WORKING)
def test_a_log_that_only_speaks_of_such_things_decides_nothing(text: str) -> None:
    found = of_log(text, "stdout")
    assert found.category == "unknown" or found.confidence < UNSURE


@pytest.mark.parametrize("text", WORKING)
@pytest.mark.parametrize("before", ["INFO ", "2026-01-01 10:00:00,123 INFO etl.load: ", "[INFO] "])
def test_a_program_that_logs_to_stderr_may_inform_of_such_things(text: str, before: str) -> None:
    found = of_log("\n".join(before + line for line in text.splitlines()), "stderr")
    assert found.category == "unknown" or found.confidence < UNSURE


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("ERROR connection refused by db.internal", "transient"),
        ("2026-01-01 10:00:00 error: permission denied for table orders", "permission"),
        ("Database Error in model orders\n  relation raw.orders does not exist", "configuration"),
        ("could not resolve host db.internal", "transient"),
        (
            "ERROR HIVE_BAD_DATA: Field amount's type DOUBLE in parquet file s3://lake/orders/part-0.parquet "
            "is incompatible with type bigint defined in table schema",
            "bad data",
        ),
        (
            "ERROR COLUMN_NOT_FOUND: line 1:8: Column 'amout' cannot be resolved or requester is not authorized "
            "to access requested resources",
            "configuration",
        ),
        ("ERROR pandas 1.5 is incompatible with numpy 2", "dependency"),
    ],
)
def test_what_is_said_as_an_error_decides_on_either_stream(text: str, category: str) -> None:
    assert of_log(text, "stdout").category == category
    assert of_log(text, "stderr").category == category


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("AssertionError", "expected 3 rows for reason 'permission denied', got 2"),
        ("KeyError", "'timeout'"),
        ("KeyError", "'access denied'"),
        ("ValueError", "unknown event kind 'connection refused'"),
        ("ValueError", "bad value 'out of memory' in column reason at row 3"),
        ("TypeError", "'timeout' is an invalid keyword argument for open()"),
        ("NameError", "name 'deadlock' is not defined"),
    ],
)
def test_a_value_that_an_exception_quotes_decides_nothing(error: str, message: str) -> None:
    stack = ['  File "/srv/app.py", line 3, in main\n    go()\n']
    cause = json.dumps({"errorMessage": message, "errorType": error, "stackTrace": stack})
    assert judge(error, cause, (), [builtin()]).category in ("code", "bad data", "unknown")
