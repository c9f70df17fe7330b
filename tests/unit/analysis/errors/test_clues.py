"""What is read out of causes and logs: service answers, tracebacks of several languages, how processes ended."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bunsui.analysis.errors.causes import told_in
from bunsui.analysis.errors.clues import PlacedLine
from bunsui.analysis.errors.exceptions import raised_in, user_frame
from bunsui.analysis.errors.fingerprint import normalised
from bunsui.analysis.errors.judging import judge
from bunsui.analysis.errors.rulebook import builtin

CHAIN = """\
Traceback (most recent call last):
  File "/srv/load.py", line 6, in fetch
    return CACHE[key]
KeyError: 'k'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/load.py", line 9, in run
    fetch("k")
  File "/venv/lib/python3.11/site-packages/lib/core.py", line 1, in call
    raise Unreachable(host)
lib.core.Unreachable: host is down
and stays so
"""


def log(text: str, level: str = "ERROR") -> tuple[PlacedLine, ...]:
    return tuple(PlacedLine("c", n, level, "log", line) for n, line in enumerate(text.splitlines(), 1))


def test_a_chain_of_exceptions_is_read_from_the_last_to_the_first() -> None:
    last, first = raised_in(CHAIN.splitlines())
    assert (last.error, last.message, last.line) == ("lib.core.Unreachable", "host is down\nand stays so", 12)
    assert (first.error, first.message) == ("KeyError", "'k'")


def test_what_an_exception_was_raised_from_says_why_and_what_was_raised_is_shown_too() -> None:
    steps = [("load.py", "int(text)", "ValueError: invalid literal for int() with base 10: '12,5'")]
    steps += [("load.py", "raise KeyError(row) from e", "KeyError: 'row 17'")]
    steps += [("load.py", "raise RuntimeError(name) from k", "RuntimeError: orders.csv cannot be loaded")]
    between = "\n\nThe above exception was the direct cause of the following exception:\n\n"
    text = between.join(
        f'Traceback (most recent call last):\n  File "/srv/{file}", line {n}, in go\n    {code}\n{error}'
        for n, (file, code, error) in enumerate(steps, 1)
    )
    found = judge("Bunsui.CommandFailed", "python exited with code 1", log(text), [builtin()])
    assert found.category == "bad data"
    shown = [line.text.strip() for line in found.evidence]
    assert shown == [steps[0][2], 'File "/srv/load.py", line 1, in go', "int(text)", steps[2][2]]


def test_failures_of_one_program_that_say_different_things_are_different() -> None:
    def of(said: str) -> str:
        cause = f"bash exited with code 1; it last wrote:\n{said}"
        lines = log(f"{said}\nBunsui.CommandFailed: bash exited with code 1")
        return judge("Bunsui.CommandFailed", cause, lines, [builtin()]).fingerprint

    assert len({of("cat: write error: No space left on device"), of("no rows for 2026-01-01"), of("go away")}) == 3
    assert of("no rows for 2026-01-01") == of("no rows for 2026-02-17")


def test_an_exception_without_a_message_is_not_told_as_json() -> None:
    cause = json.dumps({"errorMessage": "", "errorType": "MemoryError", "stackTrace": []})
    assert "{" not in judge("MemoryError", cause, (), [builtin()]).cause


def test_the_user_s_innermost_frame_is_outside_of_libraries() -> None:
    assert user_frame(raised_in(CHAIN.splitlines())[0].frames) == "load.py:run"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('Exception in thread "main" java.lang.IllegalStateException: no', "java.lang.IllegalStateException"),
        ("Caused by: java.net.SocketTimeoutException: Read timed out", "java.net.SocketTimeoutException"),
        ("2026-01-01 ERROR app - sqlalchemy.exc.OperationalError: gone", "sqlalchemy.exc.OperationalError"),
        ("[ERROR] KeyError: 'x'", "KeyError"),
    ],
)
def test_what_looks_like_an_exception_is_one(text: str, error: str) -> None:
    assert raised_in([text])[0].error == error


def test_a_traceback_that_breaks_off_has_no_exception() -> None:
    assert raised_in(["Traceback (most recent call last):", '  File "a.py", line 1, in f']) == ()


def test_the_containers_of_a_task_tell_how_they_ended() -> None:
    cause = json.dumps(
        {"StoppedReason": "Essential container exited", "Containers": [{"ExitCode": 0}, {"ExitCode": 137}]}
    )
    (told,) = told_in("States.TaskFailed", cause)
    assert (told.exit_code, told.signal) == (137, "SIGKILL")


def test_an_sdk_s_error_is_the_service_s_own() -> None:
    told = told_in("ClientError", "An error occurred (SlowDown) when calling the PutObject operation: Slow down")
    assert [one.error for one in told] == ["ClientError", "SlowDown"]


def test_the_failure_inside_of_a_nested_execution_is_found() -> None:
    inner = json.dumps({"Error": "Lambda.TooManyRequestsException", "Cause": "Rate exceeded"})
    told = told_in("States.TaskFailed", json.dumps({"Error": "States.TaskFailed", "Cause": inner}))
    assert "Rate exceeded" in told[-1].message or told[-1].error == "Lambda.TooManyRequestsException"


def test_evidence_is_the_line_of_the_log_and_the_user_s_frame() -> None:
    found = judge("Bunsui.CommandFailed", "python exited with code 1", log(CHAIN), [builtin()])
    assert found.category == "transient"
    assert [(line.place, line.line) for line in found.evidence] == [("c", 13), ("c", 9), ("c", 10)]


def test_evidence_of_a_function_shows_the_very_line_that_raised() -> None:
    stack = ['  File "/srv/etl/load.py", line 7, in load\n    raise ValueError(total)\n    ^^^^^^^^^^^^^^^^^^^^^^\n']
    cause = json.dumps({"errorMessage": "12", "errorType": "ValueError", "stackTrace": stack})
    shown = [line.text for line in judge("ValueError", cause, (), [builtin()]).evidence]
    assert shown == ["12", 'File "/srv/etl/load.py", line 7, in load', "raise ValueError(total)"]


def test_an_old_warning_does_not_outweigh_the_error_itself() -> None:
    noise = log("connection reset by peer, trying again\n" + "ok\n" * 50, "WARNING")
    assert judge("TypeError", "unsupported operand", noise, [builtin()]).category == "code"


def test_what_no_rule_knows_shows_its_last_lines() -> None:
    found = judge("Odd", "so it is", log("one\ntwo\nthree\nfour", "INFO"), [builtin()])
    assert (found.category, found.recoverable) == ("unknown", False)
    assert [line.text for line in found.evidence] == ["so it is", "two", "three", "four"]


@pytest.mark.parametrize(
    ("error", "cause", "told"),
    [
        ("States.Timeout", None, ["connecting to db.internal", "waiting for a lock"]),
        ("Bunsui.CommandFailed", "python3 was killed by SIGKILL (out of memory?)", None),
    ],
)
def test_what_was_cut_off_shows_what_it_did_last(error: str, cause: str | None, told: list[str] | None) -> None:
    lines = (*log("connecting to db.internal\nwaiting for a lock", "INFO"), *log(f"{error}: {cause}"))
    shown = [line.text for line in judge(error, cause, lines, [builtin()]).evidence]
    assert shown[:2] == ["connecting to db.internal", "waiting for a lock"]
    assert told is None or shown == told


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("no object s3://raw/2026-01-01/a.csv", "no object s3://raw/2026-02-03/b.csv"),
        ("row 12 of 200 is bad", "row 7 of 3,000 is bad"),
        ("request 0d6b1c1e-4f2d-4d64-9b8f-2f6a1c9a7710 failed", "request 1d6b1c1e-4f2d-4d64-9b8f-2f6a1c9a7711 failed"),
        ("cannot open /home/ada/x/1.csv", "cannot open /srv/data/2.csv"),
        ("at 2026-01-01T00:00:00Z it broke", "at 2027-11-01 10:11:12.5 it broke"),
        ("object at 0x7f3a5c1d2b90", "object at 0x7f3a5c1d2c00"),
    ],
)
def test_what_differs_each_time_is_left_out_of_a_fingerprint(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


def test_containers_that_only_ended_differ_by_their_exit_codes() -> None:
    ended = {"StoppedReason": "Essential container in task exited"}
    causes = [json.dumps({**ended, "ExitCode": code}) for code in (1, 2, 139)]
    assert len({judge("States.TaskFailed", cause, (), []).fingerprint for cause in causes}) == len(causes)


def test_containers_that_only_ended_differ_by_what_their_logs_cry() -> None:
    cause = json.dumps({"StoppedReason": "Essential container in task exited", "ExitCode": 1})
    texts = ("row 7\nerror: no such table", "row 9\nerror: no such table", "row 9\nerror: no such column")
    one, same, other = (judge("States.TaskFailed", cause, log(text), []).fingerprint for text in texts)
    assert one == same
    assert one != other


def test_what_awss_command_line_says_is_an_error_by_its_name() -> None:
    said = 'fatal error: An error occurred (404) when calling the HeadObject operation: Key "a.csv" does not exist'
    found = judge("Bunsui.CommandFailed", "./fetch.sh ended with exit code 1", log(said), [builtin()])
    assert (found.rule, [line.text for line in found.evidence]) == ("object-missing", [said])


def test_words_stay_in_a_fingerprint() -> None:
    assert normalised("KeyError: 'month'") != normalised("KeyError: 'year'")


def test_the_same_failure_in_a_moved_line_and_another_folder_is_the_same() -> None:
    causes = [
        {"errorMessage": "bad", "errorType": "E", "stackTrace": [f'  File "{place}", line {line}, in run\n    x\n']}
        for place, line in (("/home/ada/load.py", 3), ("/var/task/load.py", 30))
    ]
    one, other = (judge("E", json.dumps(cause), (), []).fingerprint for cause in causes)
    assert one == other


def test_rules_have_no_say_in_a_fingerprint() -> None:
    cause = "python exited with code 1"
    assert judge("X", cause, log(CHAIN), []).fingerprint == judge("X", cause, log(CHAIN), [builtin()]).fingerprint


TEXT = st.text(max_size=300)


@given(
    error=TEXT,
    cause=st.one_of(TEXT, st.just('{"Error":' * 3000), TEXT.map(lambda t: json.dumps({"Cause": t}))),
    lines=st.lists(TEXT, max_size=10),
)
def test_no_text_whatsoever_breaks_an_analysis(error: str, cause: str, lines: list[str]) -> None:
    found = judge(error, cause, log("\n".join(lines)), [builtin()])
    assert 0 < found.confidence <= 1


QUOTA = """\
Traceback (most recent call last):
  File "/srv/publish.py", line 7, in <module>
    raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT), path)
OSError: [Errno 122] Disk quota exceeded: '/data/out.parquet'"""


def test_of_a_traceback_whose_words_decide_the_frame_is_shown_too() -> None:
    lines = [PlacedLine("p", number, "WARNING", "stderr", text) for number, text in enumerate(QUOTA.splitlines(), 1)]
    found = judge("Bunsui.CommandFailed", f"python3 exited with code 1; it last wrote:\n{QUOTA}", lines, [builtin()])
    assert found.category == "disk"
    assert {line.line for line in found.evidence if line.place == "p"} == {2, 3, 4}
