"""Histories of Step Functions as they are read: only what is new, in order, without a hole; events in our words.

What they mean is decided in `analysis`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from typing import Any

import orjson

from bunsui.aws.clients import Clients
from bunsui.model.history import HistoryEvent
from bunsui.model.json import Json

_PAGE = 1000  # the most: requests are what is scarce
_TEXTS = frozenset({"input", "output", "parameters"})


def read(clients: Clients, arn: str, after: int) -> Iterator[HistoryEvent]:
    """Events with ids greater than `after`. Nothing can ask for them: they are read from the end backwards."""
    if not after:
        yield from _unbroken(_events(clients, arn, newest_first=False), after)
        return
    new = list(takewhile(lambda event: event.id > after, _events(clients, arn, newest_first=True)))
    yield from _unbroken(sorted(new, key=lambda event: event.id), after)


def _events(clients: Clients, arn: str, *, newest_first: bool) -> Iterator[HistoryEvent]:
    given = {"executionArn": arn, "reverseOrder": newest_first, "includeExecutionData": True}
    pages = clients.pages("stepfunctions", "get_execution_history", arn, PaginationConfig={"PageSize": _PAGE}, **given)
    for page in pages:
        yield from map(event_of, page["events"])


def _unbroken(events: Iterable[HistoryEvent], after: int) -> Iterator[HistoryEvent]:
    """Up to the first one that is missing: it is there at the next look."""
    for expected, event in enumerate(events, start=after + 1):
        if event.id != expected:
            return
        yield event


def event_of(told: Mapping[str, Any]) -> HistoryEvent:
    details: dict[str, Json] = {}
    for name, value in told.items():
        if name.endswith("EventDetails"):
            details |= {one: _value(one, held) for one, held in value.items()}
    return HistoryEvent(
        told["id"], told.get("previousEventId", 0), told["type"], told["timestamp"].timestamp(), details
    )


def _value(name: str, held: Any) -> Json:
    if name in _TEXTS:
        return parsed(held)
    if name == "assignedVariables":
        return {variable: parsed(text) for variable, text in held.items()}
    value: Json = held
    return value


def parsed(text: str | None) -> Json:
    """The JSON that it says, or the text itself where it says none."""
    if text is None:
        return None
    try:
        value: Json = orjson.loads(text)
    except ValueError:
        return text
    return value
