"""The http kind against a server on this machine: what is sent, what comes back, how it fails."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from rig import Rig, cause, function

from bunsui.local.launch import Outcome


class _Echo(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status = int(self.headers.get("X-Status", "200"))
        size = int(self.headers.get("Content-Length") or 0)
        told = {"method": self.command, "path": self.path, "type": self.headers.get("Content-Type")}
        body = json.dumps({**told, "body": self.rfile.read(size).decode()}).encode()
        if "X-Big" in self.headers:
            body = b"x" * 300_000
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *arguments: Any) -> None:
        return


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def call(rig: Rig, endpoint: str, **more: Any) -> Outcome:
    return rig.run("", {"ApiEndpoint": endpoint, "Method": "GET", **more}, kind="http", code=None)


def test_an_answer_has_step_functions_shape(rig: Rig, address: str) -> None:
    output: Any = call(rig, f"{address}/x", QueryParameters={"a": 1, "b": ["c", "d e"]}).output
    assert (output["StatusCode"], output["StatusText"]) == (200, "OK")
    assert output["ResponseBody"]["path"] == "/x?a=1&b=c&b=d+e"
    assert output["Headers"]["content-type"] == ["application/json"]


def test_a_body_is_sent_as_json(rig: Rig, address: str) -> None:
    body: Any = call(rig, address, Method="POST", RequestBody={"n": 1}).output
    told = body["ResponseBody"]
    assert (told["method"], told["type"], json.loads(told["body"])) == ("POST", "application/json", {"n": 1})


def test_a_body_may_be_url_encoded(rig: Rig, address: str) -> None:
    encoding = {"RequestBodyEncoding": "URL_ENCODED"}
    body: Any = call(rig, address, Method="POST", RequestBody={"n": 1, "t": "a b"}, Transform=encoding).output
    assert body["ResponseBody"]["body"] == "n=1&t=a+b"


def test_a_status_that_is_no_success_fails(rig: Rig, address: str) -> None:
    outcome = call(rig, address, Headers={"X-Status": "404"})
    assert outcome.error == "States.Http.StatusCode.404"
    assert "404 Not Found" in cause(outcome)["errorMessage"]


@pytest.mark.parametrize(
    ("endpoint", "error"),
    [
        ("http://127.0.0.1:1/", "States.Http.Socket"),
        ("file:///etc/passwd", "States.Runtime"),
        ("nonsense", "States.Runtime"),
    ],
)
def test_what_cannot_be_reached_fails_by_name(rig: Rig, endpoint: str, error: str) -> None:
    outcome = call(rig, endpoint)
    assert outcome.error == error
    assert endpoint in cause(outcome)["errorMessage"]


def test_a_response_is_bounded(rig: Rig, address: str) -> None:
    assert call(rig, address, Headers={"X-Big": "1"}).error == "States.DataLimitExceeded"


def test_function_and_http_tasks_live_beside_each_other(rig: Rig, address: str) -> None:
    launch = function("handlers.nothing")
    rig.client.launch([launch])
    assert call(rig, address).error is None
    assert rig.outcome(launch.id).error is None
