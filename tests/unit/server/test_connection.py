"""A connection's patience, in an event loop of the test's own. Whole servers are in `tests/server`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bunsui.server.connection import Connection, Desk, Patience
from bunsui.server.messages import Request, Response

SHORT = Patience(idle=0.2, head=0.2, body=0.2, answer=0.2)
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"


async def _echo(request: Request) -> Response:
    return Response(200, request.body)


async def _huge(request: Request) -> Response:
    return Response(200, b"x" * 50_000_000)


async def talk(sent: bytes, answer: Callable[[Request], Awaitable[Response]], read: bool = True) -> bytes:
    """What a client gets that sends this and then nothing more, until the server lets it go."""
    ended = asyncio.Event()
    desk = Desk(lambda request: None, lambda path: 1000, answer, lambda error, path: Response(error.status))

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Connection(reader, writer, desk, SHORT).serve()
        ended.set()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(sent)
    told = await reader.read() if read else b""
    await ended.wait()
    writer.close()
    server.close()
    return told


@pytest.mark.parametrize("sent", [b"", b"POST / HTT", HEAD[:-2], HEAD + b"ab"])
def test_a_client_that_says_nothing_more_is_let_go(sent: bytes) -> None:
    assert asyncio.run(talk(sent, _echo)) == b""


def test_a_client_that_does_not_take_its_answer_is_let_go() -> None:
    assert asyncio.run(talk(HEAD + b"body", _huge, read=False)) == b""


def test_several_requests_of_one_connection_are_answered_in_order() -> None:
    told = asyncio.run(talk(HEAD + b"one!" + HEAD + b"two!", _echo))
    assert told.count(b"200") == 2
    assert told.index(b"one!") < told.index(b"two!")
