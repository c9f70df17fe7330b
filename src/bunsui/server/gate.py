"""Who may ask. On loopback anybody of this machine who is no web page; from elsewhere, whoever knows the token.

Signatures are not checked: the token travels as the access key that clients sign with.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bunsui.errors import ApiError

_CREDENTIAL = re.compile(r"AWS4-HMAC-SHA256 +Credential=([^/,\s]+)/")
_BEARER = re.compile(r"Bearer +(\S+)")
_PORT = re.compile(r":\d{1,5}$")


def is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Gate:
    """`hosts` are names that clients may ask for besides localhost; `token` is None where none is needed."""

    hosts: frozenset[str]
    token: str | None = None

    def check(self, headers: Mapping[str, str]) -> None:
        """Raises ApiError. A page in a browser cannot ask: its requests tell their origin, or another host's name."""
        if not self._knows(headers.get("host", "")):
            raise ApiError("InvalidRequest", "The Host header names no host that is served here", 403)
        if "origin" in headers or headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            raise ApiError("InvalidRequest", "Requests of web pages are not answered", 403)
        if self.token is not None and not self._holds(headers.get("authorization", "")):
            message = "The security token included in the request is invalid."
            raise ApiError("UnrecognizedClientException", message, 403)

    def _knows(self, host: str) -> bool:
        """A page that makes its own name lead here cannot have asked for an address, nor for a name of ours."""
        name = _PORT.sub("", host.lower()).strip("[]").removeprefix("sync-")  # StartSyncExecution's host prefix
        return _address(name) is not None or name == "localhost" or name.endswith(".localhost") or name in self.hosts

    def _holds(self, authorization: str) -> bool:
        found = _CREDENTIAL.match(authorization) or _BEARER.match(authorization)
        return found is not None and hmac.compare_digest(found[1].encode(), (self.token or "").encode())
