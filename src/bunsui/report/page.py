"""The page: Jinja2 escapes every text, `visible` spells out what cannot be seen, a policy in it forbids every request.

What stands in each section is worked out in the modules beside this one; its look is in `templates`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bunsui.analysis.errors.telling import retry_yaml, what
from bunsui.model import visible, words
from bunsui.model.failure import ErrorAnalysis
from bunsui.model.status import SessionStatus
from bunsui.report import statuses, values
from bunsui.report.cost import cost
from bunsui.report.dag import drawing
from bunsui.report.data import ReportData
from bunsui.report.differences import differences
from bunsui.report.log_lines import embedded, evidence_lines
from bunsui.report.operations import rows
from bunsui.report.remedies import remedies
from bunsui.report.summary import headline, tiles
from bunsui.report.timeline import chart, summary

_TEMPLATES = Path(__file__).parent / "templates"
_WIDE, _NARROW = 1060, 330  # pixels that the graph may take on a screen, and on a phone


def render(data: ReportData) -> str:
    """The whole file."""
    last = data.last
    gantt = chart(last, data.at) if last else None
    path = gantt.path if gantt else ()
    outer = last.operations if last else ()
    listed = rows(data)
    compared = differences(data, data.before) if data.before else None
    encoding, text = embedded(data.log, data.errors)
    return _page("session.html", _SCRIPTS)(
        data=data,
        session=data.session,
        **_failures(data),
        headline=headline(data),
        tiles=tiles(data),
        remedies=remedies(data),
        graphs=_graphs(drawing(outer, path, _WIDE), drawing(outer, path, _NARROW)),
        chart=gantt,
        chart_says=summary(gantt, last, data.at) if gantt and last else "",
        earlier=[(run, chart(run, data.at)) for run in reversed(data.runs[:-1])],
        rows=listed,
        numbers={row.name: row.number for row in listed},
        outputs_first=data.session.status is SessionStatus.COMPLETED,
        encoding=encoding,
        log_text=Markup(text),  # noqa: S704  # no character of it means anything in HTML
        differences=compared,
        changed_params={one.name for one in compared.params} if compared else set(),
        cost=cost(data),
    )


def _failures(data: ReportData) -> dict[str, list[tuple[ErrorAnalysis, list[int]]]]:
    """Those of the last execution, and those before: each with its lines in the log."""
    last = data.session.executions[-1] if data.session.executions else None
    end = f"{last.name}#{last.redrives}" if last else ""
    every = list(zip(data.errors, evidence_lines(data.log, data.errors), strict=True))
    return {
        "errors_shown": [pair for pair in every if pair[0].end == end],
        "errors_before": [pair for pair in every if pair[0].end != end],
    }


_SCRIPTS = ("moments.js", "tables.js", "log.js", "paper.js")


def _graphs(wide: object, narrow: object) -> list[tuple[str, object]]:
    return [("wide", wide), ("narrow", narrow)] if wide is not None else []


def _page(template: str, scripts: tuple[str, ...]) -> Callable[..., str]:
    style = _text("style.css")
    script = '"use strict";\n' + "\n".join(_text(name) for name in scripts)
    policy = (
        f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    page = _environment().get_template(template)
    return lambda **context: page.render(style=Markup(style), script=Markup(script), policy=policy, **context)  # noqa: S704  # our own files


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
