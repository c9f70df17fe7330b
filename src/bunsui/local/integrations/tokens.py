"""`aws-sdk:sfn:sendTaskSuccess` and `sendTaskFailure`: one execution's state answers the token of another."""

from __future__ import annotations

import orjson

from bunsui.local.integrations.call import Call, Failed, Integration, Reaction, Stores, Wake, sdk_metadata
from bunsui.ports import Answer

_GONE = Failed("Sfn.TaskTimedOutException", "Task Timed Out: 'Provided task does not exist anymore'")


def _success(call: Call, stores: Stores) -> Reaction:
    text = call.arguments.get("Output")
    try:
        output = orjson.loads(text) if isinstance(text, str) else text
    except orjson.JSONDecodeError as error:
        return Failed("Sfn.InvalidOutputException", f"Invalid Output: 'Invalid JSON: {error}'")
    return _wake(call, Answer(output=output))


def _failure(call: Call, stores: Stores) -> Reaction:
    error, cause = call.arguments.get("Error"), call.arguments.get("Cause")
    return _wake(call, Answer(error=str(error or "States.TaskFailed"), cause=None if cause is None else str(cause)))


def _wake(call: Call, answer: Answer) -> Reaction:
    return Wake(str(call.arguments.get("TaskToken")), answer, sdk_metadata(call), _GONE)


SEND_SUCCESS = Integration(_success)
SEND_FAILURE = Integration(_failure)
