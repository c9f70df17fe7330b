"""AWS Signature Version 4: the headers that prove who asks. Whose keys they are is in `credentials`.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import time
import urllib.parse
from collections.abc import Mapping
from typing import NamedTuple

from bunsui.task.aws.credentials import Credentials

_ALGORITHM = "AWS4-HMAC-SHA256"


class Request(NamedTuple):
    """`path` is quoted already, `query` is not."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    payload: str  # the hash of the body

    @property
    def target(self) -> str:
        query = canonical_query(self.query)
        return f"{self.path}?{query}" if query else self.path


def signed(request: Request, keys: Credentials, service: str, region: str, now: float) -> dict[str, str]:
    """All headers to send, those of the signature included."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    headers = {**request.headers, "Host": request.host, "X-Amz-Date": stamp, "X-Amz-Content-Sha256": request.payload}
    if keys.token:
        headers["X-Amz-Security-Token"] = keys.token
    names = ";".join(sorted(name.lower() for name in headers))
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    text = "\n".join([_ALGORITHM, stamp, scope, _hash(_canonical(request, headers, names))])
    signature = hmac.new(_key(keys.secret, stamp[:8], region, service), text.encode(), hashlib.sha256).hexdigest()
    headers["Authorization"] = (
        f"{_ALGORITHM} Credential={keys.access}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return headers


def _canonical(request: Request, headers: Mapping[str, str], names: str) -> str:
    lines = sorted(f"{name.lower()}:{' '.join(value.split())}\n" for name, value in headers.items())
    query = canonical_query(request.query)
    return "\n".join([request.method, request.path, query, "".join(lines), names, request.payload])


def canonical_query(query: Mapping[str, str]) -> str:
    pairs = sorted((quoted(name), quoted(value)) for name, value in query.items())
    return "&".join(f"{name}={value}" for name, value in pairs)


def quoted(text: str, safe: str = "") -> str:
    return urllib.parse.quote(text, safe=safe + "-_.~")


def _key(secret: str, day: str, region: str, service: str) -> bytes:
    key = b"AWS4" + secret.encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
