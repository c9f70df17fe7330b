"""What goes wrong between the adapters and AWS, on a wire of ours: nothing is done twice, and what is said is so."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bunsui.aws import items
from bunsui.aws.clients import Clients
from bunsui.aws.limits import Limiter
from bunsui.aws.names import Environment
from bunsui.aws.objects import S3Client
from bunsui.aws.state_machines import StepFunctionsClient
from bunsui.aws.table import DynamoDBClient
from bunsui.errors import BackendError, Conflict, NoCredentials, NotAllowed, NotFound, Refused, Throttled, Unreachable
from bunsui.model.machine import CompiledMachine
from bunsui.ports import Deletion, Record
from ministack.server import REGION, MiniStack
from ministack.wire import Asked, Reply, Wire, cut, lost, refused, refused_by_s3

ENVIRONMENT = Environment("nowhere", "000000000000", REGION)
NOWHERE = f"arn:aws:states:{REGION}:000000000000:execution:flow:none"
TIMES = 8  # more often than anything is tried again


def at_once(seconds: float) -> None:
    """Instead of sleeping."""


@pytest.fixture(scope="module")
def _wire(ministack: MiniStack) -> Iterator[Wire]:
    with pytest.MonkeyPatch.context() as patch, Wire(ministack.address) as opened:
        patch.setenv("AWS_RETRY_MODE", "standard")
        patch.setenv("AWS_MAX_ATTEMPTS", "2")
        yield opened


@pytest.fixture
def wire(_wire: Wire) -> Wire:
    """In order: the same for all, as clients take long to make."""
    _wire.faults.clear()
    _wire.seen.clear()
    return _wire


@pytest.fixture
def table(wire: Wire, ministack: MiniStack) -> DynamoDBClient:
    clients, name = wire.clients(), ministack.environment().records
    clients.ask("dynamodb", "create_table", **items.definition(name))
    return DynamoDBClient(clients, name, at_once)


@pytest.fixture
def objects(wire: Wire, ministack: MiniStack) -> S3Client:
    clients, name = wire.clients(), ministack.environment().bucket
    clients.ask("s3", "create_bucket", Bucket=name)
    return S3Client(clients, name, "below/", part=1000, sleep=at_once)


@pytest.fixture
def machines(wire: Wire, ministack: MiniStack) -> StepFunctionsClient:
    return StepFunctionsClient(wire.clients(), ministack.environment(), at_once)


WAIT = '{"StartAt": "w", "States": {"w": {"Type": "Wait", "Seconds": 600, "End": true}}}'
WAITING = CompiledMachine("flow", {}, WAIT, "")


# Records


def test_a_write_whose_answer_was_lost_was_done(wire: Wire, table: DynamoDBClient) -> None:
    wire.faults.append(("PutItem", lost))
    first = table.put(Record("p", "s", {"n": 1}))
    assert (first.revision, wire.seen.count("PutItem")) == (1, 2)
    wire.faults.append(("PutItem", lost))
    assert table.put(replace(first, body={"n": 2})).revision == 2
    assert table.get("p", "s") == Record("p", "s", {"n": 2}, revision=2)


def test_a_write_of_somebody_else_is_not_taken_for_our_own(wire: Wire, table: DynamoDBClient) -> None:
    def overtaken(asked: Asked) -> Reply:
        DynamoDBClient(wire.clients(), table._name).put(Record("p", "s", {"n": 9}))
        return Reply(0, b"", lost=True)

    wire.faults.append(("PutItem", overtaken))
    with pytest.raises(Conflict):
        table.put(Record("p", "s", {"n": 1}))


def test_a_transaction_whose_answer_was_lost_is_done_once(wire: Wire, table: DynamoDBClient) -> None:
    gone = table.put(Record("p", "gone", {}))
    wire.faults.append(("TransactWriteItems", lost))
    table.transact([Record("p", "new", {"n": 1}), Deletion("p", "gone", gone.revision)])
    assert [(r.sort, r.revision) for r in table.query("p").records] == [("new", 1)]
    wire.faults.append(("TransactWriteItems", lost))
    table.transact([Deletion("p", "new", 1)])
    assert table.query("p").records == ()


def busy(code: str) -> Reply:
    told = {"__type": "TransactionCanceledException", "message": "", "CancellationReasons": [{"Code": code}]}
    return Reply(400, json.dumps(told).encode())


def test_records_that_somebody_is_writing_are_written_a_little_later(wire: Wire, table: DynamoDBClient) -> None:
    wire.faults += [("PutItem", refused("TransactionConflictException"))] * 3
    wire.faults += [("TransactWriteItems", lambda asked: busy("TransactionConflict"))] * 3
    table.put(Record("p", "1", {}))
    table.transact([Record("p", "2", {}), Record("p", "3", {})])
    assert len(table.query("p").records) == 3


def test_records_that_are_written_all_the_time_are_a_conflict(wire: Wire, table: DynamoDBClient) -> None:
    wire.faults += [("PutItem", refused("TransactionConflictException"))] * TIMES
    wire.faults += [("TransactWriteItems", lambda asked: busy("TransactionConflict"))] * TIMES
    with pytest.raises(Conflict):
        table.put(Record("p", "1", {}))
    with pytest.raises(Conflict):
        table.transact([Record("p", "2", {}), Record("p", "3", {})])


def unread(asked: Asked) -> Reply:
    return Reply(200, json.dumps({"Responses": {}, "UnprocessedKeys": asked.json["RequestItems"]}).encode())


def test_what_a_batch_leaves_unread_is_read(wire: Wire, table: DynamoDBClient) -> None:
    for number in range(3):
        table.put(Record("p", str(number), {}, {"i": ("v", "1")}))
    wire.faults += [("BatchGetItem", unread)] * 3
    assert len(table.query_index("i", "v").records) == 3
    wire.faults += [("BatchGetItem", unread)] * TIMES
    with pytest.raises(Throttled):
        table.query_index("i", "v")


def test_an_index_that_lags_shows_nothing_that_is_not_so(wire: Wire, table: DynamoDBClient) -> None:
    here, moved, gone = (
        table.put(Record("p", sort, {"n": 1}, {"status": ("RUNNING", sort)})) for sort in ("1", "2", "3")
    )
    old: list[Reply] = []

    def kept(asked: Asked) -> Reply:
        old.append(asked.forward())
        return old[0]

    wire.faults.append(("Query", kept))
    assert len(table.query_index("status", "RUNNING").records) == 3
    table.put(replace(here, body={"n": 2}))
    table.put(replace(moved, indexes={"status": ("FAILED", "2")}))
    table.transact([Deletion("p", gone.sort, 1)])
    wire.faults.append(("Query", lambda asked: old[0]))
    assert [(r.sort, r.body) for r in table.query_index("status", "RUNNING").records] == [("1", {"n": 2})]


def test_entries_that_are_left_out_are_made_up_for(wire: Wire, table: DynamoDBClient) -> None:
    first = table.put(Record("p", "1", {}, {"due": ("all", "1")}))
    table.put(Record("p", "2", {}, {"due": ("all", "2")}))
    old: list[Reply] = []

    def kept(asked: Asked) -> Reply:
        old.append(asked.forward())
        return old[0]

    wire.faults.append(("Query", kept))
    assert [r.sort for r in table.query_index("due", "all", limit=1).records] == ["1"]
    table.put(replace(first, indexes={}))
    cut = json.loads(old[0].body)
    cut["Items"], cut["LastEvaluatedKey"] = cut["Items"][:1], cut["Items"][0]
    wire.faults.append(("Query", lambda asked: Reply(200, json.dumps(cut).encode())))
    assert [r.sort for r in table.query_index("due", "all", limit=1).records] == ["2"]


# Objects


@pytest.mark.parametrize("body", [b"small", b"large" * 1000], ids=["whole", "in parts"])
def test_an_object_whose_answer_was_lost_was_created(wire: Wire, objects: S3Client, body: bytes) -> None:
    assert objects.put_if_absent("first", body)
    wire.faults.append(("PUT", lost))
    assert objects.put_if_absent("k", body)
    assert objects.get("k") == body
    assert not objects.put_if_absent("k", body)


def test_an_object_of_somebody_else_is_not_taken_for_our_own(wire: Wire, objects: S3Client) -> None:
    def overtaken(asked: Asked) -> Reply:
        S3Client(wire.clients(), objects._bucket, "below/").put_if_absent("k", b"theirs")
        return Reply(0, b"", lost=True)

    wire.faults.append(("PUT", overtaken))
    assert not objects.put_if_absent("k", b"ours")
    assert objects.get("k") == b"theirs"


def test_an_object_that_two_create_at_once_is_tried_again(wire: Wire, objects: S3Client) -> None:
    wire.faults += [("PUT", refused_by_s3("ConditionalRequestConflict", 409))] * 2
    assert objects.put_if_absent("k", b"x")
    wire.faults += [("PUT", refused_by_s3("ConditionalRequestConflict", 409))] * TIMES
    with pytest.raises(Conflict):
        objects.put_if_absent("other", b"x")


def test_a_large_object_is_put_in_parts_and_only_if_it_is_not_there(wire: Wire, objects: S3Client) -> None:
    body = bytes(range(256)) * 20
    assert objects.put_if_absent("k", body)
    assert wire.seen.count("PUT") == 1 + 6  # the bucket, and parts
    assert objects.get("k") == body
    assert objects.get("k", 1500, 600) == body[1500:2100]
    assert not objects.put_if_absent("k", b"y" * 5000)
    objects.put("k", b"z" * 2500)
    assert objects.get("k") == b"z" * 2500


def test_parts_of_an_object_that_failed_are_removed(wire: Wire, objects: S3Client) -> None:
    wire.faults += [("PUT", lambda asked: asked.forward()), ("PUT", refused_by_s3("AccessDenied", 403))]
    with pytest.raises(NotAllowed):
        objects.put("k", b"x" * 5000)
    with pytest.raises(NotFound):
        objects.get("k")
    assert "Uploads" not in wire.clients().ask("s3", "list_multipart_uploads", Bucket=objects._bucket)


def test_an_object_whose_answer_broke_off_is_read_again(wire: Wire, objects: S3Client) -> None:
    objects.put("k", b"0123456789")
    wire.faults += [("GET", cut)] * 2
    assert objects.get("k", 1) == b"123456789"
    wire.faults += [("GET", cut)] * TIMES
    with pytest.raises(Unreachable):
        objects.get("k")


def test_an_object_is_replaced_unless_somebody_else_did(objects: S3Client) -> None:
    objects.put("k", b"1")
    found = objects.find("k")
    objects.replace("k", b"2", found.tag)
    assert objects.get("k") == b"2"
    with pytest.raises(Conflict):
        objects.replace("k", b"3", found.tag)
    with pytest.raises(Conflict):
        objects.replace("none", b"3", found.tag)


# Executions


def test_a_start_whose_answer_was_lost_started_once(wire: Wire, machines: StepFunctionsClient) -> None:
    machine = machines.deploy(WAITING)
    wire.faults.append(("StartExecution", lost))
    arn = machines.start(machine, "run-1", {"n": 1})
    assert machines.start(machine, "run-1", {"n": 1}) == arn
    machines.stop(arn, "Cancelled", "")


def test_an_execution_that_was_just_started_is_found_though_aws_does_not_see_it_yet(
    wire: Wire, machines: StepFunctionsClient
) -> None:
    arn = machines.start(machines.deploy(WAITING), "run-1", {})
    for action in ("DescribeExecution", "GetExecutionHistory", "StopExecution"):
        wire.faults += [(action, refused("ExecutionDoesNotExist"))] * 3
    assert machines.describe(arn).name == "run-1"
    assert next(machines.history(arn)).type == "ExecutionStarted"
    machines.stop(arn, "Cancelled", "")
    wire.faults += [("DescribeExecution", refused("ExecutionDoesNotExist"))] * TIMES
    with pytest.raises(NotFound):
        machines.describe(arn)


def test_a_history_is_told_up_to_the_first_event_that_is_missing(wire: Wire, machines: StepFunctionsClient) -> None:
    arn = machines.start(machines.deploy(WAITING), "run-1", {})
    machines.stop(arn, "Cancelled", "")
    whole = list(machines.history(arn))

    def holed(asked: Asked) -> Reply:
        told = json.loads(asked.forward().body)
        told["events"] = [event for event in told["events"] if event["id"] != 2]
        return Reply(200, json.dumps(told).encode())

    wire.faults += [("GetExecutionHistory", holed)] * 2
    assert list(machines.history(arn)) == whole[:1]
    assert list(machines.history(arn, after=1)) == []
    assert list(machines.history(arn, after=1)) == whole[1:]


def test_a_redrive_that_aws_refuses_says_why(wire: Wire, machines: StepFunctionsClient) -> None:
    arn = machines.start(machines.deploy(WAITING), "run-1", {})
    machines.stop(arn, "Cancelled", "")
    wire.faults.append(("RedriveExecution", refused("ExecutionNotRedrivable")))
    with pytest.raises(Refused, match="ExecutionNotRedrivable, says AWS"):
        machines.redrive(arn)


# Whatever is asked for


@pytest.mark.parametrize(
    ("code", "status", "error", "hint"),
    [
        ("ExpiredTokenException", 400, NoCredentials, "aws configure"),
        ("UnrecognizedClientException", 400, NoCredentials, "aws sts get-caller-identity"),
        ("AccessDeniedException", 400, NotAllowed, "dynamodb:GetItem on the table"),
        ("ThrottlingException", 400, Throttled, "again"),
        ("InternalServerError", 500, Unreachable, "nothing is done twice"),
        ("ResourceNotFoundException", 400, BackendError, "bunsui env deploy"),
        ("SomethingNewException", 400, BackendError, "aws sts get-caller-identity"),
    ],
)
def test_what_aws_answers_is_an_error_of_ours_with_a_hint(
    wire: Wire, table: DynamoDBClient, code: str, status: int, error: type[BackendError], hint: str
) -> None:
    wire.faults += [("GetItem", refused(code, status))] * TIMES
    with pytest.raises(error) as raised:
        table.get("p", "s")
    assert hint in raised.value.hint


def test_what_is_throttled_now_and_then_is_done_all_the_same(wire: Wire, table: DynamoDBClient) -> None:
    wire.faults.append(("PutItem", refused("ProvisionedThroughputExceededException")))
    assert table.put(Record("p", "s", {})).revision == 1


def test_what_is_throttled_is_asked_for_more_slowly(wire: Wire, ministack: MiniStack) -> None:
    slept: list[float] = []
    limiter = Limiter(REGION, lambda: 0.0, slept.append)
    machines = StepFunctionsClient(Clients(region=REGION, endpoint=wire.address, limiter=limiter), ENVIRONMENT)
    for _ in range(2):
        with pytest.raises(NotFound):
            machines.describe(NOWHERE)
    assert slept == []
    wire.faults.append(("DescribeExecution", refused("ThrottlingException")))
    with pytest.raises(NotFound):
        machines.describe(NOWHERE)
    assert [round(seconds * 7.5, 6) for seconds in slept] == [1]  # half of 15 a second; the second try took its turn


def test_an_address_where_nothing_listens_is_said_to_be_so(wire: Wire) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Unreachable) as raised:
            DynamoDBClient(Clients(region="eu-west-1", endpoint=address), "records").get("p", "s")
    assert address in str(raised.value)
    assert "leave endpoint out of bunsui.toml" in raised.value.hint


def test_a_bucket_in_another_region_is_named_with_it(wire: Wire, objects: S3Client) -> None:
    moved = Reply(400, b"<Error><Code>PermanentRedirect</Code></Error>", (("x-amz-bucket-region", "eu-central-1"),))
    wire.faults += [("GET", lambda asked: moved), ("HEAD", lambda asked: moved)] * TIMES
    with pytest.raises(BackendError) as raised:
        objects.get("k")
    assert raised.value.hint == 'Name its region: region = "eu-central-1" in bunsui.toml'
