"""Which operation of which service is carried out by what, and with which parameters."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from bunsui.errors import ApiError, BackendError, BunsuiError, Throttled
from bunsui.local.api import failures
from bunsui.local.api.executions import Executions
from bunsui.local.api.fields import Field, Fields, checked
from bunsui.local.api.functions import Functions
from bunsui.local.api.home import ApiHome
from bunsui.local.api.invoking import Invoking
from bunsui.local.api.machines import Machines
from bunsui.local.api.reading import ApiReader
from bunsui.local.api.tokens import Tokens
from bunsui.local.api.trials import Shape, Trials, calling
from bunsui.local.home import Home
from bunsui.local.state_machines import LocalStateMachines
from bunsui.model.json import Json

Operation = tuple[Fields, Callable[[Mapping[str, Any]], dict[str, Json]]]
Call = Callable[[str, str, Mapping[str, Json]], Mapping[str, Json]]

# Constraints as the service models have them.
_ARN = Field(required=True, least=1, most=256)
_MAYBE_ARN = Field(least=1, most=256)
_NAME = Field(least=1, most=80)
_DEFINITION = Field(required=True, least=1, most=1_048_576, hidden=True)
_TYPE = Field(values=("STANDARD", "EXPRESS"))
_PAGE = Field("Integer", least=0, most=1000)
_TOKEN = Field(least=1, most=1024)
_INCLUDED = Field(values=("ALL_DATA", "METADATA_ONLY"))
_STATUS = Field(values=("SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE", "ABORTED", "FAILED", "RUNNING"))
_DATA = Field(most=262_144, hidden=True)
_ERROR = Field(least=0, most=256, hidden=True)
_CAUSE = Field(least=0, most=32_768, hidden=True)
_TASK = Field(required=True, least=1, most=2048, hidden=True)
_SETUP = {name: Field("Map") for name in ("loggingConfiguration", "tracingConfiguration", "encryptionConfiguration")}
_START = {"stateMachineArn": _ARN, "name": _NAME, "input": _DATA, "traceHeader": Field(most=256)}
_FUNCTION = Field(required=True, least=1, most=256)
_CONFIGURATION = {
    "Runtime": Field(),
    "Handler": Field(most=128),
    "Description": Field(most=256),
    "Timeout": Field("Integer", least=1, most=900),
    "MemorySize": Field("Integer", least=128, most=10_240),
    "Environment": Field("Map"),
    "PackageType": Field(values=("Zip", "Image")),
    "Layers": Field("List"),
}
_CODE = {"ZipFile": Field(hidden=True), "S3Bucket": Field(), "S3Key": Field(), "ImageUri": Field()}


def open_api(home: Home, engine: LocalStateMachines, shape: Shape) -> Call:
    """The API on a home; `engine` stays its owner's to close. `shape` judges mocked results."""
    place = ApiHome(engine, ApiReader(home), home.functions, time.time, time.sleep)
    return LocalApi({"states": _states(place, shape), "lambda": _lambda(place)}).call


class LocalApi:
    """Safe to use from several threads."""

    def __init__(self, services: Mapping[str, Mapping[str, Operation]]) -> None:
        self._services = services

    def call(self, service: str, operation: str, parameters: Mapping[str, Json]) -> Mapping[str, Json]:
        """Every failure is an ApiError; what the engine or the disk is in the way of is a 500 that may be retried."""
        found = self._services[service].get(operation)
        if found is None:
            raise failures.unknown_operation(operation)
        fields, carry_out = found
        try:
            return carry_out(checked(fields, parameters))
        except ApiError:
            raise
        except Throttled as error:
            raise ApiError("ThrottlingException", str(error)) from error
        except BackendError as error:
            code = "ServiceException" if service == "lambda" else "InternalFailure"
            raise ApiError(code, f"{error}. {error.hint}", 500) from error
        except BunsuiError as error:
            raise failures.invalid(str(error)) from error
        except RecursionError:
            raise failures.serialization("nested too deeply") from None


def _states(home: ApiHome, shape: Shape) -> dict[str, Operation]:
    machines = Machines(home)
    executions, tokens = Executions(home, machines), Tokens(home)
    execution = {"executionArn": _ARN}
    machine = {"stateMachineArn": _ARN}
    resource = {"resourceArn": _ARN}
    return {
        "CreateStateMachine": (
            {"name": Field(required=True, least=1, most=80), "definition": _DEFINITION, "roleArn": _ARN, "type": _TYPE}
            | {"tags": Field("List"), **_SETUP},
            machines.create,
        ),
        "UpdateStateMachine": (
            machine | {"definition": Field(least=1, most=1_048_576, hidden=True), "roleArn": _MAYBE_ARN, **_SETUP},
            machines.update,
        ),
        "DescribeStateMachine": (machine | {"includedData": _INCLUDED}, machines.describe),
        "ListStateMachines": ({"maxResults": _PAGE, "nextToken": _TOKEN}, machines.list),
        "DeleteStateMachine": (machine, machines.delete),
        "ValidateStateMachineDefinition": (
            {"definition": _DEFINITION, "type": _TYPE, "severity": Field(values=("ERROR", "WARNING"))}
            | {"maxResults": Field("Integer", least=0, most=100)},
            machines.validate,
        ),
        "ListTagsForResource": (resource, machines.list_tags),
        "TagResource": (resource | {"tags": Field("List", required=True)}, machines.tag),
        "UntagResource": (resource | {"tagKeys": Field("List", required=True)}, machines.untag),
        "StartExecution": (_START, executions.start),
        "StartSyncExecution": (_START | {"includedData": _INCLUDED}, executions.start_sync),
        "DescribeExecution": (execution | {"includedData": _INCLUDED}, executions.describe),
        "DescribeStateMachineForExecution": (execution | {"includedData": _INCLUDED}, executions.machine_of),
        "ListExecutions": (
            {"stateMachineArn": _MAYBE_ARN, "mapRunArn": Field(least=1, most=2000), "statusFilter": _STATUS}
            | {"redriveFilter": Field(values=("REDRIVEN", "NOT_REDRIVEN"))}
            | {"maxResults": _PAGE, "nextToken": Field(least=1, most=3096)},
            executions.list,
        ),
        "StopExecution": (execution | {"error": _ERROR, "cause": _CAUSE}, executions.stop),
        "RedriveExecution": (execution | {"clientToken": Field(least=1, most=64)}, executions.redrive),
        "GetExecutionHistory": (
            execution
            | {"maxResults": _PAGE, "nextToken": _TOKEN}
            | {"reverseOrder": Field("Boolean"), "includeExecutionData": Field("Boolean")},
            executions.history,
        ),
        "TestState": (
            {"definition": _DEFINITION, "roleArn": _MAYBE_ARN, "input": _DATA, "stateName": _NAME}
            | {"inspectionLevel": Field(values=("INFO", "DEBUG", "TRACE")), "revealSecrets": Field("Boolean")}
            | {"variables": Field(hidden=True), "context": Field(hidden=True)}
            | {"mock": Field("Map"), "stateConfiguration": Field("Map")},
            Trials(calling(home), home.clock, shape).test,
        ),
        "SendTaskSuccess": (
            {"taskToken": _TASK, "output": Field(required=True, most=262_144, hidden=True)},
            tokens.success,
        ),
        "SendTaskFailure": ({"taskToken": _TASK, "error": _ERROR, "cause": _CAUSE}, tokens.failure),
        "SendTaskHeartbeat": ({"taskToken": _TASK}, tokens.heartbeat),
    }


def _lambda(home: ApiHome) -> dict[str, Operation]:
    functions = Functions(home)
    named = {"FunctionName": _FUNCTION}
    qualified = named | {"Qualifier": Field(least=1, most=128)}
    revision = {"RevisionId": Field()}
    return {
        "CreateFunction": (
            named
            | {"Role": Field(required=True), "Code": Field("Map", required=True), "Tags": Field("Map")}
            | _CONFIGURATION,
            functions.create,
        ),
        "GetFunction": (qualified, functions.get),
        "GetFunctionConfiguration": (qualified, functions.configuration),
        "ListFunctions": ({"Marker": Field(), "MaxItems": Field("Integer", least=1, most=10_000)}, functions.list),
        "UpdateFunctionCode": (named | _CODE | revision | {"DryRun": Field("Boolean")}, functions.update_code),
        "UpdateFunctionConfiguration": (
            named | _CONFIGURATION | revision | {"Role": Field()},
            functions.update_configuration,
        ),
        "DeleteFunction": (qualified, functions.delete),
        "Invoke": (
            qualified
            | {"Payload": Field(hidden=True)}
            | {"InvocationType": Field(values=("RequestResponse", "Event", "DryRun"))},
            Invoking(home, functions).invoke,
        ),
    }
