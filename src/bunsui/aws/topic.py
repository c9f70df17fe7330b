"""The port AlertChannel on topics of SNS: whoever subscribed to one is told. Other channels are in `channels`.

How a message reads is handed in. SNS takes a subject of fewer than 100 characters of ASCII and 256 KiB in all
(https://docs.aws.amazon.com/sns/latest/api/API_Publish.html).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from bunsui.aws.clients import Clients
from bunsui.aws.errors import Declined
from bunsui.errors import BackendError
from bunsui.model.alert import Message, Target

_LONGEST_SUBJECT = 99
_LONGEST_TEXT = 240 * 1024  # bytes, which leaves room for the attributes
_NO_TOPIC = ("NotFound", "NotFoundException", "EndpointDisabled")
Text = Callable[[Message], str]


class TopicChannel:
    """Targets are ARNs of topics; each is asked in its own region. Safe to use from several threads."""

    def __init__(self, clients_of: Callable[[str], Clients], subject: Text, text: Text) -> None:
        """`clients_of` makes the clients of a region."""
        self._clients_of = clients_of
        self._subject, self._text = subject, text
        self._clients: dict[str, Clients] = {}
        self._lock = threading.Lock()

    def send(self, message: Message, target: Target) -> str:
        arn = str(target.address)
        given: dict[str, Any] = {
            "TopicArn": arn,
            "Subject": _subject(self._subject(message)),
            "Message": _fitted(self._text(message)) or message.id,
            "MessageAttributes": _attributes(message),
        }
        if arn.endswith(".fifo"):
            given |= {"MessageGroupId": message.pipeline or "bunsui", "MessageDeduplicationId": message.id}
        try:
            self._of(arn.split(":")[3]).ask("sns", "publish", arn, _NO_TOPIC, **given)
        except Declined:
            hint = "Name a topic that is there: aws sns list-topics, or deploy the environment: bunsui env deploy"
            raise BackendError(f"there is no topic {arn}", hint) from None
        return f"published to {arn}"

    def _of(self, region: str) -> Clients:
        with self._lock:
            if region not in self._clients:
                self._clients[region] = self._clients_of(region)
            return self._clients[region]


def _subject(text: str) -> str:
    """What SNS takes; it must begin with a letter, a digit or a mark."""
    plain = " ".join(text.encode("ascii", "replace").decode().split())
    return plain[:_LONGEST_SUBJECT].strip() or "Bunsui"


def _fitted(text: str) -> str:
    return text.encode()[:_LONGEST_TEXT].decode(errors="ignore")


def _attributes(message: Message) -> dict[str, Any]:
    """What a subscription can filter by; a program tells by the id what came twice."""
    named = {"alert_id": message.id, "kind": str(message.kind), "session": message.session}
    named |= {"pipeline": message.pipeline}
    return {name: {"DataType": "String", "StringValue": value} for name, value in named.items() if value}
