"""Causes as people read them, from literal causes."""

from __future__ import annotations

import json

from bunsui.text import cause

_LAMBDA = {"errorMessage": "no such\nmonth", "errorType": "ValueError", "stackTrace": ['  File "x.py", line 1, in f\n']}


def test_a_runtimes_json_is_read_as_its_message_and_stack():
    told = cause.lines("ValueError", json.dumps(_LAMBDA))

    assert told == ["no such", "month", '  File "x.py", line 1, in f']
    assert cause.one_line("ValueError", json.dumps(_LAMBDA)) == "no such"


def test_json_that_was_cut_off_still_gives_its_message():
    text = json.dumps(_LAMBDA)

    assert cause.lines("ValueError", text[:-10]) == ["no such", "month"]
    assert cause.one_line("ValueError", text[:25]) == "no such"
    assert cause.one_line("ValueError", text[: text.index("\\n") + 1]) == "no such"


def test_of_a_first_line_that_announces_more_the_last_is_told_first():
    text = "python3 exited with code 1; it last wrote:\nTraceback ...\nZeroDivisionError: division by zero"

    assert cause.one_line("Bunsui.CommandFailed", text) == (
        "ZeroDivisionError: division by zero (python3 exited with code 1)"
    )


def test_a_nested_execution_tells_its_own_error():
    text = json.dumps({"Cause": "1 of 2 operations failed", "Error": "Bunsui.OperationsFailed", "ExecutionArn": "arn"})

    assert cause.one_line("States.TaskFailed", text) == "Bunsui.OperationsFailed: 1 of 2 operations failed"


def test_an_expressions_error_is_told_in_the_authors_words():
    before = "An error occurred while executing the state 'looks' (entered at the event id #176). "
    expression = "The JSONata expression '($fine:=$states.input.fine.o;$length($fine.big))' specified for the field "
    threw = "'Arguments/Payload/with/n' threw an error during evaluation. T0410: Argument 1 does not match"

    assert cause.one_line("States.QueryEvaluationError", before + expression + threw) == (
        "with.n: $length($fine.big): Argument 1 does not match (T0410)"
    )


def test_an_expression_without_a_value_is_told_in_the_authors_words():
    before = "An error occurred while executing the state 'undef' (entered at the event id #177). "
    rest = "The JSONata expression '$fine.nothing' specified for the field 'Arguments/Payload/with/n' returned nothing."

    assert cause.one_line("States.QueryEvaluationError", before + rest) == "with.n: $fine.nothing returned nothing."


def test_a_timeout_says_so():
    assert cause.lines("States.Timeout", None) == ["it took longer than its timeout"]


def test_what_is_no_json_of_a_runtime_is_shown_as_it_is():
    assert cause.lines("X", '{"a": 1}') == ['{"a": 1}']
    assert cause.lines("X", "[1]") == ["[1]"]
    assert cause.lines("X", "one\n\ntwo\n") == ["one", "two"]
    assert cause.lines("X", None) == []
    assert cause.one_line("X", "\n") == ""


def test_a_cause_cannot_steer_the_terminal():
    assert cause.one_line("X", "a\x1b[31m") == "a\\e[31m"
    assert "\x1b" not in cause.lines("X", json.dumps({"errorMessage": "a\x1b[31m"}))[0]
