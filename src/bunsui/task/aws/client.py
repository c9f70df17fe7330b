"""Signed requests to AWS over kept connections: time-outs, tries with growing pauses, and what an answer's error says.

Which requests there are is in `services`.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import threading
import time
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bunsui.task.aws.credentials import Credentials, Keys, NoCredentials
from bunsui.task.aws.signing import Request, signed

_CONNECT_AND_READ = 20.0  # seconds that one answer may take
_TRIES = 5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 20.0
_PASSING = frozenset({
    "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException", "RequestThrottled",
    "ProvisionedThroughputExceededException", "RequestLimitExceeded", "SlowDown", "RequestTimeout",
    "RequestTimeoutException", "InternalError", "InternalServerError", "InternalServerException", "ServiceUnavailable",
    "TransactionInProgressException", "ConditionalRequestConflict", "OperationAborted",
})  # fmt: skip
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"})
_CODE = re.compile(rb"<Code>([^<]*)</Code>")
_MESSAGE = re.compile(rb"<Message>([^<]*)</Message>")


class AwsError(Exception):
    """What AWS answered instead, or why it could not be asked (`status` 0)."""

    def __init__(self, service: str, action: str, code: str, message: str, status: int = 0) -> None:
        super().__init__(f"{service} {action}: {code}: {message}" if message else f"{service} {action}: {code}")
        self.code = code
        self.status = status


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class Client:
    """Of one service. Safe to use from several threads."""

    def __init__(self, service: str, endpoint: str, region: str, keys: Keys, sign_as: str = "") -> None:
        parts = urllib.parse.urlsplit(endpoint)
        self._service, self._sign_as, self._region, self._keys = service, sign_as or service, region, keys
        self._secure = parts.scheme == "https"
        self._address, self._port = parts.hostname or "", parts.port
        self._host = parts.netloc
        self._base = parts.path.rstrip("/")
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()

    def ask(
        self,
        action: str,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        into: Callable[[http.client.HTTPResponse], None] | None = None,
        tries: int = _TRIES,
    ) -> Answer:
        """The answer, whose body goes `into` a reader if one is given. Raises AwsError."""
        payload = hashlib.sha256(body).hexdigest()
        request = Request(method, self._host, self._base + path, query or {}, headers or {}, payload)
        pause = _FIRST_PAUSE
        for number in range(1, tries + 1):
            try:
                return self._once(action, request, body, into)
            except (OSError, http.client.HTTPException) as error:
                self._forget()
                failure = AwsError(self._service, action, type(error).__name__, str(error))
            except AwsError as error:
                failure = error
                if error.code in _EXPIRED:
                    self._keys.reject()
                elif error.status < 500 and error.status != 429 and error.code not in _PASSING:
                    raise
            if number < tries:
                time.sleep(pause * (0.5 + os.urandom(1)[0] / 512))
                pause = min(pause * 2, _LONGEST_PAUSE)
        raise failure

    def _once(
        self,
        action: str,
        request: Request,
        body: bytes,
        into: Callable[[http.client.HTTPResponse], None] | None,
    ) -> Answer:
        headers = signed(request, self._key(action), self._sign_as, self._region, time.time())
        connection = self._taken()
        try:
            answer = self._sent(connection, request, headers, body)
            if into is not None and answer.status < 300:
                into(answer)
                read = b""
            else:
                read = answer.read()
        except BaseException:
            connection.close()
            raise
        self._given_back(connection, answer)
        if answer.status >= 300:
            raise _error(self._service, action, answer, read)
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, read)

    def _sent(
        self, connection: http.client.HTTPConnection, request: Request, headers: Mapping[str, str], body: bytes
    ) -> http.client.HTTPResponse:
        connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        return connection.getresponse()

    def _key(self, action: str) -> Credentials:
        try:
            return self._keys.get()
        except NoCredentials as error:
            raise AwsError(self._service, action, "NoCredentials", str(error), 503) from None

    def _taken(self) -> http.client.HTTPConnection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        return kind(self._address, self._port, timeout=_CONNECT_AND_READ)

    def _given_back(self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> None:
        if answer.will_close or not answer.isclosed():
            connection.close()
            return
        with self._lock:
            self._idle.append(connection)

    def _forget(self) -> None:
        """A connection broke: those that were kept as long are no better (Lambda freezes a process for hours)."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


class JsonClient(Client):
    """Of a service that is asked in JSON, by the name of an action."""

    def __init__(self, service: str, endpoint: str, region: str, keys: Keys, target: str, sign_as: str = "") -> None:
        super().__init__(service, endpoint, region, keys, sign_as)
        self._target = target

    def call(self, action: str, given: Mapping[str, Any], tries: int = _TRIES, version: str = "1.0") -> dict[str, Any]:
        headers = {"X-Amz-Target": f"{self._target}.{action}", "Content-Type": f"application/x-amz-json-{version}"}
        body = json.dumps(given, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        answer = self.ask(action, "POST", "/", headers=headers, body=body, tries=tries)
        told: dict[str, Any] = json.loads(answer.body or b"{}")
        return told


def _error(service: str, action: str, answer: http.client.HTTPResponse, body: bytes) -> AwsError:
    code, message = "", ""
    if body.lstrip().startswith(b"{"):
        told = json.loads(body)
        code = str(told.get("__type") or told.get("code") or "").rpartition("#")[2]
        message = str(told.get("message") or told.get("Message") or "")
    elif body:
        code, message = (_found(pattern, body) for pattern in (_CODE, _MESSAGE))
    code = code or str(answer.getheader("x-amzn-ErrorType") or answer.status).partition(":")[0]
    return AwsError(service, action, code, message, answer.status)


def _found(pattern: re.Pattern[bytes], body: bytes) -> str:
    match = pattern.search(body)
    return match[1].decode("utf-8", "replace") if match else ""
