"""How a session ended, in its last lines: outputs and files, or what failed, why, and what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from json import JSONDecodeError, loads

from bunsui.analysis.progress import OperationView
from bunsui.cli import escape, live, output, width, words
from bunsui.cli.body import plain
from bunsui.cli.logs import log_line
from bunsui.cli.output import Output
from bunsui.cli.style import Style
from bunsui.errors import BunsuiError
from bunsui.model.json import Json
from bunsui.model.log import LogLine
from bunsui.model.status import OperationStatus, SessionStatus
from bunsui.services.logs import LogFilter
from bunsui.services.views import Outcome, ResumePlan, SessionView
from bunsui.workspace import Workspace

_MOST_FAILURES = 3
_MOST_LINES = 8
_MOST_FILES = 12
_MOST_TRACE = 6


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
    }


def failures(view: SessionView) -> list[OperationView]:
    """Operations that failed themselves, the innermost of nested pipelines first."""
    failed = [one for one in view.operations if one.status is OperationStatus.FAILED]
    return sorted(failed, key=lambda one: -one.depth)


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
        yield from _failure(operation, logs.get(operation.name, []), columns, style)
    rest = len(failures(view)) - _MOST_FAILURES
    if rest > 0:
        yield style.dim(f"  {words.counted(rest, 'more operation')} failed: bunsui session show {view.session.id}")
    yield from outputs(outcome.outputs, columns, style)
    yield from files(outcome, columns, style)
    yield ""
    yield from _next(view, plan, columns, style)


def _status_line(view: SessionView, style: Style) -> str:
    session = view.session
    spent = live.session_elapsed(view, 0)
    time = f" in {words.duration(spent)}" if spent is not None and session.ended else ""
    why = f": {escape.line(session.reason)}" if session.reason and not failures(view) else ""
    status = style.paint(f"{style.glyph(session.status)} {session.status}", _loud(session.status))
    return f"{status}  {escape.line(session.id)}{time}{why}"


def _loud(status: SessionStatus) -> str:
    if status is SessionStatus.COMPLETED:
        return "green bold"
    return "yellow bold" if status is SessionStatus.CANCELLED else "red bold"


def _failure(operation: OperationView, lines: list[LogLine], columns: int | None, style: Style) -> Iterator[str]:
    tries = f" after {operation.attempts} tries" if operation.attempts > 1 else ""
    head = f"{style.glyph('FAILED')} {escape.line(operation.name)} failed{tries}"
    yield f"{style.paint(head, 'red')}  {escape.line(operation.error or '')}"
    for text in cause_lines(operation.cause):
        yield "    " + _cut(text, columns, 4)
    if lines:
        yield style.dim(f"  last lines of {escape.line(operation.name)}:")
    for line in lines:
        yield "    " + log_line(line, style, None if columns is None else columns - 4, operation=False)


def cause_lines(cause: str | None) -> list[str]:
    """A cause as a person reads it: the message, then the innermost frames of the stack."""
    if not cause:
        return []
    try:
        told = loads(cause)
    except (JSONDecodeError, RecursionError):
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("errorMessage"), str):
        return list(escape.lines(cause.rstrip("\n")))[:_MOST_TRACE]
    trace = told.get("stackTrace")
    frames = (
        [line for frame in trace for line in escape.lines(str(frame).rstrip("\n"))] if isinstance(trace, list) else []
    )
    return [*escape.lines(told["errorMessage"]), *frames[-_MOST_TRACE:]]


def outputs(value: Json, columns: int | None, style: Style) -> Iterator[str]:
    """The pipeline's outputs, one a line."""
    if not isinstance(value, dict) or not value:
        return
    yield ""
    yield style.bold("outputs")
    names = {key: escape.line(key) for key in value}
    wide = max(map(width.columns, names.values()))
    for key, item in value.items():
        yield f"  {width.pad(names[key], wide)}  {_cut(_shown(item), columns, wide + 4)}"


def _shown(item: Json) -> str:
    """On one line; a reference as the file or the field that it stands for."""
    if isinstance(item, str):
        return escape.line(item)
    match item:
        case {"$ref": str(key), "bytes": int(count)}:
            return f"{escape.line(key.rpartition('/')[2])} ({words.size(count)})"
    return escape.json_text(item, indent=None)


def files(outcome: Outcome, columns: int | None, style: Style) -> Iterator[str]:
    """Where the session's files and logs lie."""
    if outcome.files:
        yield ""
        yield style.bold("files")
    for _, address in outcome.files[:_MOST_FILES]:
        yield f"  {_place(address)}"
    if len(outcome.files) > _MOST_FILES:
        yield style.dim(f"  and {len(outcome.files) - _MOST_FILES} more")
    if outcome.logs:
        yield ""
        yield f"{style.bold('logs')}  {_place(outcome.logs)}"


def _place(address: str) -> str:
    """A file's path, which can be pasted anywhere; other addresses as they are."""
    from urllib.parse import unquote

    return escape.line(unquote(address.removeprefix("file://")) if address.startswith("file:///") else address)


def _next(view: SessionView, plan: ResumePlan | None, columns: int | None, style: Style) -> Iterator[str]:
    id = view.session.id
    rows = []
    failed = failures(view)
    if failed:
        rows.append((f"bunsui session logs {id} --operation {escape.line(failed[0].name)}", "its whole log"))
    elif view.session.status is SessionStatus.COMPLETED:
        rows.append((f"bunsui session logs {id}", "the merged log"))
        rows.append((f"bunsui session show {id}", "every operation"))
    if plan:
        rows.append((f"bunsui session resume {id}", _plan_words(plan)))
    if view.session.status is not SessionStatus.COMPLETED:
        rows.append((f"bunsui session restart {id}", "from nothing"))
    yield style.bold("next")
    yield from _commands(rows, columns, style)


def _commands(rows: list[tuple[str, str]], columns: int | None, style: Style) -> Iterator[str]:
    """What to type and what it does; aligned if that fits."""
    wide = max(width.columns(command) for command, _ in rows)
    longest = max(width.columns(meaning) for _, meaning in rows)
    if columns is not None and wide + longest + 4 > columns:
        wide = 0
    for command, meaning in rows:
        yield f"  {width.pad(command, wide)}  {style.dim(meaning)}"


def _plan_words(plan: ResumePlan) -> str:
    return f"keep {words.counted(len(plan.reused), 'operation')}, run {len(plan.rerun)}"


def _cut(text: str, columns: int | None, used: int) -> str:
    return text if columns is None else width.cut(text, max(columns - used, 20))


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
