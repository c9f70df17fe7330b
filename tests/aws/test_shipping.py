"""Keys of a container are renewed in time, and chunks of a log are stored once, in order, whatever is there before."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest

from bunsui.task.aws.chunks import BucketChunks, prefix_of
from bunsui.task.aws.client import AwsError
from bunsui.task.aws.credentials import Keys, NoCredentials
from bunsui.task.current import Context


class Endpoint(BaseHTTPRequestHandler):
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.headers["Authorization"])
        told = {"AccessKeyId": f"key-{len(self.asked)}", "SecretAccessKey": "s", "Token": "t"}
        body = json.dumps({**told, "Expiration": "2030-01-01T00:10:00Z"}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def endpoint() -> Iterator[str]:
    Endpoint.asked.clear()
    with HTTPServer(("127.0.0.1", 0), Endpoint) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/keys"
        server.shutdown()


def test_keys_of_a_container_are_asked_for_again_before_they_end(endpoint: str) -> None:
    now = [1893456000.0]  # 2030-01-01
    given = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": endpoint, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "who"}
    keys = Keys(given, lambda: now[0])
    assert [keys.get().access, keys.get().access] == ["key-1", "key-1"]
    now[0] += 6 * 60  # less than five minutes are left
    assert keys.get().access == "key-2"
    assert Endpoint.asked == ["who", "who"]


def test_keys_are_not_asked_for_over_an_open_network() -> None:
    with pytest.raises(NoCredentials, match="open network"):
        Keys({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://keys.example.com/"}).get()


class Bucket:
    """Takes nothing while it is `closed`."""

    def __init__(self, **there: bytes) -> None:
        self.there = dict(there)
        self.closed = False

    def put_if_absent(self, key: str, body: bytes, tries: int) -> bool:
        if self.closed:
            raise AwsError("s3", "PutObject", "SlowDown", "", 503)
        return self.there.setdefault(key, body) == body


def test_an_attempt_that_was_delivered_twice_goes_on_behind_the_chunks_of_the_other() -> None:
    bucket = Bucket(**{"p/000001.jsonl": b"other\n"})
    chunks = BucketChunks(bucket, "p/")  # type: ignore[arg-type]  # fits by its method
    chunks.add(b"mine\n")
    chunks.write()
    assert chunks.ship(1)
    assert bucket.there == {"p/000001.jsonl": b"other\n", "p/000002.jsonl": b"mine\n"}


def test_what_the_bucket_does_not_take_waits_and_keeps_its_order() -> None:
    bucket = Bucket()
    bucket.closed = True
    chunks = BucketChunks(bucket, "p/")  # type: ignore[arg-type]  # fits by its method
    chunks.add(b"one\n")
    chunks.write()
    assert not chunks.ship(1)
    chunks.add(b"two\n")
    bucket.closed = False
    assert chunks.ship(1)  # only what is closed
    chunks.write()
    assert chunks.ship(1)
    assert bucket.there == {"p/000001.jsonl": b"one\n", "p/000002.jsonl": b"two\n"}
    assert chunks.waiting == 0


def test_no_name_leads_out_of_the_folder_of_a_log() -> None:
    context = Context("s", "../../x", 3, 0, "1.0.0")
    assert prefix_of(context) == "logs/s/%2E.%2F..%2Fx/3/1.0.0/"
