"""What machines under test call: a Lambda function in MiniStack, and the table of mailboxes."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from bunsui.aws.clients import Clients
from bunsui.aws.names import Environment
from bunsui.definition import ConfigValidator
from bunsui.model.pipeline import Pipeline


def make_function(clients: Clients, name: str, code: str) -> None:
    """`code` defines `handler(event, context)`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("code.py", code)
    made: dict[str, Any] = {
        "FunctionName": name,
        "Runtime": "python3.11",
        "Handler": "code.handler",
        "Role": "arn:aws:iam::000000000000:role/function",
        "Code": {"ZipFile": packed.getvalue()},
    }
    clients.ask("lambda", "create_function", **made)


def make_mailboxes(clients: Clients, environment: Environment) -> None:
    clients.ask(
        "dynamodb",
        "create_table",
        TableName=environment.mailboxes,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
    )


def pipeline(text: str) -> Pipeline:
    found = ConfigValidator().validate(text.encode(), "pipeline.yaml")
    assert found.pipeline is not None, found.problems
    return found.pipeline
