"""What every page of ours shares: escaping, the policy that forbids every request, words for numbers and times.

Jinja2 escapes every text, and what cannot be seen is spelt out by `visible`. What stands in a page is in `page` and
`pipeline_page`, its look in `templates`.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bunsui.analysis.errors.telling import retry_yaml, what
from bunsui.model import visible, words
from bunsui.report import statuses, values

_TEMPLATES = Path(__file__).parent / "templates"


def written(template: str, scripts: tuple[str, ...], **context: object) -> str:
    """A whole file."""
    style = _text("style.css")
    script = '"use strict";\n' + "\n".join(_text(name) for name in scripts)
    policy = (
        f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    own = {"style": Markup(style), "script": Markup(script), "policy": policy}  # noqa: S704  # our own files
    return _environment().get_template(template).render(context | own)


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _text(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    environment.filters |= {
        "duration": words.duration,
        "size": words.size,
        "number": words.number,
        "dollars": words.dollars,
        "listed": words.listed,
        "shown": values.shown,
        "whole": values.whole,
        "lines": _lines,
        "moment": _moment,
        "glyph": statuses.glyph,
        "tone": statuses.tone,
        "spoken": statuses.spoken,
        "seconds": words.seconds_of,
    }
    environment.globals |= {"counted": words.counted, "what": what, "retry_yaml": retry_yaml}
    return environment


def _visible(value: Any) -> Any:
    """Nothing that a template puts out can hide, reorder or steer; markup of ours passes."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return visible.line(value)


def _lines(text: str) -> Markup:
    """A text of several lines, escaped, for an element that keeps line ends."""
    return Markup("\n").join(visible.lines(text))


def _moment(at: float | str | None) -> Markup:
    """A time in UTC, which the reader may turn into their own."""
    if at is None or at == "":
        return Markup("–")
    seconds = words.seconds_of(at) if isinstance(at, str) else at
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return Markup('<time datetime="{}Z">{} UTC</time>').format(text.replace(" ", "T"), text)
