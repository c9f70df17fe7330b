"""One question to every context at once. A context that cannot be reached is an answer of its own, not the end of all.

What is asked and how answers look is the commands'.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from bunsui.cli import output
from bunsui.cli.output import Output
from bunsui.cli.settings import settings, translated
from bunsui.errors import BunsuiError
from bunsui.model.context import LOCAL
from bunsui.model.json import Json
from bunsui.settings import Settings
from bunsui.settings.contexts import Known, known
from bunsui.text import escape
from bunsui.text.body import plain
from bunsui.text.table import Column, table
from bunsui.workspace import Workspace, open_workspace

T = TypeVar("T")
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What a context said, or why it could not be asked."""

    context: str
    said: T | None = None
    error: BunsuiError | None = None


def ask(job: Callable[[Workspace], T]) -> Sequence[Answer[T]]:
    """In the order of `bunsui context list`. What of a context the local engine runs is left as it is."""
    here = settings()
    with translated():
        contexts = [one.context for one in known(here.home).values() if _is_meant(one, here)]
    asked = [replace(here, context=context) for context in contexts]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return list(threads.map(lambda one: _answer(one, job), asked))


def _is_meant(one: Known, here: Settings) -> bool:
    """The context aws is always there, and means something only to whoever chose it or wrote of it."""
    return bool(one.file) or one.context in (LOCAL, here.context)


def _answer(of: Settings, job: Callable[[Workspace], T]) -> Answer[T]:
    try:
        with open_workspace(of, host_engine=False) as opened:
            return Answer(of.context.name, job(opened))
    except BunsuiError as error:
        return Answer(of.context.name, error=error)


def show(
    out: Output,
    name: str,
    answers: Sequence[Answer[Sequence[T]]],
    columns: Sequence[Column],
    row: Callable[[T], list[str]],
) -> int:
    """What contexts have of something, such as `pools`, in one table, each row with its context; the exit code."""
    found = [(one.context, each) for one in answers for each in one.said or ()]
    if out.json:
        rows: list[Json] = [{"context": context, name.removesuffix("s"): plain(each)} for context, each in found]
        out.value({name: rows, "unreachable": missed_body(answers)})
        return code_of(answers)
    if not found:
        out.say(f"No {name}.")
    else:
        whole = [[escape.line(context), *row(each)] for context, each in found]
        out.lines(table([Column("CONTEXT"), *columns], whole, out.style, out.width if out.out.isatty() else None))
    return tell(out, answers)


def tell(out: Output, answers: Sequence[Answer[T]]) -> int:
    """Those that could not be reached, each on a line of its own; the exit code."""
    missed = [(one.context, one.error) for one in answers if one.error]
    for context, error in missed:
        out.say(f"{out.talk.paint('!', 'yellow')} {escape.line(context)}  {escape.line(str(error))}")
        out.say(f"  {out.talk.dim(escape.line(error.hint))}")
    return code_of(answers)


def code_of(answers: Sequence[Answer[T]]) -> int:
    """Done, where any could be reached."""
    missed = [one.error for one in answers if one.error]
    return missed[0].exit_code if missed and len(missed) == len(answers) else output.DONE


def missed_body(answers: Sequence[Answer[T]]) -> list[Json]:
    return [
        {"context": one.context, "message": str(one.error), "hint": one.error.hint, "exit_code": one.error.exit_code}
        for one in answers
        if one.error
    ]
