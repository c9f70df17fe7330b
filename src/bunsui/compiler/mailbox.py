"""Mailbox joins: how a record crosses from one branch to another without polling and without a race.

Publish writes the record and learns who waits; wake answers their tokens; await writes a token on condition that no
record is there; gather reads the records. Lost wakes heal: an await that times out repeats its conditional write.
"""

from __future__ import annotations

from collections.abc import Sequence

from bunsui.compiler.front import braced, field
from bunsui.compiler.records import Target, output, status_only
from bunsui.compiler.tasks import EXPIRES, placeholder
from bunsui.model.json import Json
from bunsui.model.machine import MAILBOXES

AWAIT_SECONDS = 900
_KEYS = 100  # that one BatchGetItem reads
_CONDITION_FAILED: list[Json] = ["DynamoDb.ConditionalCheckFailedException", "DynamoDB.ConditionalCheckFailedException"]
_PATIENT: dict[str, Json] = {
    "ErrorEquals": ["States.ALL"],
    "MaxAttempts": 8,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
}


# The run key is the execution's name: new with every start, the same across redrives.
_RUN = "$states.context.Execution.Name&'/'&"


def _update(producer: str, attribute: str, value: str) -> dict[str, Json]:
    """`producer` is JSONata."""
    return {
        "TableName": placeholder(MAILBOXES),
        "Key": {"k": {"S": braced(_RUN + producer)}},
        "UpdateExpression": f"SET {attribute} = :v, #ttl = :ttl",
        "ExpressionAttributeNames": {"#ttl": "ttl"},
        "ExpressionAttributeValues": {":v": {"S": braced(value)}, ":ttl": {"N": braced(EXPIRES)}},
    }


def publish(producer: str, consumers: Sequence[str], *, whole: bool, wake: str) -> dict[str, Json]:
    """Only the status travels when nobody beyond the branch reads the output."""
    record = f"$states.input.{field(producer)}"
    text = record if whole else status_only(record)
    tokens = ",".join(f"$states.result.Attributes.t_{consumer}.S" for consumer in consumers)
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:dynamodb:updateItem",
        "Arguments": {**_update(f"'{producer}'", "r", f"$string({text})"), "ReturnValues": "ALL_NEW"},
        "Retry": [_PATIENT],
        "Output": {"Bag": braced("$states.input"), "Tokens": braced(f"[{tokens}]")},
        "Next": wake,
    }


def wake(producer: str, target: Target, dead: Sequence[str] = ()) -> dict[str, Json]:
    """A token that is gone is not an error: its owner timed out, and reads the record itself."""
    send, gone = f"{producer}.wake.send", f"{producer}.wake.gone"
    states: Json = {
        send: {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
            "Arguments": {"TaskToken": braced("$states.input"), "Output": "{}"},
            "Retry": [
                {"ErrorEquals": ["Sfn.TaskTimedOutException", "Sfn.InvalidTokenException"], "MaxAttempts": 0},
                _PATIENT,
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": gone}],
            "End": True,
        },
        gone: {"Type": "Pass", "End": True},
    }
    return {
        "Type": "Map",
        "Items": braced("$states.input.Tokens"),
        "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": send, "States": states},
        "Output": output(target, dead=dead, bag="$states.input.Bag"),
        **target.flow(),
    }


def waiting(consumer: str, producers: Sequence[str], gate: str) -> dict[str, Json]:
    """Await one record that is missing, gather all that are there, and back to the gate, which may send here again.

    `producers` in order of the DAG: the last one missing is awaited first, so that the others are likely there by then.
    """
    batches = [producers[k : k + _KEYS] for k in range(0, len(producers), _KEYS)]
    gathers = [f"{consumer}.gather", *(f"{consumer}.gather{k}" for k in range(2, len(batches) + 1))]
    states: dict[str, Json] = {f"{consumer}.await": _await(consumer, producers, gathers[0])}
    for name, batch, after in zip(gathers, batches, [*gathers[1:], gate], strict=True):
        states[name] = _gather(batch, after)
    return states


def _await(consumer: str, producers: Sequence[str], after: str) -> dict[str, Json]:
    keep = braced("$states.input")
    names = ",".join(f"'{name}'" for name in reversed(producers))
    missing = f"($i:=$states.input;[{names}][$not($exists($lookup($i,$)))][0])" if len(producers) > 1 else names
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken",
        "Arguments": {
            **_update(missing, f"t_{consumer}", "$states.context.Task.Token"),
            "ConditionExpression": "attribute_not_exists(r)",
        },
        "TimeoutSeconds": AWAIT_SECONDS,
        "Retry": [
            {"ErrorEquals": _CONDITION_FAILED, "MaxAttempts": 0},
            {"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 99999999, "BackoffRate": 1},
            _PATIENT,
        ],
        "Catch": [{"ErrorEquals": _CONDITION_FAILED, "Output": keep, "Next": after}],
        "Output": keep,
        "Next": after,
    }


def _gather(producers: Sequence[str], after: str) -> dict[str, Json]:
    """What was not read (unprocessed keys) is missing at the gate, which sends here again."""
    names = ",".join(f"'{name}'" for name in producers)
    keys = braced(f"[[{names}].{{'k':{{'S':{_RUN}$}}}}]")
    read = "$states.result.Responses.*[$exists(r)].{$substringAfter(k.S,'/'):$parse(r.S)}"
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:dynamodb:batchGetItem",
        "Arguments": {"RequestItems": {placeholder(MAILBOXES): {"Keys": keys, "ConsistentRead": True}}},
        "Retry": [_PATIENT],
        "Output": braced(f"$merge($append([$states.input],{read}))"),
        "Next": after,
    }
