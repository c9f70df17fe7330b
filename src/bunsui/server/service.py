"""The server: accepts connections, carries their requests out in threads, ends in order."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from bunsui.errors import ApiError, BackendError, BunsuiError
from bunsui.server import protocols
from bunsui.server.connection import Connection, Desk, Patience
from bunsui.server.gate import Gate
from bunsui.server.messages import Request, Response

_MOST_CONNECTIONS = 512
_THREADS = 16  # for answers that come at once
_LONG_THREADS = 128  # for those that wait for a function or an execution
_LEAVE_SECONDS = 3.0
_BACKLOG = 256


class Service:
    """`call` carries an operation out, in any thread."""

    def __init__(self, call: protocols.Call, gate: Gate, patience: Patience | None = None) -> None:
        self._call = call
        self._patience = patience or Patience()
        self._desk = Desk(lambda request: gate.check(request.headers), protocols.most_bytes, self._answer, _refused)
        self._short = ThreadPoolExecutor(_THREADS, thread_name_prefix="bunsui-api")
        self._long = ThreadPoolExecutor(_LONG_THREADS, thread_name_prefix="bunsui-api-long")
        self._open: dict[asyncio.Task[None], Connection] = {}

    def run(self, listener: socket.socket, ready: Callable[[], None]) -> None:
        """Serve in this thread until SIGINT or SIGTERM."""
        asyncio.run(self._run(listener, ready))

    async def _run(self, listener: socket.socket, ready: Callable[[], None]) -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopping.set)
        server = await asyncio.start_server(self._accept, sock=listener, backlog=_BACKLOG)
        ready()
        await stopping.wait()
        server.close()
        for task, connection in self._open.items():
            if not connection.busy:
                task.cancel()
        if self._open:
            await asyncio.wait(self._open, timeout=_LEAVE_SECONDS)
        for task in self._open:
            task.cancel()
        self._short.shutdown(wait=False, cancel_futures=True)
        self._long.shutdown(wait=False, cancel_futures=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._open) >= _MOST_CONNECTIONS:
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        connection = self._open[task] = Connection(reader, writer, self._desk, self._patience)
        try:
            await connection.serve()
        except asyncio.CancelledError:
            task.uncancel()  # its connection is closed: that is all there was to do
        finally:
            del self._open[task]

    async def _answer(self, request: Request) -> Response:
        pool = self._long if protocols.is_long(request) else self._short
        return await asyncio.get_running_loop().run_in_executor(pool, self._carry_out, request)

    def _carry_out(self, request: Request) -> Response:
        try:
            return protocols.answer(request, self._call)
        except BunsuiError as error:
            return _refused(ApiError("InternalFailure", f"{error}. {error.hint}", 500), request.path)
        except Exception as error:  # a bug of ours must end one request, not the server
            return _refused(ApiError("InternalFailure", f"the request failed: {error!r}", 500), request.path)


def _refused(error: ApiError, path: str) -> Response:
    return protocols.refusal(error, rest=path.startswith("/20"))


def listen(host: str, port: int) -> socket.socket:
    """Raises BackendError when the place is taken or is no place of this machine."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        hint = "Choose another port: bunsui serve --port PORT (0 takes a free one)"
        why = (error.strerror or str(error)).partition(" (while")[0]
        raise BackendError(f"cannot listen at {host}:{port}: {why}", hint) from None
