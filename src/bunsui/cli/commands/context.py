"""`bunsui context`: which contexts there are, and which one commands act in where none is named."""

from __future__ import annotations

import os
from collections.abc import Mapping

import click

from bunsui.cli import output
from bunsui.cli.options import context_option, output_option
from bunsui.cli.output import Output
from bunsui.cli.settings import settings, translated
from bunsui.errors import NotFound
from bunsui.model.context import Context
from bunsui.model.json import Json
from bunsui.model.nearest import did_you_mean
from bunsui.settings import choose, load_home
from bunsui.settings.contexts import Known, known
from bunsui.text import escape
from bunsui.text.body import plain
from bunsui.text.style import Style
from bunsui.text.table import Column, table


@click.command("list")
@output_option
@click.pass_obj
def list_(out: Output) -> None:
    """List contexts: those of bunsui.toml, and the two that are always there.

    bunsui.toml is looked for in this folder and those above it, and in the home folder; what is nearer counts more.
    """
    with translated():
        found, current = known(load_home()), _current()
    if out.json:
        out.value({"contexts": [_body(one, current) for one in found.values()]})
        return
    columns = [
        Column(""),
        *map(Column, ("CONTEXT", "BACKEND", "ENVIRONMENT", "REGION", "PROFILE")),
        Column("", cut=True),
    ]
    rows = [_row(one.context, current) for one in found.values()]
    out.lines(table(columns, rows, out.style, out.width if out.out.isatty() else None))


@click.command()
@click.argument("name", required=False, metavar="[NAME]")
@context_option
@output_option
@click.pass_obj
def show(out: Output, name: str | None) -> None:
    """Show a context, and the file that it is from. Without NAME: the one that commands act in.

    Nothing is asked of AWS; bunsui doctor --context NAME does that.
    """
    with translated():
        found, current = known(load_home()), _current() if name else settings().context.name
    one = _named(found, name or current)
    if out.json:
        out.value(_body(one, current))
        return
    out.data(out.style.bold(escape.line(one.context.name)))
    out.lines(f"  {key:<16} {escape.line(value)}" for key, value in _facts(one, current))


@click.command()
@click.argument("name")
@output_option
@click.pass_obj
def use(out: Output, name: str) -> int:
    """Act in this context from now on, where no other is named.

    It is kept in the home folder. --context NAME and BUNSUI_CONTEXT count more; bunsui context use local takes it back.
    """
    with translated():
        home = load_home()
        one = _named(known(home), name)
    choose(home, one.context.name)
    if out.json:
        out.value(_body(one, one.context.name))
        return output.DONE
    out.data(f"{escape.line(one.context.name)}{_marks(one.context, out.style)}")
    if other := os.environ.get("BUNSUI_CONTEXT"):
        out.say(f"In this shell BUNSUI_CONTEXT={escape.line(other)} counts more.")
    return output.DONE


def _current() -> str:
    """The one that commands act in; none where BUNSUI_CONTEXT, say, names one that is not there."""
    try:
        return settings().context.name
    except NotFound:
        return ""


def _named(found: Mapping[str, Known], name: str) -> Known:
    if name not in found:
        raise NotFound(f"there is no context {name!r}", did_you_mean(name, found, "List them: bunsui context list"))
    return found[name]


def _body(one: Known, current: str) -> dict[str, Json]:
    body = plain(one.context)
    assert isinstance(body, dict)
    return {**body, "file": one.file or None, "current": one.context.name == current}


def _row(context: Context, current: str) -> list[str]:
    aws = context.backend == "aws"
    return [
        "*" if context.name == current else "",
        escape.line(context.name),
        context.backend,
        context.environment if aws else "",
        escape.line(context.region),
        escape.line(context.profile),
        ", ".join(_words(context)),
    ]


def _words(context: Context) -> list[str]:
    return ["read-only"] * context.read_only + ["production"] * context.production


def _marks(context: Context, style: Style) -> str:
    told = ", ".join(_words(context))
    return f"  {style.paint(told, 'yellow')}" if told else ""


def _facts(one: Known, current: str) -> list[tuple[str, str]]:
    context = one.context
    facts = [("backend", context.backend)]
    if context.backend == "aws":
        facts += [
            ("environment", context.environment),
            ("profile", context.profile or "as AWS_PROFILE says"),
            ("region", context.region or "as AWS_REGION or the profile says"),
        ]
        facts += [(key, value) for key, value in (("endpoint", context.endpoint),) if value]
        facts += [(key, ", ".join(getattr(context, key))) for key in ("subnets", "security_groups")]
        facts = [(key, value) for key, value in facts if value]
    facts += [("marks", ", ".join(_words(context)))] if _words(context) else []
    facts.append(("from", one.file or "always there"))
    return [*facts, *([("current", "yes")] if context.name == current else [])]
