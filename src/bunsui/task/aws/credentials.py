"""Whose keys a task signs with: those of its environment (Lambda), or what its container's endpoint gives (ECS).

https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.parse
from collections.abc import Callable, Mapping
from typing import NamedTuple

_ENDPOINT = "http://169.254.170.2"  # of ECS, in every container
_EARLY = 300.0  # seconds before their end that keys are renewed
_PATIENCE = 5.0
_TRIES = 4
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Credentials(NamedTuple):
    access: str
    secret: str
    token: str = ""
    expires: float = float("inf")  # seconds since the epoch


class NoCredentials(Exception):
    """There are none, or nobody gives them."""


class Keys:
    """Safe to use from several threads. New ones are asked for when the old are about to end."""

    def __init__(self, environ: Mapping[str, str], clock: Callable[[], float] = time.time) -> None:
        self._environ = environ
        self._clock = clock
        self._lock = threading.Lock()
        self._now: Credentials | None = None

    def get(self) -> Credentials:
        """Raises NoCredentials."""
        with self._lock:
            if self._now is None or self._clock() > self._now.expires - _EARLY:
                self._now = self._renewed(self._now)
            return self._now

    def reject(self) -> None:
        """AWS does not take them any more."""
        with self._lock:
            self._now = None

    def _renewed(self, old: Credentials | None) -> Credentials:
        try:
            return self._found()
        except NoCredentials:
            if old is None or self._clock() >= old.expires:
                raise
            return old

    def _found(self) -> Credentials:
        given = self._environ
        if given.get("AWS_ACCESS_KEY_ID") and given.get("AWS_SECRET_ACCESS_KEY"):
            token = given.get("AWS_SESSION_TOKEN", "")
            return Credentials(given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], token)
        address = self._address()
        failure = "the environment has neither keys nor an endpoint that gives them"
        for number in range(_TRIES if address else 0):
            try:
                return _asked(address, self._authorization())
            except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
                failure = f"{address} gave no credentials: {error}"
                time.sleep(0.2 * 2**number)
        raise NoCredentials(failure)

    def _address(self) -> str:
        relative = self._environ.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
        return _ENDPOINT + relative if relative else self._environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI", "")

    def _authorization(self) -> str:
        path = self._environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        if path:
            with open(path, encoding="utf-8") as file:
                return file.read().strip()
        return self._environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")


def _asked(address: str, authorization: str) -> Credentials:
    parts = urllib.parse.urlsplit(address)
    secure = parts.scheme == "https"
    if not secure and parts.hostname not in (*_LOOPBACK, "169.254.170.2", "169.254.170.23"):
        raise ValueError("keys are not asked for over an open network")
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_PATIENCE)
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"Authorization": authorization} if authorization else {})
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise ValueError(f"{answer.status} {answer.reason}")
    told = json.loads(body)
    return Credentials(told["AccessKeyId"], told["SecretAccessKey"], told.get("Token", ""), _epoch(told["Expiration"]))


def _epoch(text: str) -> float:
    import calendar

    return float(calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")))
