"""Operations on Lambda functions that run as local processes: create, get, list, update, delete."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bunsui.errors import ApiError, Conflict
from bunsui.local import names
from bunsui.local.api import code, failures, paging
from bunsui.local.api.home import ApiHome
from bunsui.local.declarations import FUNCTION, function_name
from bunsui.model.json import Json

_PAGE = 50
_MOST_ZIPPED = 52_428_800  # bytes, Lambda's limit for an upload
_MOST_ENVIRONMENT = 4096
_LATEST = "$LATEST"
_RUNTIMES = "python"
_PATTERN = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?"
    r"(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
)
_ENVIRONMENT_FULL = (
    "Lambda was unable to configure your environment variables because the environment variables you have provided "
    "exceeded the 4KB limit. String measured: {} bytes"
)

Given = Mapping[str, Any]
Answer = dict[str, Json]


class Functions:
    def __init__(self, home: ApiHome) -> None:
        self._home = home

    def create(self, given: Given) -> Answer:
        name = _name(given["FunctionName"])
        if self._home.reader.declaration(FUNCTION, name) is not None:
            raise failures.function_exists(name)
        body = {**_configuration(given), **self._code(name, given["Code"]), "name": name, "role": given["Role"]}
        body |= {"tags": given.get("Tags", {}), **self._revised()}
        for required in ("runtime", "handler"):
            if not body.get(required):
                raise failures.bad_value(f"{required.title()} is required for functions of the package type Zip")
        defaults: Answer = {"timeout": 3, "memory": 128, "env": {}, "description": ""}
        return self._stored(name, {**defaults, **body}, 0)

    def get(self, given: Given) -> Answer:
        _, body = self._find(given["FunctionName"], given.get("Qualifier"))
        location = (self._home.functions / body["name"] / body["code"]).as_uri()
        answer: Answer = {
            "Configuration": _described(body),
            "Code": {"RepositoryType": "S3", "Location": location},
        }
        return {**answer, "Tags": body["tags"]} if body["tags"] else answer

    def configuration(self, given: Given) -> Answer:
        return _described(self._find(given["FunctionName"], given.get("Qualifier"))[1])

    def list(self, given: Given) -> Answer:
        after = paging.place("functions", given.get("Marker"))
        found = self._home.reader.declarations(FUNCTION)
        names_left = [name for name in found if after is None or name > after]
        most = given.get("MaxItems") or _PAGE
        answer: Answer = {"Functions": [_described(found[name]) for name in names_left[:most]]}
        if len(names_left) > most:
            answer["NextMarker"] = paging.token("functions", names_left[most - 1])
        return answer

    def update_code(self, given: Given) -> Answer:
        revision, body = self._find(given["FunctionName"])
        _demand_revision(body, given)
        changed = {**body, **self._code(body["name"], given), **self._revised()}
        return _described(changed) if given.get("DryRun") else self._stored(body["name"], changed, revision)

    def update_configuration(self, given: Given) -> Answer:
        revision, body = self._find(given["FunctionName"])
        _demand_revision(body, given)
        role = {"role": given["Role"]} if "Role" in given else {}
        return self._stored(body["name"], {**body, **_configuration(given), **role, **self._revised()}, revision)

    def delete(self, given: Given) -> Answer:
        revision, body = self._find(given["FunctionName"])
        try:
            self._home.engine.command("drop", {"kind": FUNCTION, "name": body["name"], "expected": revision})
        except Conflict:
            raise _changed(body["name"]) from None
        shutil.rmtree(self._home.functions / body["name"], ignore_errors=True)
        return {}

    def demand(self, name: str, qualifier: str | None = None) -> Mapping[str, Any]:
        """What is declared of it. Raises ApiError (ResourceNotFoundException)."""
        return self._find(name, qualifier)[1]

    # Parts

    def _find(self, text: str, qualifier: str | None = None) -> tuple[int, Mapping[str, Any]]:
        name = _name(text)
        found = self._home.reader.declaration(FUNCTION, name)
        if found is None or qualifier not in (None, _LATEST):
            suffix = f":{qualifier}" if qualifier else ""
            raise failures.no_function(_arn(name) + suffix)
        return found

    def _code(self, name: str, given: Given) -> Answer:
        if not isinstance(given.get("ZipFile"), str):
            raise failures.bad_value("Functions run here from a zip file: give ZipFile. Images and S3 objects need AWS")
        zipped = code.decoded(given["ZipFile"])
        if len(zipped) > _MOST_ZIPPED:
            raise ApiError(
                "RequestTooLargeException", f"The zip file has {len(zipped)} bytes; {_MOST_ZIPPED} is the most", 413
            )
        folder = code.unpack(zipped, self._home.functions / name)
        return {"code": folder, "sha256": code.digest(zipped), "size": len(zipped)}

    def _revised(self) -> Answer:
        at = datetime.fromtimestamp(self._home.clock(), UTC)
        return {"modified": at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000", "revision": str(uuid.uuid4())}

    def _stored(self, name: str, body: Mapping[str, Any], expected: int) -> Answer:
        command = {"kind": FUNCTION, "name": name, "body": dict(body), "expected": expected}
        try:
            self._home.engine.command("declare", command)
        except Conflict:
            raise _changed(name) from None
        return _described(body)


def _name(text: str) -> str:
    name = function_name(text)
    if not name:
        rule = f"Member must satisfy regular expression pattern: {_PATTERN}"
        raise failures.validation([f"Value '{text}' at 'functionName' failed to satisfy constraint: {rule}"])
    return name


def _arn(name: str) -> str:
    return names.declared_function_arn(name)


def _changed(name: str) -> ApiError:
    message = f"The operation cannot be performed at this time. An update is in progress for resource: {_arn(name)}"
    return ApiError("ResourceConflictException", message, 409)


def _demand_revision(body: Given, given: Given) -> None:
    if given.get("RevisionId") not in (None, body["revision"]):
        message = "The Revision Id provided does not match the latest Revision Id. Call the GetFunction API to retrieve the latest Revision Id"  # noqa: E501
        raise ApiError("PreconditionFailedException", message, 412)


def _configuration(given: Given) -> Answer:
    """What is given of it, in our words."""
    if given.get("PackageType", "Zip") != "Zip" or given.get("Layers"):
        raise failures.bad_value("Functions run here from a zip file, without layers: put what they need into it")
    if not given.get("Runtime", _RUNTIMES).startswith(_RUNTIMES):
        raise failures.bad_value(f"Runtime {given['Runtime']} does not run here: python does, in Bunsui's own version")
    pairs = (("Runtime", "runtime"), ("Handler", "handler"), ("Timeout", "timeout"), ("MemorySize", "memory"))
    found: Answer = {
        ours: given[theirs] for theirs, ours in (*pairs, ("Description", "description")) if theirs in given
    }
    if "Environment" in given:
        found["env"] = _environment(given["Environment"].get("Variables") or {})
    return found


def _environment(variables: Any) -> Json:
    if not isinstance(variables, dict) or not all(isinstance(value, str) for value in variables.values()):
        raise failures.serialization("Environment.Variables is a map of texts")
    size = sum(len(name.encode()) + len(value.encode()) for name, value in variables.items())
    if size > _MOST_ENVIRONMENT:
        raise failures.bad_value(_ENVIRONMENT_FULL.format(size))
    if any("\0" in text or "=" in name for name, value in variables.items() for text in (name, value)):
        raise failures.bad_value("a name or a value in Environment.Variables cannot be in an environment")
    return dict(variables)


def _described(body: Given) -> Answer:
    return {
        "FunctionName": body["name"],
        "FunctionArn": _arn(body["name"]),
        "Runtime": body["runtime"],
        "Role": body["role"],
        "Handler": body["handler"],
        "CodeSize": body["size"],
        "Description": body["description"],
        "Timeout": body["timeout"],
        "MemorySize": body["memory"],
        "LastModified": body["modified"],
        "CodeSha256": body["sha256"],
        "Version": _LATEST,
        **({"Environment": {"Variables": body["env"]}} if body["env"] else {}),
        "TracingConfig": {"Mode": "PassThrough"},
        "RevisionId": body["revision"],
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
    }
