"""What the commands of `bunsui env` share: which environment, and what goes on while CloudFormation works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import click

from bunsui.cli import output
from bunsui.cli.output import Output
from bunsui.cli.settings import settings
from bunsui.model.context import AWS
from bunsui.model.deployment import Progress
from bunsui.text.deployment import progress_line
from bunsui.workspace import Workspace, open_workspace

Command = TypeVar("Command", bound=Callable[..., Any])


def environment_option(command: Command) -> Command:
    return click.option("--env", "name", metavar="NAME", help="The environment; else the context's.")(command)


@contextmanager
def environment(name: str | None) -> Iterator[Workspace]:
    """The workspace of an environment that need not be there yet. On this machine's own context, AWS is meant."""
    found = settings()
    context = found.context
    if context.backend != "aws" and not name:
        raise click.UsageError("say which environment: --env NAME, or --context NAME")
    if context.backend != "aws":
        context = AWS
    context = replace(context, environment=name) if name else context
    with open_workspace(replace(found, context=context)) as opened:
        yield opened


def teller(out: Output) -> Callable[[Progress], None]:
    def tell(told: Progress) -> None:
        line = progress_line(told, out.talk)
        if line:
            out.say(line)

    return tell


@contextmanager
def explained(out: Output, name: str) -> Iterator[None]:
    """Ctrl-C ends the looking, not the work."""
    try:
        yield
    except KeyboardInterrupt:
        out.say()
        out.say("CloudFormation finishes the step that it is at; nothing is lost.")
        out.say(f"Look at it: bunsui env status --env {name}. The same command again goes on.")
        raise click.exceptions.Exit(output.INTERRUPTED) from None
