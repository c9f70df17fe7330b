"""A proxy before MiniStack on which things go wrong: answers get lost, requests are refused, old answers come again."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

from bunsui.aws.clients import Clients
from ministack.server import REGION


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/x-amz-json-1.0"),)
    lost: bool = False  # the connection breaks before it
    cut: bool = False  # the connection breaks within it


@dataclass(frozen=True)
class Asked:
    """`action` is the API's (DynamoDB, Step Functions), or the method of HTTP (S3)."""

    action: str
    body: bytes
    forward: Callable[[], Reply]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Fault = Callable[[Asked], Reply]


def lost(asked: Asked) -> Reply:
    """It is done, and nobody hears of it."""
    done = asked.forward()
    return Reply(done.status, b"", lost=True)


def cut(asked: Asked) -> Reply:
    """Half of the answer, and the connection breaks."""
    return replace(asked.forward(), cut=True)


def refused(code: str, status: int = 400, **more: Any) -> Fault:
    return lambda asked: Reply(status, json.dumps({"__type": code, "message": f"{code}, says AWS", **more}).encode())


def refused_by_s3(code: str, status: int, message: str = "") -> Fault:
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
    return lambda asked: Reply(status, body, (("Content-Type", "application/xml"),))


@dataclass
class Wire:
    """`faults` are used up one by one, by the requests of their action; what has none goes through.

    `turns` are of requests by their number, the first of those in `seen` being 1.
    """

    target: str
    faults: list[tuple[str, Fault]] = field(default_factory=list)
    turns: dict[int, Fault] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    _clients: Clients | None = None

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def clients(self) -> Clients:
        if self._clients is None:
            self._clients = Clients(region=REGION, endpoint=self.address)
        return self._clients

    def answer(self, asked: Asked) -> Reply:
        self.seen.append(asked.action)
        if turn := self.turns.pop(len(self.seen), None):
            return turn(asked)
        for place, (action, fault) in enumerate(self.faults):
            if action == asked.action:
                del self.faults[place]
                return fault(asked)
        return asked.forward()


def _handler(wire: Wire) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # heads and bodies are written apart: each answer would wait 40 ms

        def log_message(self, format: str, *args: object) -> None:
            return

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            action = (self.headers.get("X-Amz-Target") or self.command).rpartition(".")[2]
            reply = wire.answer(Asked(action, body, lambda: _forwarded(wire.target, self, body)))
            if reply.lost:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in (*reply.headers, ("Content-Length", str(len(reply.body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body[: len(reply.body) // 2] if reply.cut else reply.body)
            self.close_connection = reply.cut

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _serve

    return Handler


def _forwarded(target: str, asked: BaseHTTPRequestHandler, body: bytes) -> Reply:
    connection = http.client.HTTPConnection(urlsplit(target).netloc)
    headers = {name: value for name, value in asked.headers.items() if name.lower() != "expect"}
    connection.request(asked.command, asked.path, body, headers)
    with connection.getresponse() as answer:
        own = ("content-length", "transfer-encoding", "connection", "date", "server")
        kept = tuple((name, value) for name, value in answer.getheaders() if name.lower() not in own)
        return Reply(answer.status, answer.read(), kept)
