"""One connection: HTTP by h11, every wait bounded, every size bounded. Who asks and what for is not known here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import h11

from bunsui.errors import ApiError
from bunsui.server.messages import Request, Response

_CHUNK = 1 << 16
_MOST_HEAD = 1 << 16  # bytes of a request's line and headers


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: for a request's first byte, its head, its body, and for the client to take an answer."""

    idle: float = 75.0
    head: float = 10.0
    body: float = 60.0
    answer: float = 60.0


@dataclass(frozen=True, slots=True)
class Desk:
    """What is asked of a request: may it come (its headers are there), how long may it be, what is its answer.

    `refused` makes an answer of an error that came before the request was whole.
    """

    admit: Callable[[Request], None]
    most: Callable[[str], int]
    answer: Callable[[Request], Awaitable[Response]]
    refused: Callable[[ApiError, str], Response]


class Connection:
    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, desk: Desk, patience: Patience
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._desk = desk
        self._patience = patience
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_MOST_HEAD)
        self.busy = False  # somebody waits for an answer
        self._bare = False  # an answer to HEAD has no body

    async def serve(self) -> None:
        """Until the client goes, is too slow, or said something that is no HTTP."""
        try:
            while await self._exchange():
                self._http.start_next_cycle()
        except (TimeoutError, ConnectionError, h11.ProtocolError):
            pass
        finally:
            self._writer.close()

    async def _exchange(self) -> bool:
        """One request and its answer; whether the connection may go on."""
        path = ""
        try:
            head = await self._head()
            if head is None:
                return False
            request = _request(head)
            self._bare = request.method == "HEAD"
            path = request.path
            self._desk.admit(request)
            body = await self._body(request, self._desk.most(path))
            self.busy = True
            response = await self._desk.answer(replace(request, body=body))
        except h11.RemoteProtocolError as error:
            await self._refuse(ApiError("InvalidRequest", f"no HTTP: {error}", error.error_status_hint), path)
            return False
        except ApiError as error:
            await self._refuse(error, path)
            return False
        await self._send(response)
        self.busy = False
        return self._http.our_state is h11.DONE and self._http.their_state is h11.DONE

    async def _head(self) -> h11.Request | None:
        async with asyncio.timeout(self._patience.idle):
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                await self._receive()
                event = self._http.next_event()
        async with asyncio.timeout(self._patience.head):
            while event is h11.NEED_DATA:
                await self._receive()
                event = self._http.next_event()
        return event if isinstance(event, h11.Request) else None

    async def _body(self, request: Request, most: int) -> bytes:
        length = request.headers.get("content-length", "0")
        if int(length) > most:
            raise _too_large(most)
        if self._http.they_are_waiting_for_100_continue:
            self._write(h11.InformationalResponse(status_code=100, headers=[]))
        parts: list[bytes] = []
        size = 0
        async with asyncio.timeout(self._patience.body):
            while not isinstance(event := self._http.next_event(), h11.EndOfMessage):
                if event is h11.NEED_DATA:
                    await self._receive()
                elif isinstance(event, h11.Data):
                    size += len(event.data)
                    if size > most:
                        raise _too_large(most)
                    parts.append(bytes(event.data))
                else:
                    raise ConnectionError("the client is gone")
        return b"".join(parts)

    async def _receive(self) -> None:
        self._http.receive_data(await self._reader.read(_CHUNK))

    async def _refuse(self, error: ApiError, path: str) -> None:
        """The rest of what was asked is not read: the connection ends with it."""
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            response = self._desk.refused(error, path)
            await self._send(Response(response.status, response.body, {**response.headers, "connection": "close"}))
            await self._linger()

    async def _linger(self) -> None:
        """A client that still sends must have the chance to read the answer."""
        self._writer.write_eof()
        async with asyncio.timeout(1.0):
            for _ in range(64):
                if not await self._reader.read(_CHUNK):
                    return

    async def _send(self, response: Response) -> None:
        headers = [*response.headers.items(), ("content-length", str(len(response.body)))]
        head = h11.Response(status_code=response.status, headers=headers)
        self._write(head, h11.Data(data=b"" if self._bare else response.body), h11.EndOfMessage())
        async with asyncio.timeout(self._patience.answer):
            await self._writer.drain()

    def _write(self, *events: h11.Event) -> None:
        """In one piece: a small one behind another would wait for the client to acknowledge the first."""
        self._writer.write(b"".join(self._http.send(event) or b"" for event in events))


def _request(head: h11.Request) -> Request:
    headers: dict[str, str] = {}
    for name, value in head.headers:
        headers.setdefault(name.decode("latin-1"), value.decode("latin-1"))
    path, _, query = head.target.decode("latin-1").partition("?")
    return Request(head.method.decode("latin-1"), path, query, headers)


def _too_large(most: int) -> ApiError:
    return ApiError("RequestEntityTooLargeException", f"a request here has at most {most} bytes", 413)
