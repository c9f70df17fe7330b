"""Operations on state machines: create, update, describe, list, delete, validate, tags.

Machines of pipelines are listed and described, too; only their pipelines change them.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bunsui.asl.run import ROLE
from bunsui.errors import ApiError, Conflict
from bunsui.local import names
from bunsui.local.api import arns, definitions, failures, paging, texts
from bunsui.local.api.home import ApiHome
from bunsui.local.declarations import DELETED, MACHINE
from bunsui.local.machines import SOURCE, source_body
from bunsui.model.json import Json

_PAGE = 100
_MOST_TAGS = 50
_DELETING = "DELETING"
_LOGGING: Json = {"level": "OFF", "includeExecutionData": False}
_TRACING: Json = {"enabled": False}

Given = Mapping[str, Any]
Answer = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Known:
    """A machine, made through the API or by a pipeline (`revision` 0). `version` is the ARN of its newest version."""

    name: str
    arn: str
    version: str
    body: Mapping[str, Any]
    revision: int

    @property
    def type(self) -> str:
        return str(self.body["type"])


class Machines:
    def __init__(self, home: ApiHome) -> None:
        self._home = home

    def find(self, text: str) -> Known:
        """The machine of an ARN. Raises ApiError (StateMachineDoesNotExist, InvalidArn)."""
        found = arns.machine(text)
        known = self._known(found.name)
        if known is None or known.arn != found.arn or found.version is not None:
            raise failures.no_machine(text)
        return known

    def _known(self, name: str) -> Known | None:
        declared = self._home.reader.declaration(MACHINE, name)
        if declared is None:
            return self._of_pipeline(name)
        revision, body = declared
        if body["status"] == DELETED or (body["status"] == _DELETING and self._gone(name, revision, body)):
            return None
        return Known(name, names.unversioned(body["version"]), body["version"], body, revision)

    def _of_pipeline(self, name: str) -> Known | None:
        version = self._home.reader.newest(name)
        if version is None or not names.is_name(name):
            return None
        since = self._home.reader.first_start(name)
        body = {"type": "STANDARD", "role": ROLE, "created": since, "updated": since, "status": "ACTIVE", "tags": {}}
        return Known(name, names.unversioned(version), version, body, 0)

    def _gone(self, name: str, revision: int, body: Given) -> bool:
        """A machine that is to go is gone when its last execution has ended."""
        if self._home.reader.running(name):
            return False
        self._declare(name, {**body, "status": DELETED}, revision)
        return True

    # Operations

    def create(self, given: Given) -> Answer:
        name, type = arns.name(given["name"]), given.get("type", "STANDARD")
        arns.role(given["roleArn"])
        definitions.demand_valid(given["definition"], type)
        tags = _tags(given.get("tags", []))
        if (known := self._known(name)) is not None:
            return self._same(known, given, type)
        former = self._home.reader.declaration(MACHINE, name)
        now = self._home.clock()
        body: dict[str, Json] = {
            "type": type,
            "role": given["roleArn"],
            "created": now,
            "updated": now,
            "status": "ACTIVE",
            "tags": tags,
            **_configuration(given),
        }
        version = self._declare(name, body, former[0] if former else 0, given["definition"])
        return {"stateMachineArn": names.unversioned(version), "creationDate": now}

    def _same(self, known: Known, given: Given, type: str) -> Answer:
        """Creating the very same again is no error, whatever its role and tags."""
        if known.body["status"] == _DELETING:
            raise failures.machine_goes(known.arn)
        same = (
            known.revision
            and self._definition(known.version) == given["definition"]
            and known.type == type
            and all(known.body.get(key) == value for key, value in _configuration(given).items())
        )
        if not same:
            raise failures.machine_exists(known.arn)
        return {"stateMachineArn": known.arn, "creationDate": known.body["created"]}

    def update(self, given: Given) -> Answer:
        known = self._declared(given["stateMachineArn"])
        if not given.keys() & {"definition", "roleArn", *_CONFIGURATION}:
            message = "Either the definition, the role ARN, the LoggingConfiguration, the TracingConfiguration, or the EncryptionConfiguration must be specified"  # noqa: E501
            raise ApiError("MissingRequiredParameter", message)
        if "definition" in given:
            definitions.demand_valid(given["definition"], known.type)
        now, revision = self._home.clock(), str(uuid.uuid4())
        changed = {"role": arns.role(given["roleArn"])} if "roleArn" in given else {}
        told = {key: value for key, value in _configuration(given).items() if key in given}
        body = {**known.body, **told, **changed, "updated": now, "revisionId": revision}
        self._declare(known.name, body, known.revision, given.get("definition"))
        return {"updateDate": now, "revisionId": revision}

    def delete(self, given: Given) -> Answer:
        try:
            known = self._declared(given["stateMachineArn"])
        except ApiError as error:
            if error.code in ("StateMachineDoesNotExist", "StateMachineDeleting"):
                return {}
            raise
        status = _DELETING if self._home.reader.running(known.name) else DELETED
        self._declare(known.name, {**known.body, "status": status}, known.revision)
        return {}

    def describe(self, given: Given) -> Answer:
        known = self.find(given["stateMachineArn"])
        answer = self._described(known, known.version, given)
        return {**answer, "status": known.body["status"], "type": known.type, "creationDate": known.body["created"]}

    def describe_version(self, version: str, given: Given) -> Answer:
        """The machine as an execution runs it, whatever became of it since."""
        name = names.machine_name_of(version)
        declared = self._home.reader.declaration(MACHINE, name)
        pipeline = None if declared else self._of_pipeline(name)
        found = declared[1] if declared else pipeline.body if pipeline else None
        body: Mapping[str, Any] = found or {"role": ROLE, "updated": 0.0}
        known = Known(name, names.unversioned(version), version, body, 0)
        return {**self._described(known, version, given), "updateDate": body["updated"]}

    def _described(self, known: Known, version: str, given: Given) -> Answer:
        body = known.body
        answer: Answer = {
            "stateMachineArn": known.arn,
            "name": known.name,
            "definition": "{}" if given.get("includedData") == "METADATA_ONLY" else self._definition(version),
            "roleArn": body["role"],
            "loggingConfiguration": body.get("loggingConfiguration", _LOGGING),
            "tracingConfiguration": body.get("tracingConfiguration", _TRACING),
        }
        if "revisionId" in body:
            answer["revisionId"] = body["revisionId"]
        return answer

    def list(self, given: Given) -> Answer:
        after = paging.place("machines", given.get("nextToken"))
        everything = sorted({*self._home.reader.declarations(MACHINE), *self._home.reader.machine_names()})
        known = (self._known(name) for name in everything if after is None or name > after)
        most = given.get("maxResults") or _PAGE
        found = [machine for machine in known if machine is not None]
        answer: Answer = {"stateMachines": [_listed(machine) for machine in found[:most]]}
        if len(found) > most:
            answer["nextToken"] = paging.token("machines", found[most - 1].name)
        return answer

    def validate(self, given: Given) -> Answer:
        found = definitions.check(given["definition"], given.get("type", "STANDARD"))
        most = given.get("maxResults") or _PAGE
        told: list[Json] = [
            {"severity": "ERROR", "code": p.code, "message": p.message, "location": p.location} for p in found[:most]
        ]
        return {"result": "FAIL" if found else "OK", "diagnostics": told, "truncated": len(found) > most}

    # Tags

    def list_tags(self, given: Given) -> Answer:
        body = self._tagged(given["resourceArn"]).body
        return {"tags": [{"key": key, "value": value} for key, value in body["tags"].items()]}

    def tag(self, given: Given) -> Answer:
        known = self._tagged(given["resourceArn"])
        tags = {**known.body["tags"], **_tags(given["tags"])}
        if len(tags) > _MOST_TAGS:
            raise ApiError("TooManyTags", f"{len(tags)} tags; {_MOST_TAGS} is the most")
        self._declare(known.name, {**known.body, "tags": tags}, known.revision)
        return {}

    def untag(self, given: Given) -> Answer:
        known = self._tagged(given["resourceArn"])
        tags = {key: value for key, value in known.body["tags"].items() if key not in given["tagKeys"]}
        self._declare(known.name, {**known.body, "tags": tags}, known.revision)
        return {}

    def _tagged(self, arn: str) -> Known:
        try:
            return self._declared(arn)
        except ApiError as error:
            raise failures.no_resource(arn) if error.code == "StateMachineDoesNotExist" else error from None

    # Parts

    def _declared(self, arn: str) -> Known:
        """One that may be changed here."""
        known = self.find(arn)
        if known.body["status"] == _DELETING:
            raise failures.machine_goes(known.arn)
        if not known.revision:
            message = f"{known.name} belongs to a pipeline of Bunsui; it is changed with its file: bunsui run FILE"
            raise ApiError("AccessDeniedException", message)
        return known

    def _definition(self, version: str) -> str:
        body = self._home.reader.machine(version) or {}
        return str(body[SOURCE]) if SOURCE in body else texts.written(body.get("definition", {}))

    def _declare(self, name: str, body: Mapping[str, Json], revision: int, definition: str | None = None) -> str:
        command: dict[str, Any] = {"kind": MACHINE, "name": name, "body": dict(body), "expected": revision}
        if definition is not None:
            command["deploy"] = source_body(name, definition)
        try:
            return str(self._home.engine.command("declare", command))
        except Conflict:
            raise failures.conflict(f"State machine {name} was changed by another request. Try again") from None


_CONFIGURATION = ("loggingConfiguration", "tracingConfiguration", "encryptionConfiguration")


def _configuration(given: Given) -> dict[str, Json]:
    found = {key: given[key] for key in _CONFIGURATION if key in given}
    return {"loggingConfiguration": _LOGGING, "tracingConfiguration": _TRACING, **found}


def _listed(machine: Known) -> Json:
    return {
        "stateMachineArn": machine.arn,
        "name": machine.name,
        "type": machine.type,
        "creationDate": machine.body["created"],
    }


def _tags(given: list[Any]) -> dict[str, Json]:
    tags: dict[str, Json] = {}
    for tag in given:
        if (
            not isinstance(tag, dict)
            or not isinstance(tag.get("key"), str)
            or not isinstance(tag.get("value", ""), str)
        ):
            raise failures.serialization("a tag is a structure with the members key and value")
        tags[tag["key"]] = tag.get("value", "")
    return tags
