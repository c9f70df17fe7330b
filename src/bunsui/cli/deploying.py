"""What the commands of `bunsui env` share: which environment, and what goes on while CloudFormation works."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import click

from bunsui.cli import output
from bunsui.cli.output import Output
from bunsui.cli.settings import settings
from bunsui.model.context import AWS
from bunsui.model.deployment import STACK, DeploymentPlan, Progress
from bunsui.text.deployment import progress_line
from bunsui.text.words import duration
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


class Narrator:
    """Says what goes on: of what a plan names each thing once, all that fails, and at the end a line for each stack."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._named: set[tuple[str, str]] | None = None
        self._told: set[tuple[str, str]] = set()
        self._begun: dict[str, float] = {}
        self._ended: dict[str, tuple[str, float]] = {}

    def expect(self, plan: DeploymentPlan) -> None:
        self._named = {(stack.stack, change.name) for stack in plan.stacks for change in stack.changes}

    def __call__(self, told: Progress) -> None:
        if told.type == STACK and told.name == told.stack:
            self._clock(told)
        key = (told.stack, told.name)
        line = progress_line(told, self._out.talk)
        if not line or (not told.status.endswith("_FAILED") and (key in self._told or not self._is_named(key))):
            return
        self._told.add(key)
        self._out.say(line)

    def sum_up(self, plan: DeploymentPlan) -> None:
        for stack in plan.stacks:
            status, seconds = self._ended.get(stack.stack, ("", 0.0))
            what = "as it was" if not status else "made" if stack.is_new else "changed"
            self._out.say(f"{stack.stack}: {what}{f' in {duration(seconds)}' if seconds >= 1 else ''}")

    def _is_named(self, key: tuple[str, str]) -> bool:
        return self._named is None or key in self._named

    def _clock(self, told: Progress) -> None:
        begun = self._begun.setdefault(told.stack, time.monotonic())
        if told.status.endswith(("_COMPLETE", "_FAILED")):
            self._ended[told.stack] = (told.status, time.monotonic() - begun)


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
