"""`bunsui session show`: a session at this moment, with its operations, outputs and files."""

from __future__ import annotations

import time
from collections.abc import Iterator

import click

from bunsui.cli import alerts, detail, ending
from bunsui.cli.opening import workspace
from bunsui.cli.options import context_option, output_option, session_argument
from bunsui.cli.output import Output
from bunsui.cli.program import program
from bunsui.graph.layers import Node
from bunsui.model.json import Json
from bunsui.model.session import ExecutionRef, Session
from bunsui.model.status import SessionStatus
from bunsui.services.views import SessionView
from bunsui.text import escape, live, places, reasons, values, width, words
from bunsui.text.alerts import lines as alert_lines
from bunsui.text.body import plain
from bunsui.text.failing import failures
from bunsui.text.graph.draw import draw
from bunsui.text.recovery import hanging, recovery_line
from bunsui.text.style import Style

_WRAPPED = ("queue", "reason", "executions")


@click.command()
@session_argument
@click.option("--graph", is_flag=True, help="Draw the graph with the statuses in it.")
@click.option("--operation", "-o", metavar="NAME", help="One operation: its times, output, failure and last log lines.")
@context_option
@output_option
@click.pass_obj
def show(out: Output, session: str, graph: bool, operation: str | None) -> None:
    """Show a session and its operations, or one of them."""
    with workspace() as opened:
        view = opened.sessions.status(session)
        if operation is not None:
            detail.show(out, opened, view, operation)
            return
        outcome = opened.sessions.outcome(view.session.id)
        recoveries = opened.sessions.recoveries(view.session.id)
        told = opened.alerts.of_session(view.session)
    if out.json:
        body = ending.body(view, outcome)
        assert isinstance(body, dict)
        more: dict[str, Json] = {
            "progress": plain(view.progress),
            "approvals": plain(view.approvals),
            "recoveries": plain(recoveries),
            **({"place": plain(view.place)} if view.place else {}),
            "alerts": [alerts.body(one) for one in told],
        }
        out.value({**body, **more})
        return
    columns = out.width if out.out.isatty() else None
    out.lines(_heading(view, columns, out.style))
    out.data()
    if graph:
        out.lines(drawing(view, out.width, out.style))
    else:
        out.lines(live.operation_lines(view, view.operations, time.time(), columns, out.style))
    out.lines(_questions(view, out.style))
    if recoveries:
        told_of = (line for one in recoveries for line in hanging("  ", "    ", recovery_line(one), columns))
        out.lines(["", out.style.bold("recoveries"), *told_of])
    out.lines(ending.left(outcome, columns, out.style))
    if told:
        lines = (line for one in told for line in alert_lines(one, columns, out.style))
        out.lines(["", out.style.bold("alerts"), *lines])
    out.lines(ending.outputs(outcome.outputs, columns, out.style))
    out.lines(ending.files(outcome, columns, out.style))
    if view.session.status.ended and view.session.status is not SessionStatus.COMPLETED:
        out.lines(["", out.style.bold("next"), *ending.commands(list(_next(view)), columns, out.style)])


def _next(view: SessionView) -> Iterator[tuple[str, str]]:
    id = escape.line(view.session.id)
    if failures(view):
        yield f"{program()} session errors {id}", "what failed, why, what kind it is, what to do"
    yield f"{program()} session recover {id}", "every way out, and what each would rerun"


def _heading(view: SessionView, columns: int | None, style: Style) -> Iterator[str]:
    session = view.session
    status = style.status(session.status, f"{style.glyph(session.status)} {session.status}")
    yield f"{status}  {style.bold(escape.line(session.id))}"
    rows = [
        ("pipeline", _pipeline(view)),
        ("source", escape.line(session.source)),
        ("owner", escape.line(session.owner)),
    ]
    rows.append(("started" if session.started else "asked for", words.moment(_began(session))))
    if session.ended and session.started:
        spent = words.duration(words.seconds_of(session.ended) - words.seconds_of(session.started))
        rows.append(("ended", f"{words.moment(words.seconds_of(session.ended))}  ({spent})"))
    if view.place:
        rows.append(("queue", places.line(view.place, time.time())))
    elif session.queue:
        rows.append(("queue", places.where(session.queue)))
    if session.reason:
        rows.append(("reason", reasons.whole(session)))
    if session.status is SessionStatus.RETRYING and session.due:
        left = words.seconds_of(session.due) - time.time()
        rows.append(("next", f"in {words.duration(left)}" if left > 0 else "now"))
    params = [f"{escape.line(key)}={values.shown(value)}" for key, value in session.params.items()]
    if columns is None or width.columns(", ".join(params)) <= columns - 11:
        params = [", ".join(params)] if params else []
    rows += [("params" if number == 0 else "", one) for number, one in enumerate(params)]
    if len(session.executions) > 1:
        rows.append(("executions", ", ".join(_execution(session, one) for one in session.executions)))
    for key, value in rows:
        for number, text in enumerate(_fitted(value, columns, key in _WRAPPED)):
            yield style.dim(f"{key if number == 0 else '':<11}") + text


def _execution(session: Session, one: ExecutionRef) -> str:
    is_to_come = one is session.executions[-1] and not session.status.ended
    return f"{one.name} {one.status if one.arn else 'not begun' if is_to_come else 'never began'}"


def _began(session: Session) -> float:
    return words.seconds_of(session.started or session.created)


def _fitted(value: str, columns: int | None, wraps: bool) -> list[str]:
    if columns is None:
        return [value]
    return width.wrap(value, columns - 11) if wraps else [width.cut(value, columns - 11)]


def _questions(view: SessionView, style: Style) -> Iterator[str]:
    """Approvals that wait, and what to type."""
    for approval in view.approvals:
        yield ""
        yield f"{style.paint('waits for you', 'yellow')}  {escape.line(approval.message or approval.operation)}"
        yield f"  bunsui session approve {view.session.id} {escape.line(approval.operation)}"


def _pipeline(view: SessionView) -> str:
    session = view.session
    version = f"@{session.version}" if session.version else ""
    return f"{escape.line(session.pipeline)}{version}  ({session.definition_sha256[:12]})"


def drawing(view: SessionView, columns: int, style: Style) -> list[str]:
    """The DAG of the outer pipeline, each box with its operation's glyph."""
    nodes = [
        Node(one.name, f"{style.glyph(one.status)} {escape.line(one.name)}", one.needs, one.status)
        for one in view.operations
        if one.depth == 0
    ]

    def paint(text: str, name: str) -> str:
        return style.dim(text) if name == "line" else style.status(name, text)

    return draw(nodes, columns, unicode=style.unicode, paint=paint)
