"""Inputs of executions and events of histories as JSON, the way journal rows hold them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, get_args

from bunsui.asl.inputs import Input
from bunsui.model.history import HistoryEvent

_CLASSES: dict[str, type[Any]] = {cls.__name__: cls for cls in get_args(Input)}
_FIELDS = {cls: tuple(field.name for field in dataclasses.fields(cls)) for cls in _CLASSES.values()}


def input_to_json(entry: Input) -> dict[str, Any]:
    cls = type(entry)
    return {"kind": cls.__name__} | {name: getattr(entry, name) for name in _FIELDS[cls]}


def input_mark(name: str) -> bytes:
    """How the JSON text of such an input begins."""
    return f'{{"kind":"{name}"'.encode()


def input_from_json(value: dict[str, Any]) -> Input:
    fields = dict(value)
    made: Input = _CLASSES[fields.pop("kind")](**fields)
    return made


def events_to_json(events: Sequence[HistoryEvent]) -> list[list[Any]]:
    return [[event.id, event.previous_id, event.type, event.time, event.details] for event in events]


def events_from_json(value: list[list[Any]]) -> list[HistoryEvent]:
    return [HistoryEvent(*fields) for fields in value]
