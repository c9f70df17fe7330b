"""The port AlertChannel on SNS: what a subscriber gets, and what is said where a topic is not there."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bunsui.aws.secrets import look_up
from bunsui.aws.topic import TopicChannel
from bunsui.channels import rendering
from bunsui.channels.console import Console
from bunsui.channels.outlets import Outlets
from bunsui.errors import BackendError
from bunsui.model.alert import AlertKind, Failed, Message, Target
from bunsui.model.secret import Secret
from ministack.server import MiniStack

MESSAGE = Message(
    "abc123",
    AlertKind.FAILURE,
    "flights failed: täglich\n" + "x" * 200,
    "mine",
    "flights",
    failures=(Failed("load", "no\x1b[31m rows", "throttled", "Ask less often."),),
    commands=(("bunsui session recover mine", "every way out"),),
)


class Subscribed:
    """A topic with a queue behind it."""

    def __init__(self, running: MiniStack, name: str) -> None:
        self.clients = running.clients()
        self.arn = str(self.clients.ask("sns", "create_topic", Name=name)["TopicArn"])
        self.queue = str(self.clients.ask("sqs", "create_queue", QueueName=name)["QueueUrl"])
        endpoint = f"arn:aws:sqs:us-east-1:000000000000:{name}"
        self.clients.ask("sns", "subscribe", TopicArn=self.arn, Protocol="sqs", Endpoint=endpoint)

    def channel(self) -> TopicChannel:
        return TopicChannel(lambda region: self.clients, rendering.subject, rendering.plain)

    def got(self) -> list[Any]:
        told = self.clients.ask("sqs", "receive_message", QueueUrl=self.queue, MaxNumberOfMessages=10)
        return [json.loads(one["Body"]) for one in told.get("Messages", [])]


@pytest.fixture
def topic(ministack: MiniStack) -> Subscribed:
    return Subscribed(ministack, f"{ministack.environment().name}-topic")


def test_a_subscriber_gets_the_text_and_what_a_program_filters_by(topic: Subscribed) -> None:
    assert topic.channel().send(MESSAGE, Target(topic.arn)) == f"published to {topic.arn}"
    (got,) = topic.got()
    assert "bunsui session recover mine" in got["Message"]
    assert "\x1b" not in got["Message"]
    assert {name: one["Value"] for name, one in got["MessageAttributes"].items()} == {
        "alert_id": "abc123",
        "kind": "failure",
        "session": "mine",
        "pipeline": "flights",
    }


def test_a_subject_is_what_sns_takes(topic: Subscribed) -> None:
    topic.channel().send(MESSAGE, Target(topic.arn))
    (got,) = topic.got()
    assert got["Subject"].startswith("flights failed: t?glich xxx")
    assert len(got["Subject"]) < 100


def test_a_text_that_is_too_long_is_cut(topic: Subscribed) -> None:
    long = replace(MESSAGE, failures=(Failed("load", "é" * 300_000, "code", "Mend it."),))
    topic.channel().send(long, Target(topic.arn))
    (got,) = topic.got()
    assert 200_000 < len(got["Message"].encode()) <= 256 * 1024


def test_a_topic_that_is_not_there_is_an_error_with_a_hint(topic: Subscribed) -> None:
    with pytest.raises(BackendError, match="there is no topic arn:aws:sns:us-east-1:000000000000:none") as raised:
        topic.channel().send(MESSAGE, Target("arn:aws:sns:us-east-1:000000000000:none"))
    assert "aws sns list-topics" in raised.value.hint


def test_the_environments_own_topic_has_the_consoles_place(topic: Subscribed) -> None:
    outlets = Outlets(Console(), topic.channel(), topic.arn)
    assert outlets.send(MESSAGE, Target("console")) == f"published to {topic.arn}"
    assert len(topic.got()) == 1


def test_whoever_sits_at_the_process_is_shown_it_as_well(topic: Subscribed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bunsui.channels.console.is_attended", lambda: True)
    console = Console()
    Outlets(console, topic.channel(), topic.arn).send(MESSAGE, Target("console"))
    assert (console.taken(), len(topic.got())) == ([MESSAGE], 1)


@pytest.mark.parametrize("store", ["ssm", "secretsmanager"])
def test_an_address_in_a_store_of_aws_is_looked_up_when_it_is_sent_to(topic: Subscribed, store: str) -> None:
    name = topic.arn.rpartition(":")[2]
    if store == "ssm":
        topic.clients.ask("ssm", "put_parameter", Name=name, Value=topic.arn, Type="SecureString")
    else:
        topic.clients.ask("secretsmanager", "create_secret", Name=name, SecretString=topic.arn)
    outlets = Outlets(Console(), topic.channel(), secrets=lambda ref: look_up(topic.clients, ref))
    assert outlets.send(MESSAGE, Target(Secret(f"{store}:{name}"))) == f"published to {store}:{name}"
    assert len(topic.got()) == 1
    with pytest.raises(BackendError, match=f"{store}:none is not there"):
        outlets.send(MESSAGE, Target(Secret(f"{store}:none")))


def test_an_arn_of_a_topic_goes_there_from_any_backend(topic: Subscribed) -> None:
    outlets = Outlets(Console(), topic.channel())
    assert outlets.send(MESSAGE, Target(topic.arn)) == f"published to {topic.arn}"
    assert outlets.send(MESSAGE, Target("console")) == "kept in the record"
    assert len(topic.got()) == 1
