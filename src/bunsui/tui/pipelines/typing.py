"""A parameter as a field of a form: what may be given for it, how it is shown, and what is not echoed. Pure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from datetime import date, timedelta

from bunsui.model.json import Json
from bunsui.model.pipeline import Parameter, Pipeline
from bunsui.model.secret import Secret
from bunsui.patterns import Pattern
from bunsui.text import escape, parameters, values, width
from bunsui.text.language import _
from bunsui.tui.paint import STYLE

_SECRET = re.compile(r"(?i)(?:^|[^a-z])(?:pass(?:word|phrase)?|secret|token|credentials?|api_?key)(?:$|[^a-z])")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_HIDDEN = "•••"


def choices(one: Parameter) -> tuple[str, ...]:
    """The texts that it is one of; none: it is typed."""
    if one.type == "boolean":
        return ("true", "false")
    return tuple(text(choice) for choice in one.choices)


def is_secret(one: Parameter) -> bool:
    """By its name: what is typed is not echoed."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1_\2", one.name)
    return one.type == "string" and bool(_SECRET.search(spaced))


def is_date(one: Parameter) -> bool:
    """A text whose default, or whose pattern, is a day."""
    if one.type != "string" or one.choices:
        return False
    if isinstance(one.default, str):
        return bool(_DATE.fullmatch(one.default))
    return one.pattern is not None and Pattern(one.pattern).fits("2026-01-31") and not Pattern(one.pattern).fits("x")


def stepped(one: Parameter, typed: str, by: int) -> str:
    """The next day or number, within its bounds; what is no day or number stays."""
    begin = typed or text(one.default)
    if is_date(one):
        return _day(begin, by)
    if one.type not in ("integer", "number"):
        return typed
    try:
        number = int(begin) if begin else int(one.minimum or 0) - by
    except ValueError:
        return typed
    least = number + by if one.minimum is None else max(number + by, int(one.minimum))
    return str(least if one.maximum is None else min(least, int(one.maximum)))


def _day(begin: str, by: int) -> str:
    try:
        return (date.fromisoformat(begin or date.today().isoformat()) + timedelta(days=by)).isoformat()
    except (ValueError, OverflowError):
        return begin


def text(value: Json) -> str:
    """A value as somebody would type it."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def label(one: Parameter, columns: int) -> str:
    kind = _("date") if is_date(one) else one.type
    kind += _(", not echoed") if is_secret(one) else ""
    rules = "" if choices(one) else parameters.rules(one)
    head = f"{STYLE.bold(escape.line(one.name))}  {STYLE.dim(f'{kind} {rules}'.rstrip())}"
    used = width.columns(f"{escape.line(one.name)}  {kind} {rules}".rstrip())
    about = width.cut(escape.line(one.description), max(columns - used - 2, 0)) if one.description else ""
    return f"{head}  {about}".rstrip()


def placeholder(one: Parameter) -> str:
    if one.required:
        return _("required") + (" (JSON)" if one.type in ("list", "object") else "")
    return values.shown(one.default)


def previous(pipeline: Pipeline, given: Mapping[str, Json]) -> dict[str, str]:
    """What an earlier session was given, as texts, where that is not the default. Secrets are not taken over."""
    return {
        name: text(given[name])
        for name, one in pipeline.params.items()
        if name in given and not is_secret(one) and (one.required or given[name] != one.default)
    }


def command(source: str, pipeline: Pipeline, typed: Mapping[str, str]) -> str:
    """As it would be typed; what is not echoed is not in it."""
    parts = ["bunsui", "run", shlex.quote(source)]
    for name, value in typed.items():
        if name in pipeline.params:
            hidden = is_secret(pipeline.params[name])
            parts += ["-p", f"{name}={_HIDDEN}" if hidden else shlex.quote(f"{name}={value}")]
    return " ".join(parts)


def secrets(pipeline: Pipeline) -> list[str]:
    """The references that its tasks resolve where they start."""
    found = (
        value.ref for one in pipeline.operations.values() for value in one.env.values() if isinstance(value, Secret)
    )
    return list(dict.fromkeys(found))
