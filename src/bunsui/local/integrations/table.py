"""Which integration answers which resource. Anything else fails the task by its name."""

from __future__ import annotations

import re

from bunsui.local.integrations import containers, dynamodb, executions, functions, http, objects, tokens
from bunsui.local.integrations.call import Call, Failed, Integration, Reaction, Stores

_INTEGRATIONS = {
    "lambda:invoke": functions.INVOKE,
    "lambda:invoke.waitForTaskToken": functions.INVOKE_AND_WAIT,
    "ecs:runTask.waitForTaskToken": containers.RUN_TASK,
    "ecs:runTask.sync": containers.RUN_TASK,
    "http:invoke": http.INVOKE,
    "states:startExecution.sync:2": executions.START,
    "aws-sdk:dynamodb:updateItem": dynamodb.UPDATE_ITEM,
    "aws-sdk:dynamodb:updateItem.waitForTaskToken": dynamodb.UPDATE_ITEM_AND_WAIT,
    "aws-sdk:dynamodb:batchGetItem": dynamodb.BATCH_GET_ITEM,
    "aws-sdk:sfn:sendTaskSuccess": tokens.SEND_SUCCESS,
    "aws-sdk:sfn:sendTaskFailure": tokens.SEND_FAILURE,
    "aws-sdk:s3:putObject": objects.PUT,
}
_PREFIX = "arn:aws:states:::"
_LAMBDA = re.compile(r"arn:aws[a-z-]*:lambda:")


def _unknown(call: Call, stores: Stores) -> Reaction:
    known = ", ".join(_INTEGRATIONS)
    return Failed(
        "Bunsui.UnsupportedIntegration", f"the local backend has no {call.task.resource!r}; it has {known}"
    )  # fmt: skip


_UNKNOWN = Integration(_unknown)


def integration_of(resource: str) -> Integration:
    if _LAMBDA.match(resource):
        return functions.DIRECT
    return _INTEGRATIONS.get(resource.removeprefix(_PREFIX), _UNKNOWN)
