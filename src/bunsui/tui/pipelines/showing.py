"""The heading of a pipeline, its tabs and its sessions, as painted lines. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime

from bunsui.model.problem import Severity
from bunsui.model.session import Session
from bunsui.services.pipelines.views import Preview
from bunsui.text import escape, preview, values, width, words
from bunsui.text.language import _, plural
from bunsui.tui.paint import STYLE
from bunsui.tui.pipelines.messages import Looked

_ID = 30
_STATUS = 12


def heading(source: str, found: Looked | None, failure: str, columns: int) -> str:
    """`failure`: why it could not be read."""
    title = _("pipeline")
    right, tone = (f"{STYLE.glyph('FAILED')} {_('not read')}", "red") if failure else _state(found)
    about = _registered(found) if found else ""
    room = columns - width.columns(title) - width.columns(right) - 3
    name = width.cut_middle(escape.line(source), max(room, 8))
    about = width.cut(about, max(room - width.columns(name) - 2, 0))
    about = f"  {about}" if about else ""
    used = width.columns(title) + 1 + width.columns(name) + width.columns(about) + width.columns(right)
    gap = " " * max(columns - used, 1)
    return f"{STYLE.bold(title)} {name}{STYLE.dim(about)}{gap}{STYLE.paint(right, tone)}"


def _registered(found: Looked) -> str:
    one = found.version
    if one is None:
        pipeline = found.config.pipeline
        return escape.line(pipeline.description) if pipeline else ""
    when = words.moment(words.seconds_of(one.created))[:16]
    return _("v{version} of {when} by {owner}").format(version=one.version, when=when, owner=escape.line(one.owner))


def _state(found: Looked | None) -> tuple[str, str]:
    if found is None:
        return _("reading ..."), "dim"
    bad = sum(one.severity is Severity.ERROR for one in found.config.problems)
    if bad:
        return f"{STYLE.glyph('FAILED')} {plural('{count} error', '{count} errors', bad)}", "red"
    count = plural("{count} operation", "{count} operations", len(found.nodes))
    warned = len(found.config.problems)
    warnings = "  " + plural("{count} warning", "{count} warnings", warned) if warned else ""
    return f"{STYLE.glyph('SUCCEEDED')} {_('valid')}  {count}{warnings}", "green"


def tabs(titles: Sequence[tuple[str, str]], chosen: str, counts: Mapping[str, int], columns: int) -> str:
    """``1 definition  2 graph  3 sessions 24``; only the numbers of others where there is no room."""
    parts = [(name, f"{number} {title}{_counted(counts.get(name))}") for number, (name, title) in enumerate(titles, 1)]
    if sum(width.columns(text) + 3 for _name, text in parts) > columns:
        parts = [(name, text if name == chosen else text.split(" ")[0]) for name, text in parts]
    return "   ".join(STYLE.paint(text, "cyan bold") if name == chosen else STYLE.dim(text) for name, text in parts)


def _counted(count: int | None) -> str:
    return f" {count}" if count else ""


def plan(source: str, found: Preview | None, columns: int) -> list[str]:
    """What it would do, as the command line prints it."""
    if found is None:
        return [STYLE.dim(_("It has problems: what it would do is not known."))]
    command = STYLE.dim(width.cut(escape.line(f"bunsui plan {shlex.quote(source)}"), columns))
    return [command, "", *preview.lines(found, columns, STYLE)]


def unread(failure: str, columns: int) -> list[str]:
    """In place of the graph."""
    return [STYLE.paint(part, "red") for line in failure.split("\n") for part in width.wrap(escape.line(line), columns)]


def session(one: Session, now: float, columns: int) -> str:
    began = words.seconds_of(one.started or one.created)
    ended = words.seconds_of(one.ended) if one.ended else now
    status = STYLE.status(one.status, width.pad(f"{STYLE.glyph(one.status)} {one.status}", _STATUS))
    id = width.pad(width.cut_middle(escape.line(one.id), _ID), _ID)
    when = datetime.fromtimestamp(began).strftime("%m-%d %H:%M:%S")
    took = width.pad(words.duration(ended - began) if one.started else "", 7, right=True)
    version = width.pad(f"v{one.version}" if one.version else "", 4)
    used = _STATUS + _ID + len(when) + 7 + 4 + 10
    rest = ", ".join(f"{escape.line(name)}={values.shown(value)}" for name, value in one.params.items())
    if one.status.ended and one.status != "COMPLETED" and one.reason:
        rest = escape.line(one.reason.removeprefix("Bunsui.OperationsFailed: "))
    return f"{status}  {id}  {when}  {took}  {version}  {STYLE.dim(width.cut(rest, max(columns - used, 0)))}"
