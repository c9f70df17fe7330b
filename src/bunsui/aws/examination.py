"""The doctor's look at a context on AWS: who asks, where, whether all of the environment answers. It changes nothing.

A check that raises is a finding of its own, with the error's hint. Those of the local home are in `local`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

from bunsui import __version__
from bunsui.aws import items
from bunsui.aws.clients import Clients
from bunsui.aws.environments import ENVIRONMENT, THIS
from bunsui.aws.names import Environment
from bunsui.aws.opening import open_environment
from bunsui.errors import BunsuiError
from bunsui.model.check import Check
from bunsui.model.context import Context

_MOST_SKEW = 300.0  # seconds, from which on AWS refuses what is signed
_MUCH_SKEW = 30.0
Examination = Callable[[], Sequence[Check]]


def examinations(context: Context, clients: Clients, clock: Callable[[], float]) -> Mapping[str, Examination]:
    """By name. The environment is looked up once."""

    @cache
    def there() -> Environment:
        return open_environment(clients, context.environment)

    @cache
    def identity() -> Sequence[Check]:
        return _identity(clients, clock)

    return {
        "context": lambda: [_context(context)],
        "aws": lambda: [_place(clients)],
        "credentials": identity,
        "environment": _after(identity, lambda: _environment(clients, there())),
        "mailboxes": _after(there, lambda: _mailboxes(clients, there())),
        "bucket": _after(there, lambda: _bucket(clients, there())),
        "topic": _after(there, lambda: _topic(clients, there())),
        "machines": _after(identity, lambda: _machines(clients)),
    }


def _after(needed: Callable[[], object], examine: Callable[[], Check]) -> Examination:
    """What cannot be asked without another thing says nothing where that has failed: it is told once."""

    def examined() -> Sequence[Check]:
        try:
            needed()
        except BunsuiError:
            return []
        return [examine()]

    return examined


def _context(context: Context) -> Check:
    marks = [word for word, is_so in (("read-only", context.read_only), ("production", context.production)) if is_so]
    told = f"{context.name}, environment {context.environment}" + (f" ({', '.join(marks)})" if marks else "")
    return Check("context", "ok", told)


def _place(clients: Clients) -> Check:
    import botocore

    place = clients.place
    asked = f" at {place.endpoint}" if place.endpoint else ""
    profile = f", profile {place.profile}" if place.profile else ""
    if not place.region:
        return Check("aws", "error", "no region is named", f"Name it: {place.region_of()}")
    return Check("aws", "ok", f"{place.region}{asked}{profile}, botocore {botocore.__version__}")


def _identity(clients: Clients, clock: Callable[[], float]) -> Sequence[Check]:
    began = clock()
    who = clients.ask("sts", "get_caller_identity")
    found = [Check("credentials", "ok", f"{who['Arn']} in account {who['Account']}")]
    told = who.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return [*found, *([_skew(told, (began + clock()) / 2)] if told else [])]


def _skew(told: str, here: float) -> Check:
    skew = here - parsedate_to_datetime(told).timestamp()
    ahead = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} AWS"
    if abs(skew) >= _MOST_SKEW:
        return Check("clock", "error", ahead, "Set the clock: AWS refuses what is signed at another time")
    if abs(skew) >= _MUCH_SKEW:
        return Check("clock", "warning", ahead, "Set the clock: timedatectl set-ntp true")
    return Check("clock", "ok", f"within {max(1, round(abs(skew)))} s of AWS's")


def _environment(clients: Clients, there: Environment) -> Check:
    found = _get(clients, there.records, items.key(ENVIRONMENT, THIS))
    body = items.record_of(found["Item"]).body
    when, version = str(body.get("deployed") or "some time")[:16], str(body.get("bunsui") or "")
    detail = f"{there.name} in {there.account}, deployed {when}" + (f" by bunsui {version}" if version else "")
    if version and version != __version__:
        hint = f"Bring it up to date: bunsui env deploy --env {there.name}"
        return Check("environment", "warning", f"{detail}, and this is {__version__}", hint)
    return Check("environment", "ok", detail)


def _mailboxes(clients: Clients, there: Environment) -> Check:
    _get(clients, there.mailboxes, {"k": {"S": "doctor"}})
    return Check("mailboxes", "ok", there.mailboxes)


def _get(clients: Clients, table: str, key: Any) -> Any:
    return clients.ask("dynamodb", "get_item", f"the table {table}", TableName=table, Key=key)


def _bucket(clients: Clients, there: Environment) -> Check:
    clients.ask("s3", "list_objects_v2", f"s3://{there.bucket}", Bucket=there.bucket, MaxKeys=1)
    return Check("bucket", "ok", there.bucket)


def _topic(clients: Clients, there: Environment) -> Check:
    told = clients.ask("sns", "get_topic_attributes", there.topic, TopicArn=there.topic)["Attributes"]
    number = int(told.get("SubscriptionsConfirmed") or 0)
    if not number:
        hint = f"aws sns subscribe --topic-arn {there.topic} --protocol email --notification-endpoint YOU@EXAMPLE.COM"
        return Check("topic", "warning", "nobody subscribed to the topic of alerts", hint)
    return Check("topic", "ok", f"{there.topic}, {number} subscribed")


def _machines(clients: Clients) -> Check:
    clients.ask("stepfunctions", "list_state_machines", "state machines", maxResults=1)
    return Check("machines", "ok", "Step Functions answers")
