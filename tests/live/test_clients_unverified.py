"""What Bunsui's clients assume of AWS and only an account can show: docs/aws-unverified.md, its second table."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from bunsui.aws import items
from bunsui.aws.errors import Declined
from bunsui.aws.objects import S3Client
from bunsui.aws.table import DynamoDBClient
from bunsui.errors import Conflict, NotAllowed
from bunsui.ports import Deletion, Record
from live.probing import Probe, kinds, until

pytestmark = pytest.mark.aws_live
PASS = {"p": {"Type": "Pass", "End": True}}


@pytest.fixture
def table(probe: Probe) -> Iterator[DynamoDBClient]:
    clients, name = probe.clients, f"{probe.prefix}-{time.time_ns()}"
    clients.ask("dynamodb", "create_table", **items.definition(name))
    until(lambda: clients.ask("dynamodb", "describe_table", TableName=name)["Table"]["TableStatus"] == "ACTIVE")
    yield DynamoDBClient(clients, name)
    clients.ask("dynamodb", "delete_table", TableName=name)


@pytest.fixture
def objects(probe: Probe) -> Iterator[S3Client]:
    clients, region = probe.clients, probe.clients.place.region
    name = f"{probe.prefix}-{time.time_ns()}"
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    clients.ask("s3", "create_bucket", Bucket=name, **where)
    made = S3Client(clients, name, part=5 * 1024 * 1024)
    yield made
    for key in list(made.list("")):
        made.delete(key)
    clients.ask("s3", "delete_bucket", Bucket=name)


def test_an_execution_that_was_just_started_is_seen_within_three_seconds(probe: Probe) -> None:
    machine = probe.machine(PASS)
    for number in range(100):
        arn = probe.sfn("start_execution", stateMachineArn=machine, name=f"n{number}")["executionArn"]
        deadline = time.monotonic() + 3
        while True:
            try:
                probe.clients.ask(
                    "stepfunctions", "describe_execution", arn, ("ExecutionDoesNotExist",), executionArn=arn
                )
                break
            except Declined:
                assert time.monotonic() < deadline


def test_a_history_is_whole_when_the_end_is_told(probe: Probe) -> None:
    machine = probe.machine(PASS)
    for _ in range(100):
        arn = probe.sfn("start_execution", stateMachineArn=machine)["executionArn"]
        probe.ended(arn)
        assert kinds(probe.events(arn))[-1] == "ExecutionSucceeded"


def test_pages_read_backwards_have_no_hole_while_events_are_added(probe: Probe) -> None:
    states = {"p": {"Type": "Pass", "Next": "w"}, "w": {"Type": "Wait", "Seconds": 1, "Next": "p"}}
    arn = probe.begun(states)
    probe.until_event(arn, "WaitStateEntered", 3)
    for _ in range(20):
        given = {"reverseOrder": True, "PaginationConfig": {"PageSize": 2}}
        pages = probe.clients.pages("stepfunctions", "get_execution_history", executionArn=arn, **given)
        ids = [event["id"] for page in pages for event in page["events"]]
        assert ids == list(range(ids[0], 0, -1))
    probe.sfn("stop_execution", executionArn=arn)


def test_a_version_is_started_as_soon_as_it_is_published_and_is_what_was_sent(probe: Probe) -> None:
    machine = probe.machine(PASS)
    versions = []
    for number in range(5):
        text = json.dumps(
            {"Comment": f"{number} 水 \n", "StartAt": "p", "States": {"p": {"Type": "Succeed"}}}, indent=number
        )
        told = probe.sfn("update_state_machine", stateMachineArn=machine, definition=text, publish=True)
        version = told["stateMachineVersionArn"]
        probe.sfn("start_execution", stateMachineArn=version)
        assert probe.sfn("describe_state_machine", stateMachineArn=version)["definition"] == text
        versions.append(version)
    listed = probe.sfn("list_state_machine_versions", stateMachineArn=machine)["stateMachineVersions"]
    assert [one["stateMachineVersionArn"] for one in listed] == versions[::-1]


def test_a_page_begins_at_a_place_that_was_made_up_or_is_gone(table: DynamoDBClient) -> None:
    for number in range(4):
        table.put(Record("p", f"s{number}", {}, {"sessions": ("all", f"{number}")}))
    until(lambda: len(table.query_index("sessions", "all").records) == 4)
    first, index = table.query("p", limit=2), table.query_index("sessions", "all", limit=2)
    table.transact([Deletion("p", "s1", 1)])
    assert [one.sort for one in table.query("p", after=first.next).records] == ["s2", "s3"]
    assert [one.sort for one in table.query_index("sessions", "all", after=index.next).records] == ["s2", "s3"]


def test_a_key_of_an_index_may_hold_the_character_zero(table: DynamoDBClient) -> None:
    table.put(Record("p", "s", {}, {"sessions": ("all", "a\0b")}))
    until(lambda: [one.sort for one in table.query_index("sessions", "all").records] == ["s"])


def test_indexes_lag_most_often_by_less_than_a_second(table: DynamoDBClient) -> None:
    lags = []
    for number in range(100):
        table.put(Record("p", f"s{number}", {}, {"sessions": (f"v{number}", "1")}))
        begun = time.monotonic()
        while not table.query_index("sessions", f"v{number}").records:
            time.sleep(0.02)
        lags.append(time.monotonic() - begun)
    assert sorted(lags)[90] < 1, sorted(lags)[-10:]


def test_an_upload_in_parts_is_completed_only_where_nothing_is(objects: S3Client) -> None:
    body = bytes(6 * 1024 * 1024)
    assert objects.put_if_absent("k", body)
    assert not objects.put_if_absent("k", body)
    with pytest.raises(Conflict):
        objects.replace("k", body, '"0123456789abcdef0123456789abcdef"')


def test_what_is_not_allowed_is_worded_with_the_action_and_the_resource(probe: Probe) -> None:
    """Of the probe's own role, which may not read tables."""
    states = {
        "t": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:dynamodb:getItem",
            "Arguments": {"TableName": "bunsui-probe-nothing", "Key": {"k": {"S": "k"}}},
            "End": True,
        }
    }
    cause = probe.ended(probe.begun(states))["cause"]
    assert "is not authorized to perform: dynamodb:GetItem on resource: arn:" in cause, cause


def test_what_a_missing_object_is_called_without_the_permission_to_list(probe: Probe, objects: S3Client) -> None:
    policy = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{objects._bucket}/*"}
    given = {"Name": "probe", "Policy": json.dumps({"Version": "2012-10-17", "Statement": [policy]})}
    keys = probe.clients.ask("sts", "get_federation_token", **given)["Credentials"]
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AWS_PROFILE", raising=False)
        for name, key in (("ACCESS_KEY_ID", "AccessKeyId"), ("SECRET_ACCESS_KEY", "SecretAccessKey")):
            patch.setenv(f"AWS_{name}", keys[key])
        patch.setenv("AWS_SESSION_TOKEN", keys["SessionToken"])
        restricted = S3Client(type(probe.clients)(region=probe.clients.place.region), objects._bucket)
        with pytest.raises(NotAllowed):
            restricted.get("nothing")


def test_the_bucket_of_describe_execution_is_as_large_as_documented(probe: Probe) -> None:
    """Within what a process takes for itself: 125 at once and 5 a second, in the smaller regions."""
    arn = probe.begun(PASS)
    probe.ended(arn)
    for _ in range(120):
        answer = probe.sfn("describe_execution", executionArn=arn)
        assert answer["ResponseMetadata"]["RetryAttempts"] == 0
