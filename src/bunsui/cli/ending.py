"""How a session ended, in its last lines: outputs and files, or what failed, why, and what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bunsui.cli import output
from bunsui.cli.output import Output
from bunsui.cli.program import program
from bunsui.errors import BunsuiError
from bunsui.model.json import Json
from bunsui.model.log import LogLine
from bunsui.model.status import SessionStatus
from bunsui.services.logs.reader import LogFilter
from bunsui.services.views import Outcome, ResumePlan, SessionView
from bunsui.services.wiring import rfc3339
from bunsui.text import escape, live, values, width, words
from bunsui.text.addresses import expiry
from bunsui.text.body import plain
from bunsui.text.failing import block, failures
from bunsui.text.recovery import hanging
from bunsui.text.style import Style
from bunsui.workspace import Workspace

_MOST_FAILURES = 3
_MOST_LINES = 40  # that are read of a log, to show the last ones that say more than the cause
_MOST_FILES = 12


def show(out: Output, workspace: Workspace, view: SessionView) -> int:
    """Write it; the exit code."""
    session = view.session
    outcome = workspace.sessions.outcome(session.id)
    if out.json:
        out.value(body(view, outcome))
    else:
        failed = failures(view)[:_MOST_FAILURES]
        logs = {one.name: list(_last_lines(workspace, session.id, one.name)) for one in failed}
        plan = _resume_plan(workspace, view)
        out.lines(summary(view, outcome, logs, plan, out.size()[0] if out.out.isatty() else None, out.style))
    return output.DONE if session.status is SessionStatus.COMPLETED else output.SESSION_FAILED


def body(view: SessionView, outcome: Outcome) -> Json:
    return {
        "session": plain(view.session),
        "operations": plain(view.operations),
        "outputs": outcome.outputs,
        "files": [{"key": key, "address": address} for key, address in outcome.files],
        "logs": outcome.logs,
        "report": outcome.report,
        **({"until": rfc3339(until)} if (until := expiry(outcome.report or outcome.logs)) else {}),
        **({"left": outcome.left} if outcome.left else {}),
    }


def summary(
    view: SessionView,
    outcome: Outcome,
    logs: dict[str, list[LogLine]],
    plan: ResumePlan | None,
    columns: int | None,
    style: Style,
) -> Iterator[str]:
    """The lines, safe to show. `columns` None: nothing is cut."""
    yield _status_line(view, style)
    for operation in failures(view)[:_MOST_FAILURES]:
        yield ""
        yield from block(view, operation, logs.get(operation.name, []), columns, style)
    yield from left(outcome, columns, style)
    rest = len(failures(view)) - _MOST_FAILURES
    if rest > 0:
        yield ""
        yield style.dim(f"{words.counted(rest, 'more operation')} failed, see session errors")
    yield from outputs(outcome.outputs, columns, style)
    yield from files(outcome, columns, style)
    yield ""
    yield from _next(view, plan, columns, style, logged=[name for name, lines in logs.items() if lines])


def _status_line(view: SessionView, style: Style) -> str:
    session = view.session
    time = _time(view) if session.ended else ""
    why = f": {escape.line(session.reason)}" if session.reason and not failures(view) else ""
    status = style.paint(f"{style.glyph(session.status)} {session.status}", _loud(session.status))
    return f"{status}  {escape.line(session.id)}{time}{why}"


def _time(view: SessionView) -> str:
    """From its first start to its end; of several executions also what the last one took."""
    whole, last = live.session_elapsed(view, 0), live.execution_elapsed(view, 0)
    if whole is None:
        return ""
    more = "" if last is None else f" ({words.duration(last)} of it execution {len(view.session.executions)})"
    return f" in {words.duration(whole)}{more}"


def _loud(status: SessionStatus) -> str:
    if status is SessionStatus.COMPLETED:
        return "green bold"
    return "yellow bold" if status is SessionStatus.CANCELLED else "red bold"


def left(outcome: Outcome, columns: int | None, style: Style) -> Iterator[str]:
    """Why automatic recovery stopped, or never began."""
    if outcome.left:
        yield ""
        first = f"{style.paint('!', 'yellow')} "
        yield from hanging(first, "  ", f"not recovered by itself: {outcome.left}", columns)


def outputs(value: Json, columns: int | None, style: Style) -> Iterator[str]:
    """The pipeline's outputs, one a line."""
    if isinstance(value, dict) and value:
        yield ""
        yield style.bold("outputs")
        yield from values.rows(value, columns)


def files(outcome: Outcome, columns: int | None, style: Style) -> Iterator[str]:
    """Where files and logs lie. Of signed addresses only the report's: whoever has one may read the object."""
    if outcome.files:
        yield ""
        yield style.bold("files")
    named = _references(outcome.outputs)
    found = sorted(outcome.files, key=lambda file: file[0] not in named)  # those that outputs name come first
    for key, address in found[:_MOST_FILES]:
        yield f"  {escape.line(key) if expiry(address) else place(address)}"
    if found and expiry(found[0][1]):
        yield style.dim("  to open them: --output json has their addresses")
    if len(found) > _MOST_FILES:
        yield style.dim(f"  and {len(found) - _MOST_FILES} more: --output json lists all")
    logs = "" if expiry(outcome.logs) else outcome.logs
    if logs or outcome.report:
        yield ""
    if logs:
        yield f"{style.bold('logs')}  {place(logs)}"
    if expiry(outcome.report):
        yield f"{style.bold('report')}{holding(outcome.report, style)}"
        yield place(outcome.report)
    elif outcome.report:
        yield f"{style.bold('report')}  {place(outcome.report)}"


def holding(address: str, style: Style) -> str:
    """Until when an address that is signed can be opened."""
    until = expiry(address)
    return "" if until is None else style.dim(f"  (until {words.moment(until)})")


def _references(value: Json) -> set[str]:
    """The keys of all references in a value."""
    if isinstance(value, list):
        return set().union(*map(_references, value))
    if not isinstance(value, dict):
        return set()
    key = value.get("$ref")
    return {key} if isinstance(key, str) else set().union(*map(_references, value.values()))


def place(address: str) -> str:
    """A file's path, which can be pasted anywhere; other addresses as they are."""
    from urllib.parse import unquote

    return escape.line(unquote(address.removeprefix("file://")) if address.startswith("file:///") else address)


def _next(
    view: SessionView, plan: ResumePlan | None, columns: int | None, style: Style, logged: Sequence[str]
) -> Iterator[str]:
    """What to type. `logged` are failed operations that wrote a log: not every one came so far."""
    id = view.session.id
    rows = []
    if logged:
        rows.append((f"{program()} session logs {id} --operation {escape.line(logged[0])}", "its whole log"))
    elif view.session.status is SessionStatus.COMPLETED:
        rows.append((f"{program()} session logs {id}", "the merged log"))
        rows.append((f"{program()} session show {id}", "every operation"))
    if failures(view):
        rows.append((f"{program()} session errors {id}", "what kind of failure, and what to do"))
    if plan:
        rows.append((f"{program()} session resume {id}", _plan_words(plan)))
    if view.session.status is not SessionStatus.COMPLETED:
        rows.append((f"{program()} session recover {id}", "every way out, and what each would rerun"))
    yield style.bold("next")
    yield from commands(rows, columns, style)


def commands(rows: list[tuple[str, str]], columns: int | None, style: Style) -> Iterator[str]:
    """What to type and what it does; aligned if that fits."""
    wide = max(width.columns(command) for command, _ in rows)
    longest = max(width.columns(meaning) for _, meaning in rows)
    if columns is not None and wide + longest + 4 > columns:
        wide = 0
    for command, meaning in rows:
        yield f"  {width.pad(command, wide)}  {style.dim(meaning)}"


def _plan_words(plan: ResumePlan) -> str:
    return f"keep {words.counted(len(plan.reused), 'operation')}, run {len(plan.rerun)}"


def _last_lines(workspace: Workspace, session: str, operation: str) -> Sequence[LogLine]:
    """Of its last try: the tries before said much the same."""
    try:
        lines = list(workspace.sessions.logs(session, LogFilter(operation=operation, tail=_MOST_LINES)))
    except BunsuiError:
        return []
    return [line for line in lines if (line.item, line.attempt) == (lines[-1].item, lines[-1].attempt)]


def _resume_plan(workspace: Workspace, view: SessionView) -> ResumePlan | None:
    if view.session.status is SessionStatus.COMPLETED:
        return None
    try:
        return workspace.sessions.plan_resume(view.session.id)
    except BunsuiError:
        return None
