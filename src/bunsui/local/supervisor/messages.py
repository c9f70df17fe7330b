"""Launches and reports as JSON, for the wire and the spool. How they are framed is in `wire`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import orjson

from bunsui.local.launch import Beat, Launch, Lost, Outcome, Progress, Report, Saved
from bunsui.model.secret import Secret

PROTOCOL = 1
_TAGS: dict[type[Report], str] = {Outcome: "outcome", Progress: "progress", Saved: "saved", Beat: "beat", Lost: "lost"}
_KINDS: dict[str, type[Report]] = {tag: kind for kind, tag in _TAGS.items()}


def encode(message: Any) -> bytes:
    """JSON text. orjson knows neither integers beyond 64 bits nor more than 254 levels."""
    try:
        return orjson.dumps(message, default=_plain, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        text = json.dumps(message, default=_plain, ensure_ascii=False, separators=(",", ":"))
        return text.encode(errors="replace")


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence | frozenset | set):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no place in a message")


def decode(body: bytes) -> dict[str, Any]:
    message: dict[str, Any] = orjson.loads(body)
    return message


def launch_from(given: dict[str, Any]) -> Launch:
    given["env"] = {n: Secret(v["ref"]) if isinstance(v, dict) else v for n, v in given["env"].items()}
    return Launch(**given)


def report_line(report: Report) -> bytes:
    """One report as one line of JSON: how the spool keeps it and the wire carries it."""
    return b'["' + _TAGS[type(report)].encode() + b'",' + encode(report) + b"]"


def reports_message(lines: Sequence[bytes]) -> bytes:
    return b'{"t":"reports","reports":[' + b",".join(lines) + b"]}"


def report_from(tagged: list[Any]) -> Report:
    tag, content = tagged
    return _KINDS[tag](**content)
