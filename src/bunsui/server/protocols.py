"""How operations travel: JSON 1.0 for Step Functions, REST for Lambda; which one a request speaks, and their errors."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote

import orjson

from bunsui.errors import ApiError
from bunsui.model.json import Json
from bunsui.server.messages import Request, Response

Call = Callable[[str, str, Mapping[str, Json]], Mapping[str, Json]]

_JSON = "application/x-amz-json-1.0"
_TARGET = "AWSStepFunctions."
_FUNCTIONS = "/2015-03-31/functions"
_SMALL = 1 << 20  # bytes of a request, Step Functions' limit
_LARGE = 70 << 20  # Lambda's: a zip file in Base64
_FROM_QUERY = {"Qualifier": "Qualifier", "Marker": "Marker", "MaxItems": "MaxItems"}
_TAGS = re.compile(r"/2017-03-31/tags/.+")


def most_bytes(path: str) -> int:
    """Of a request's body."""
    return _LARGE if path.startswith(_FUNCTIONS) else _SMALL


def is_long(request: Request) -> bool:
    """Whether its answer may take minutes."""
    target = request.headers.get("x-amz-target", "").removeprefix(_TARGET)
    return target in ("StartSyncExecution", "TestState") or request.path.endswith("/invocations")


def answer(request: Request, call: Call) -> Response:
    """Carry it out; every failure is an answer, too."""
    rest = request.path.startswith("/20")
    try:
        return _rest(request, call) if rest else _json(request, call)
    except ApiError as error:
        return refusal(error, rest=rest)


def refusal(error: ApiError, *, rest: bool = False) -> Response:
    if rest:
        body = orjson.dumps({"Type": "User" if error.status < 500 else "Service", "Message": _text(error)})
        return Response(error.status, body, _headers("application/json") | {"x-amzn-errortype": error.code})
    body = orjson.dumps({"__type": error.code, "message": _text(error)})
    return Response(error.status, body, _headers(_JSON) | {"x-amzn-errortype": error.code})


def _text(error: ApiError) -> str:
    return str(error).encode("utf-8", "replace").decode()


def _headers(kind: str) -> dict[str, str]:
    return {"content-type": kind, "x-amzn-requestid": str(uuid.uuid4())}


# JSON 1.0


def _json(request: Request, call: Call) -> Response:
    target = request.headers.get("x-amz-target", "")
    if request.method != "POST" or not target.startswith(_TARGET):
        raise ApiError("UnknownOperationException", "Step Functions is asked by POST with X-Amz-Target")
    answered = call("states", target.removeprefix(_TARGET), _object(request.body))
    return Response(200, orjson.dumps(answered), _headers(_JSON))


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(body) if body.strip() else {}
    except orjson.JSONDecodeError:
        raise ApiError("SerializationException", "The request is no JSON") from None
    if not isinstance(found, dict):
        raise ApiError("SerializationException", "Start of structure or map expected")
    return found


# REST


def _rest(request: Request, call: Call) -> Response:
    if _TAGS.fullmatch(request.path) and request.method == "GET":
        return Response(200, b'{"Tags":{}}', _headers("application/json"))
    operation, name = _route(request)
    given: dict[str, Any] = {} if operation == "Invoke" else dict(_object(request.body))
    query = parse_qs(request.query, keep_blank_values=True)
    given |= {ours: query[theirs][0] for theirs, ours in _FROM_QUERY.items() if theirs in query}
    if "MaxItems" in given:
        given["MaxItems"] = int(given["MaxItems"]) if given["MaxItems"].isascii() and given["MaxItems"].isdigit() else 0
    if name is not None:
        given["FunctionName"] = name
    if operation == "Invoke":
        return _invoke(request, given, call)
    answered = call("lambda", operation, given)
    status = {"CreateFunction": 201, "DeleteFunction": 204}.get(operation, 200)
    return Response(status, b"" if status == 204 else orjson.dumps(answered), _headers("application/json"))


_ROUTES: Mapping[tuple[str, str], str] = {
    ("GET", ""): "GetFunction",
    ("DELETE", ""): "DeleteFunction",
    ("GET", "/configuration"): "GetFunctionConfiguration",
    ("PUT", "/configuration"): "UpdateFunctionConfiguration",
    ("PUT", "/code"): "UpdateFunctionCode",
    ("POST", "/invocations"): "Invoke",
}


def _route(request: Request) -> tuple[str, str | None]:
    rest = request.path.removeprefix(_FUNCTIONS)
    if request.path in (_FUNCTIONS, f"{_FUNCTIONS}/"):
        operation = {"POST": "CreateFunction", "GET": "ListFunctions"}.get(request.method)
        if operation:
            return operation, None
    elif request.path.startswith(f"{_FUNCTIONS}/"):
        name, slash, tail = rest[1:].partition("/")
        found = _ROUTES.get((request.method, f"{slash}{tail}"))
        if found:
            return found, unquote(name, errors="replace")
    raise ApiError("UnknownOperationException", f"there is no {request.method} {request.path[:200]} here", 404)


def _invoke(request: Request, given: dict[str, Any], call: Call) -> Response:
    try:
        given["Payload"] = request.body.decode()
    except UnicodeDecodeError:
        message = "Could not parse request body into json: it is not UTF-8"
        raise ApiError("InvalidRequestContentException", message) from None
    if "x-amz-invocation-type" in request.headers:
        given["InvocationType"] = request.headers["x-amz-invocation-type"]
    answered = call("lambda", "Invoke", given)
    headers = _headers("application/json")
    if "ExecutedVersion" in answered:
        headers["x-amz-executed-version"] = str(answered["ExecutedVersion"])
    if "FunctionError" in answered:
        headers["x-amz-function-error"] = str(answered["FunctionError"])
    status = answered["StatusCode"]
    body = b"" if status == 204 else str(answered.get("Payload", "")).encode()
    return Response(status if isinstance(status, int) else 200, body, headers)
