"""JSONPath states: the way of data, variables, choices, functions, and AWS's words where a path leads nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from bunsui.asl.comparisons import matches
from bunsui.asl.machine import InvalidDefinition, parse

PASS = {"Type": "Pass", "End": True}


def machine(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def ran(asl: Any, answers: Any, given: Any, **states: Any) -> Any:
    return asl.World(parse(machine(**states)), answers or {}).run(given)


def passed(asl: Any, given: Any, **fields: Any) -> Any:
    return ran(asl, None, given, A=PASS | fields).output


def test_data_goes_through_all_five_fields_in_order(asl: Any) -> None:
    call = asl.task(
        InputPath="$.in",
        Parameters={"x.$": "$.x", "who.$": "$$.Execution.Name", "fixed": [1, {"y.$": "$.x"}]},
        ResultSelector={"kept.$": "$.value", "all.$": "$"},
        ResultPath="$.out.here",
        OutputPath="$.out",
    )
    run = ran(asl, {"A": lambda call: {"value": call.arguments}}, {"in": {"x": 7}, "out": {"old": 1}}, A=call)
    arguments = {"x": 7, "who": "run-1", "fixed": [1, {"y": 7}]}
    assert run.calls[0].arguments == arguments
    assert run.output == {"old": 1, "here": {"kept": arguments, "all": {"value": arguments}}}


def test_null_paths_leave_an_empty_object_and_a_null_result_path_keeps_the_input(asl: Any) -> None:
    assert passed(asl, {"a": 1}, InputPath=None) == {}
    assert passed(asl, {"a": 1}, OutputPath=None) == {}
    assert passed(asl, {"a": 1}, Result={"b": 2}, ResultPath=None) == {"a": 1}
    assert passed(asl, {"a": 1}, Result=[1], ResultPath="$.b.c") == {"a": 1, "b": {"c": [1]}}
    assert passed(asl, {"a": 1}, InputPath="$$.Execution.Input.a") == 1


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.list[0].n", 1),
        ("$.list[-1].n", 3),
        ("$['odd-name']['a b']", 5),
        ("$.odd-name['a b']", 5),
        ("$.list[*].n", [1, 2, 3]),
        ("$.list[1:].n", [2, 3]),
        ("$..n", [1, 2, 3]),
        ("$.list[?(@.n > 1)].n", [2, 3]),
        ("$.nowhere[*].n", []),
        ("$.list.length()", 3),
    ],
)
def test_paths_lead_to_one_value_or_find_a_list(asl: Any, path: str, expected: Any) -> None:
    given = {"list": [{"n": 1}, {"n": 2}, {"n": 3}], "odd-name": {"a b": 5}}
    assert passed(asl, given, Parameters={"found.$": path}) == {"found": expected}


def test_variables_are_assigned_together_and_seen_by_what_follows(asl: Any) -> None:
    first = {"Type": "Pass", "Assign": {"a.$": "$.n", "b": {"deep.$": "$.n"}}, "Next": "B"}
    second = {"Type": "Pass", "Assign": {"a.$": "$b.deep", "c.$": "$a"}, "Next": "C"}
    run = ran(asl, None, {"n": 4}, A=first, B=second, C=PASS | {"Parameters": {"all.$": "States.Array($a, $b, $c)"}})
    assert run.output == {"all": [4, {"deep": 4}, 4]}
    result = {"Next": "B", "Assign": {"got.$": "$.value"}, "ResultPath": None}
    run = ran(asl, {"A": {"value": 9}}, {}, A=asl.task(**result), B=PASS | {"InputPath": "$got"})
    assert run.output == 9


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"InputPath": "$.no"}, "Invalid path '$.no' : No results for path: $['no']"),
        ({"OutputPath": "$.no.more"}, "Invalid path '$.no.more' : Missing property in path $['no']"),
        (
            {"Parameters": {"x.$": "$.no"}},
            "The JSONPath '$.no' specified for the field 'x.$' could not be found in the input '{\"a\":1}'",
        ),
    ],
)
def test_a_path_that_leads_nowhere_ends_the_execution_in_awss_words(asl: Any, fields: Any, cause: str) -> None:
    run = ran(asl, None, {"a": 1}, A=PASS | fields)
    opening = "An error occurred while executing the state 'A' (entered at the event id #2). "
    assert (run.error, run.cause) == ("States.Runtime", opening + cause)
    assert run.types == ["ExecutionStarted", "PassStateEntered", "ExecutionFailed"]


def test_no_catch_takes_a_runtime_error_but_that_of_a_function(asl: Any) -> None:
    catch = {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C", "ResultPath": "$.error"}]}
    assert ran(asl, None, {}, A=asl.task(OutputPath="$.no", **catch), C=PASS).error == "States.Runtime"
    call = asl.task(Parameters={"x.$": "States.StringToJson($.text)"}, **catch)
    run = ran(asl, None, {"text": "{"}, A=call, C=PASS)
    assert run.output["text"] == "{"
    assert run.output["error"]["Error"] == "States.IntrinsicFailure"


def choice(rule: dict[str, Any]) -> dict[str, Any]:
    yes, no = ({"Type": "Pass", "Result": value, "End": True} for value in (True, False))
    return {"A": {"Type": "Choice", "Choices": [rule | {"Next": "Yes"}], "Default": "No"}, "Yes": yes, "No": no}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"Variable": "$.n", "NumericEquals": 1.0}, True),
        ({"Variable": "$.n", "NumericLessThanPath": "$.m"}, True),
        ({"Variable": "$.t", "NumericEquals": 1}, False),
        ({"Variable": "$.s", "StringGreaterThan": "abb"}, True),
        ({"Variable": "$.n", "StringEquals": "1"}, False),
        ({"Variable": "$.when", "TimestampLessThan": "2024-01-01T02:00:00+01:00"}, True),
        ({"Variable": "$.s", "TimestampLessThan": "2024-01-01T00:00:00Z"}, False),
        ({"Variable": "$.t", "BooleanEquals": True}, True),
        ({"Variable": "$.no", "IsPresent": False}, True),
        ({"Variable": "$.null", "IsNull": True}, True),
        ({"Variable": "$.s", "IsNumeric": False}, True),
        ({"Variable": "$.when", "IsTimestamp": True}, True),
        ({"Variable": "$.s", "StringMatches": "a*c"}, True),
        (
            {"And": [{"Variable": "$.n", "NumericEquals": 1}, {"Not": {"Variable": "$.t", "BooleanEquals": True}}]},
            False,
        ),
        ({"Or": [{"Variable": "$.n", "NumericEquals": 2}, {"Variable": "$.t", "BooleanEquals": True}]}, True),
    ],
)
def test_rules_compare_only_what_is_of_their_kind(asl: Any, rule: dict[str, Any], expected: bool) -> None:
    given = {"n": 1, "m": 2, "s": "abc", "t": True, "null": None, "when": "2024-01-01T00:30:00Z"}
    assert ran(asl, None, given, **choice(rule)).output is expected


def test_a_rule_about_a_value_that_is_not_there_ends_the_execution(asl: Any) -> None:
    run = ran(asl, None, {}, **choice({"Variable": "$.no", "NumericEquals": 1}))
    words = "Invalid path '$.no': The choice state's condition path references an invalid value."
    assert (run.error, run.cause.endswith(words)) == ("States.Runtime", True)


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("log-1.txt", "log-*.txt", True),
        ("a*b", "a\\*b", True),
        ("aXb", "a\\*b", False),
        ("ab", "a*b*", True),
        ("aba", "ab*ba", False),
        ("x" * 3000, "*".join("x" * 100) + "y", False),
    ],
)
def test_a_star_stands_for_any_characters(text: str, pattern: str, expected: bool) -> None:
    assert matches(text, pattern) is expected


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("States.Format('{} has \\{\\} and {}', $.s, $.o)", "it's has {} and {a=1, b=[x, null]}"),
        ("States.Format('a\\'b')", "a'b"),
        ("States.ArrayPartition($.l, 2)", [[1, 2], [2]]),
        ("States.ArrayContains($.l, 2.0)", True),
        ("States.ArrayRange(5, 1, -2)", [5, 3, 1]),
        ("States.ArrayGetItem($.l, 0)", 1),
        ("States.ArrayLength($.l)", 3),
        ("States.ArrayUnique($.l)", [1, 2]),
        ("States.Base64Decode(States.Base64Encode('née'))", "née"),
        ("States.Hash('x', 'SHA-1')", "11f6ad8ec52a2984abaafd7c3b516503785c2072"),
        ("States.JsonMerge($.o, States.StringToJson('{\"a\": 2}'), false)", {"a": 2, "b": ["x", None]}),
        ("States.JsonToString($.o)", '{"a":1,"b":["x",null]}'),
        ("States.MathAdd(2147483647, 1)", -2147483648),
        ("States.MathAdd(1.5, -2.5)", 0),
        ("States.MathRandom(3, 4)", 3),
        ("States.StringSplit('a,b;;c', ',;')", ["a", "b", "c"]),
    ],
)
def test_intrinsic_functions(asl: Any, call: str, expected: Any) -> None:
    given = {"s": "it's", "o": {"a": 1, "b": ["x", None]}, "l": [1, 2, 2]}
    assert passed(asl, given, Parameters={"v.$": call})["v"] == expected


def test_functions_take_large_values_in_bounded_time(asl: Any) -> None:
    given = {"l": [{"n": n % 9000} for n in range(18_000)], "s": "a,b" * 40_000, "ends": ",;" * 40_000}
    found = passed(asl, given, Parameters={"u.$": "States.ArrayUnique($.l)"}, OutputPath="$.u[0]")
    assert found == {"n": 0}
    counted = "States.ArrayLength(States.StringSplit($.s, $.ends))"
    assert passed(asl, given | {"l": []}, Parameters={"n.$": counted}) == {"n": 40_001}


def test_two_uuids_of_one_state_differ_and_a_replay_gives_the_same(asl: Any) -> None:
    found = passed(asl, {}, Parameters={"a.$": "States.UUID()", "b.$": "States.Format('{}', States.UUID())"})
    assert len(found["a"]) == 36
    again = passed(asl, {}, Parameters={"a.$": "States.UUID()", "b.$": "States.Format('{}', States.UUID())"})
    assert again == found


@pytest.mark.parametrize(
    "call",
    ["States.ArrayRange(0, 100000, 1)", "States.ArrayGetItem($.l, 9)", "States.JsonMerge($.o, $.o, true)",
     "States.Hash($.o, 'CRC')", "States.MathAdd('1', 2)", "States.Format('{}')"],
)  # fmt: skip
def test_a_function_that_has_no_value_fails_its_state(asl: Any, call: str) -> None:
    run = ran(asl, None, {"l": [1], "o": {}}, A=PASS | {"Parameters": {"v.$": call}})
    assert run.error == "States.IntrinsicFailure"
    assert f"The function '{call}' had the following error: " in run.cause


@pytest.mark.parametrize(
    "value",
    ["$.a[", "States.Nope()", "States.Format('x'", "States.ArrayLength()", "States.Format('\\q')", "plain", 5,
     "$..a..b..c", "$.a[?(@.b =~ /(x+)+y/)]", "States.Array(" * 12 + ")" * 12],
)  # fmt: skip
def test_what_is_neither_a_path_nor_a_function_is_refused(value: Any) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        parse(machine(A=PASS | {"Parameters": {"x.$": value}}))
    assert [(p.location, p.message) for p in caught.value.problems] == [
        (
            "/States/A/Parameters",
            "The value for the field 'x.$' must be a valid JSONPath or a valid intrinsic function call",
        )
    ]


def test_waits_and_limits_may_come_from_the_input(asl: Any) -> None:
    run = ran(asl, None, {"s": "3"}, A={"Type": "Wait", "SecondsPath": "$.s", "End": True})
    assert run.now - asl.START == 3
    failed = ran(asl, None, {"s": -1.5}, A={"Type": "Wait", "SecondsPath": "$.s", "End": True})
    assert failed.cause.endswith("The SecondsPath parameter cannot be parsed as a long value: $.s == -1.5")
    run = ran(asl, {"A": asl.NEVER}, {"t": 2}, A=asl.task(TimeoutSecondsPath="$.t"))
    assert (run.error, run.of("TaskScheduled")[0].details["timeoutInSeconds"]) == ("States.Timeout", 2)


def test_maps_and_branches_have_the_same_fields(asl: Any) -> None:
    inner = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
    mapped = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemSelector": {"n.$": "$$.Map.Item.Value", "of.$": "$.name"},
        "ItemProcessor": inner,
        "ResultSelector": {"first.$": "$[0]"},
        "ResultPath": "$.done",
        "Next": "P",
    }
    branches = [{"StartAt": "L", "States": {"L": PASS}}, {"StartAt": "R", "States": {"R": PASS | {"Result": 2}}}]
    parallel = {"Type": "Parallel", "Parameters": {"x.$": "$.done.first"}, "Branches": branches, "End": True}
    run = ran(asl, None, {"items": [1, 2], "name": "m"}, A=mapped, P=parallel)
    assert run.output == [{"x": {"n": 1, "of": "m"}}, 2]
    assert ran(asl, None, {"items": 5}, A=mapped, P=parallel).error == "States.Runtime"


# Distributed Maps


def distributed(inner: dict[str, Any], **more: Any) -> dict[str, Any]:
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}} | inner
    return {"Type": "Map", "ItemProcessor": processor, "End": True, **more}


WORK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"n.$": "$"}, "End": True}


def test_a_distributed_map_tells_only_of_its_run(asl: Any) -> None:
    retried = WORK | {"Retry": [{"ErrorEquals": ["States.ALL"]}]}
    tries: dict[int, int] = {}

    def answer(call: Any) -> Any:
        n = call.arguments["n"]
        tries[n] = tries.get(n, 0) + 1
        return asl.Problem("Once") if tries[n] == 1 else n * 10

    run = ran(
        asl, {"W": answer}, [1, 2, 3], A=distributed({"StartAt": "W", "States": {"W": retried}}, MaxConcurrency=2)
    )
    assert run.output == [10, 20, 30]
    assert tries == {1: 2, 2: 2, 3: 2}
    assert len({call.task for call in run.calls}) == 6
    assert [kind for kind in run.types if kind not in ("ExecutionStarted", "ExecutionSucceeded")] == [
        "MapStateEntered",
        "MapStateStarted",
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
    ]


@pytest.mark.parametrize(("tolerate", "expected"), [({}, None), ({"ToleratedFailureCount": 1}, [1, 3])])
def test_a_distributed_map_bears_as_many_failures_as_it_tolerates(asl: Any, tolerate: Any, expected: Any) -> None:
    answers = {"W": lambda call: asl.Problem("Two") if call.arguments["n"] == 2 else call.arguments["n"]}
    run = ran(asl, answers, [1, 2, 3], A=distributed({"StartAt": "W", "States": {"W": WORK}}, **tolerate))
    if expected is not None:
        assert run.output == expected
        return
    assert run.error == "States.ExceedToleratedFailureThreshold"
    assert run.types[-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]


def test_a_redriven_distributed_map_runs_only_what_failed(asl: Any) -> None:
    broken = {"now": True}

    def answer(call: Any) -> Any:
        n = call.arguments["n"]
        return asl.Problem("Two") if n == 2 and broken["now"] else n

    run = ran(asl, {"W": answer}, [1, 2], A=distributed({"StartAt": "W", "States": {"W": WORK}}, MaxConcurrency=1))
    assert run.status == "FAILED"
    broken["now"] = False
    assert run.redrive().go().output == [1, 2]
    assert [call.arguments["n"] for call in run.calls] == [1, 2, 2]
    assert len({call.task for call in run.calls}) == 3


def test_what_a_distributed_map_starts_sees_no_variable_from_outside(asl: Any) -> None:
    reads = {"StartAt": "R", "States": {"R": {"Type": "Pass", "InputPath": "$outer", "End": True}}}
    first = {"Type": "Pass", "Assign": {"outer": 1}, "Next": "M"}
    assert ran(asl, None, [1], A=first, M=distributed(reads)).error == "States.ExceedToleratedFailureThreshold"
