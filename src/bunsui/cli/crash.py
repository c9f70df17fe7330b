"""What `bunsui demo --crash` does and shows: the engine dies by SIGKILL, and no operation runs twice."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence

from bunsui.cli import output
from bunsui.cli.output import Output
from bunsui.model.log import LogLine
from bunsui.model.status import OperationStatus
from bunsui.services.logs.reader import LogFilter
from bunsui.services.views import SessionView
from bunsui.workspace import Workspace

_DONE_BEFORE = 4  # operations that are to be done when the engine dies: the middle of the demo
_RUN = "run key="  # how the demo's handlers begin the line that each real run leaves in the log


def kill_engine_in_the_middle(out: Output, opened: Workspace, session: str) -> None:
    out.say("The engine of this demo is a process of its own; in the middle it gets kill -9 ...")
    for view in opened.sessions.watch(session, interval=0.02):
        process = opened.engine_process()
        if process is not None and _in_the_middle(view):
            break
    else:
        return
    os.kill(process, signal.SIGKILL)
    done, running = (_named(view, status) for status in (OperationStatus.SUCCEEDED, OperationStatus.RUNNING))
    out.say(f"kill -9 {process}: the engine is dead. Done: {', '.join(done)}. Running: {', '.join(running)}.")
    while opened.engine_process() == process:
        time.sleep(0.01)
    out.say("Looking at the session brings an engine back:")


def _in_the_middle(view: SessionView) -> bool:
    running = _named(view, OperationStatus.RUNNING)
    return len(_named(view, OperationStatus.SUCCEEDED)) >= _DONE_BEFORE and bool(running)


def _named(view: SessionView, status: OperationStatus) -> list[str]:
    return [operation.name for operation in view.operations if operation.status is status]


def show_runs(out: Output, opened: Workspace, session: str) -> int:
    """How often each attempt of a task really ran, by the lines that the handlers themselves left."""
    lines = [line for line in opened.sessions.logs(session, LogFilter(grep=_RUN)) if line.message.startswith(_RUN)]
    twice = runs_of_one_attempt(lines)
    if not out.json:
        out.data()
        out.data(out.style.bold("what really ran, through the crash"))
        out.lines(_rows(lines))
        verdict = "ran twice: " + ", ".join(twice) if twice else "nothing was lost, nothing ran twice"
        out.data(f"{len(lines)} runs of {len(_attempts(lines))} attempts: {verdict}.")
    return output.SESSION_FAILED if twice else output.DONE


def _rows(lines: Sequence[LogLine]) -> Iterator[str]:
    for operation, runs in Counter(line.operation for line in lines).items():
        attempts = len(_attempts([line for line in lines if line.operation == operation]))
        noun = "attempt" if attempts == 1 else "attempts"
        yield f"  {operation:<10} {runs:>3} {'run ' if runs == 1 else 'runs'} of {attempts:>2} {noun}"


def _attempts(lines: Sequence[LogLine]) -> set[tuple[str, int | None, str]]:
    return {(line.operation, line.item, line.attempt) for line in lines}


def runs_of_one_attempt(lines: Sequence[LogLine]) -> list[str]:
    """Attempts that ran more than once."""
    counted = Counter((line.operation, line.item, line.attempt) for line in lines)
    return [f"{operation} (item {item}, attempt {a})" for (operation, item, a), runs in counted.items() if runs > 1]
