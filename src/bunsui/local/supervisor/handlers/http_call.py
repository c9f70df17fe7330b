"""The `http:invoke` integration: one request, its answer as the object that Step Functions gives."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from bunsui.task.failure import TaskFailure

_SECONDS = 60.0  # Step Functions' own limit of an HTTP task
_LARGEST = 256 * 1024


def call(
    ApiEndpoint: str,
    Method: str,
    Headers: dict[str, Any] | None = None,
    QueryParameters: dict[str, Any] | None = None,
    RequestBody: Any = None,
    Authentication: Any = None,
    InvocationConfig: Any = None,
    Transform: Any = None,
) -> dict[str, Any]:
    """``{StatusCode, StatusText, Headers, ResponseBody}``. A status that is not 2xx fails the task."""
    request = _request(ApiEndpoint, Method, Headers or {}, QueryParameters or {}, RequestBody, Transform)
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310 (http and https only, below)
            return _answer(response)
    except urllib.error.HTTPError as error:
        with error:
            raise _refused(error) from None
    except (urllib.error.URLError, http.client.HTTPException, OSError, ssl.SSLError) as error:
        reason = getattr(error, "reason", None) or error
        raise TaskFailure("States.Http.Socket", f"{Method} {ApiEndpoint}: {reason}") from None


def _request(
    endpoint: str, method: str, headers: dict[str, Any], query: dict[str, Any], body: Any, transform: Any
) -> urllib.request.Request:
    parts = urllib.parse.urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise TaskFailure("States.Runtime", f"{endpoint!r} is no http or https address")
    if query:
        pairs = "&".join(filter(None, [parts.query, urllib.parse.urlencode(_strings(query), doseq=True)]))
        parts = parts._replace(query=pairs)
    sent = {name: _text(value) for name, value in headers.items()}
    data = None if body is None else _encoded(body, sent, transform)
    return urllib.request.Request(urllib.parse.urlunsplit(parts), data, sent, method=method)  # noqa: S310


def _encoded(body: Any, headers: dict[str, str], transform: Any) -> bytes:
    names = {name.lower() for name in headers}
    if isinstance(transform, dict) and transform.get("RequestBodyEncoding") == "URL_ENCODED":
        if "content-type" not in names:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return urllib.parse.urlencode(_strings(body), doseq=True).encode()
    if "content-type" not in names:
        headers["Content-Type"] = "application/json"
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def _strings(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [_text(v) for v in value] if isinstance(value, list) else _text(value) for name, value in values.items()
    }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _answer(response: Any) -> dict[str, Any]:
    body = response.read(_LARGEST + 1)
    if len(body) > _LARGEST:
        raise TaskFailure("States.DataLimitExceeded", f"the response has more than {_LARGEST} bytes")
    headers: dict[str, list[str]] = {}
    for name, value in response.headers.items():
        headers.setdefault(name.lower(), []).append(value)
    return {
        "StatusCode": response.status,
        "StatusText": response.reason or "",
        "Headers": headers,
        "ResponseBody": _parsed(body, headers.get("content-type", [""])[0]),
    }


def _parsed(body: bytes, kind: str) -> Any:
    text = body.decode("utf-8", "replace")
    if "json" in kind:
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _refused(error: urllib.error.HTTPError) -> TaskFailure:
    body = error.read(2048).decode("utf-8", "replace")
    return TaskFailure(f"States.Http.StatusCode.{error.code}", f"{error.code} {error.reason}: {body}")
