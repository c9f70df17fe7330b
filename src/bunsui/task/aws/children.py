"""Where the processes of a command find the attempt that they belong to: a socket, as supervisors have on a laptop."""

from __future__ import annotations

import os
import socket
import threading
from typing import Any

from bunsui.task.aws.given import Given
from bunsui.task.aws.reporter import Reporter
from bunsui.task.channel import Channel


class Children:
    """Listens until the process ends. Only who knows the token, which is in a command's environment, is heard."""

    def __init__(self, folder: str, given: Given, reporter: Reporter) -> None:
        self._token = os.urandom(16).hex()
        self._path = os.path.join(folder, "task.sock")
        self._given = given
        self._reporter = reporter
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(self._path)
        self._socket.listen(16)
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def variables(self) -> dict[str, str]:
        return {"BUNSUI_TASK_SOCKET": self._path, "BUNSUI_TASK_TOKEN": self._token}

    def _listen(self) -> None:
        while True:
            end, _ = self._socket.accept()
            threading.Thread(target=self._serve, args=(Channel(end),), daemon=True).start()

    def _serve(self, channel: Channel) -> None:
        hello = channel.receive()
        if not hello or hello.get("token") != self._token:
            return
        channel.send(self._welcome())
        while True:
            message = channel.receive()
            if message is None:
                return
            answer = self._reporter.hear(message)
            if answer is not None:
                channel.send(answer)

    def _welcome(self) -> dict[str, Any]:
        return {"context": list(self._given.context), "saved": self._reporter.position()}
