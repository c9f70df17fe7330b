"""What a task was handed, from the call in a history."""

from __future__ import annotations

from bunsui.analysis.given import given


def test_of_a_function_it_is_the_with_alone() -> None:
    call = {"FunctionName": "f", "Payload": {"bunsui": {"key": "a/b"}, "with": {"n": 3}}}
    assert given(call) == {"n": 3}


def test_of_a_container_it_is_found_in_its_environment() -> None:
    inner = {"Name": "BUNSUI", "Value": '{"bunsui": {"attempt": "1.0.0"}, "with": {"rows": [1, 2]}}'}
    assert given({"Overrides": {"ContainerOverrides": [{"Environment": [inner]}]}}) == {"rows": [1, 2]}


def test_of_a_container_whose_input_was_put_aside_it_is_what_was_put() -> None:
    call = {"Overrides": {"ContainerOverrides": [{"Environment": [{"Value": '{"bunsui": {}, "input": "inputs/a"}'}]}]}}
    assert given(call, {"Bucket": "b", "Key": "inputs/a", "Body": {"rows": [1, 2]}}) == {"rows": [1, 2]}


def test_of_anything_else_it_is_the_call_without_what_answers_it() -> None:
    assert given({"Url": "https://example.com", "token": "abc"}) == {"Url": "https://example.com"}
    assert given({"note": '{"bunsui": torn'}) == {"note": '{"bunsui": torn'}
    assert given(None) is None
