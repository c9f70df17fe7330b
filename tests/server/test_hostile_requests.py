"""The worst that may come over the wire gets an answer of AWS's, or the end of its connection; it harms nobody."""

from __future__ import annotations

import contextlib
import json
import socket
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.conftest import Server

HEAD = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: AWSStepFunctions.{}\r\nContent-Type: x\r\n"


def exchange(server: Server, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """One request on a connection of its own; status 0 when it only ends."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(sent)
        connection.settimeout(30)
        told = b""
        with contextlib.suppress(ConnectionResetError):
            while chunk := connection.recv(65_536):
                told += chunk
    if not told:
        return 0, {}, b""
    head, _, body = told.partition(b"\r\n\r\n")
    line, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (entry.partition(":") for entry in rest)}
    return int(line.split()[1]), headers, body


def post(server: Server, operation: str, body: bytes, more: str = "") -> tuple[int, str]:
    head = HEAD.format(operation) + f"Connection: close\r\n{more}Content-Length: {len(body)}\r\n\r\n"
    status, _, answer = exchange(server, head.encode() + body)
    return status, json.loads(answer)["__type"] if answer.startswith(b'{"__type') else ""


def test_what_is_no_request_of_the_protocol_gets_an_error_of_awss(server: Server) -> None:
    assert post(server, "NoSuchThing", b"{}") == (400, "UnknownOperationException")
    assert post(server, "ListStateMachines", b"{") == (400, "SerializationException")
    assert post(server, "ListStateMachines", b"[]") == (400, "SerializationException")
    assert post(server, "ListStateMachines", b'"\xff\xfe"') == (400, "SerializationException")
    assert post(server, "ListStateMachines", b'{"maxResults": "5"}') == (400, "SerializationException")
    assert post(server, "ListStateMachines", b'{"maxResults": true}') == (400, "SerializationException")
    assert post(server, "ListStateMachines", b'{"maxResults": 1e400}') == (400, "SerializationException")
    assert post(server, "DescribeStateMachine", b'{"stateMachineArn": {"a": []}}') == (400, "SerializationException")
    assert post(server, "DescribeStateMachine", b'{"stateMachineArn": "\\ud800"}') == (400, "SerializationException")
    assert post(server, "DescribeStateMachine", b"[" * 100_000) == (400, "SerializationException")
    assert post(server, "DescribeStateMachine", b'{"a":' * 900 + b"1" + b"}" * 900) == (400, "ValidationException")


def test_what_is_too_large_is_refused_before_it_is_read(server: Server) -> None:
    head = HEAD.format("StartExecution") + "Content-Length: 99999999999\r\n\r\n"
    assert exchange(server, head.encode())[0] == 413
    assert post(server, "StartExecution", b'{"input": "' + b"x" * 1_100_000 + b'"}')[0] == 413
    chunks = b"".join(b"10000\r\n" + b"x" * 65_536 + b"\r\n" for _ in range(20)) + b"0\r\n\r\n"
    assert exchange(server, (HEAD.format("X") + "Transfer-Encoding: chunked\r\n\r\n").encode() + chunks)[0] == 413
    assert exchange(server, b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"y" * 200_000)[0] in (0, 431)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\r\n" * 50_000,
    ],
)
def test_what_is_no_http_ends_its_connection(server: Server, sent: bytes) -> None:
    assert exchange(server, sent)[0] in (0, 400, 403, 501, 505)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD", "TRACE"])
def test_other_methods_are_no_operations(server: Server, method: str) -> None:
    sent = f"{method} / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
    status, headers, _ = exchange(server, sent)
    assert status == 400
    assert not [name for name in headers if name.startswith("access-control")]


def test_pages_of_the_web_are_not_answered(server: Server) -> None:
    for line in (
        "Host: evil.example\r\n",
        "Host: 127.0.0.1.evil.example\r\n",
        "Host: localhost\r\nOrigin: https://evil.example\r\n",
        "Host: localhost\r\nOrigin: null\r\n",
        "Host: localhost\r\nSec-Fetch-Site: cross-site\r\n",
    ):
        sent = f"POST /2015-03-31/functions/x/invocations HTTP/1.1\r\n{line}Content-Length: 0\r\n\r\n"
        assert exchange(server, sent.encode())[0] == 403
    fine = "GET /2015-03-31/functions HTTP/1.1\r\nHost: localhost:1234\r\nConnection: close\r\n\r\n"
    assert exchange(server, fine.encode())[0] == 200


def test_clients_that_say_nothing_more_hold_up_nobody(server: Server, states: Any) -> None:
    held = []
    for sent in (b"", b"POST / HT", HEAD.format("StartExecution").encode() + b"Content-Length: 900\r\n\r\n{") * 60:
        connection = socket.create_connection(("127.0.0.1", server.port))
        connection.sendall(sent)
        held.append(connection)
    assert "stateMachines" in states.list_state_machines()
    for connection in held:
        connection.close()


OPERATIONS = (
    "CreateStateMachine", "UpdateStateMachine", "DescribeStateMachine", "StartExecution", "DescribeExecution",
    "ListExecutions", "GetExecutionHistory", "StopExecution", "RedriveExecution", "SendTaskSuccess", "TagResource",
    "ValidateStateMachineDefinition", "StartSyncExecution",
)  # fmt: skip
KEYS = (
    "name", "definition", "roleArn", "stateMachineArn", "executionArn", "input", "maxResults", "nextToken", "tags",
    "taskToken", "output", "resourceArn", "statusFilter", "loggingConfiguration", "reverseOrder",
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40)
    | st.sampled_from(["arn:aws:states:local:000000000000:stateMachine:x", '{"StartAt": "A", "States": {"A": {}}}']),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=150)
@given(st.sampled_from(OPERATIONS), st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5))
def test_any_parameters_get_an_answer_that_is_no_bug(server: Server, operation: str, parameters: Any) -> None:
    status, _ = post(server, operation, json.dumps(parameters).encode())
    assert status in (200, 400)
