"""Mocked results against the shapes of services, as TestState tells them."""

from __future__ import annotations

from typing import Any

import pytest

from bunsui.aws.mock_shapes import problem

STATES = "arn:aws:states:::"


@pytest.mark.parametrize(
    ("resource", "result", "expected"),
    [
        ("sqs:sendMessage", {"MessageId": "a", "MD5OfMessageBody": "b"}, None),
        ("sqs:sendMessage.waitForTaskToken", {"MessageId": 5}, "Field 'MessageId' must be a string"),
        ("aws-sdk:sfn:startExecution", {"StartDate": True}, "Field 'StartDate' must be a string"),
        ("states:startExecution.sync:2", {"executionArn": 1}, "Field 'executionArn' must be a string"),
        ("lambda:invoke", {"StatusCode": "200", "Payload": {"any": 1}}, "Field 'StatusCode' must be a number"),
        ("lambda:invoke", {"Payload": {"any": 1}}, None),
        ("aws-sdk:s3:getObject", {"StorageClass": "Papyrus"}, "Field 'StorageClass' is not an expected value"),
        ("dynamodb:getItem", {"Item": {"k": {"S": 1}}}, "Field 'S' must be a string"),
        ("dynamodb:getItem", {"Item": []}, "Field 'Item' must be an object"),
        ("events:putEvents", {"Entries": {}}, "Field 'Entries' must be an array"),
        ("events:putEvents", {"FailedEntryCount": True}, "Field 'FailedEntryCount' must be a number"),
        ("events:putEvents", {"Nobodys": 1}, None),
        ("aws-sdk:nothing:here", {"A": 1}, None),
        ("lambda:invoke", [1], None),
    ],
)
def test_the_first_wrong_field_is_told_in_awss_words(resource: str, result: Any, expected: str | None) -> None:
    assert problem(STATES + resource, result) == expected
