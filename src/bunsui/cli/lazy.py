"""A click group whose commands are imported when they are called, from the tables in `help`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

from bunsui.cli import help as texts
from bunsui.cli.help import Entry


class LazyGroup(click.Group):
    """Lists its commands from a table; imports the one that is named."""

    def __init__(self, name: str | None, table: Mapping[str, Entry]) -> None:
        super().__init__(name, no_args_is_help=False, invoke_without_command=True, callback=_without_command)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = self.table.get(cmd_name)
        if entry is None:
            return None
        if cmd_name in texts.GROUPS and self.name is None:
            return LazyGroup(cmd_name, texts.GROUPS[cmd_name])
        module, _, attribute = entry.where.partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.table and not args[0].startswith("-"):
            raise click.UsageError(_unknown(args[0], self), ctx)
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        return texts.root() if self.name is None else texts.group(self.name)


@click.pass_context
def _without_command(ctx: click.Context) -> int | None:
    """A group alone: its help, and exit 2."""
    if ctx.invoked_subcommand is not None:
        return None
    ctx.obj.err.write(ctx.get_help() + "\n")
    ctx.exit(2)


def _unknown(name: str, group: LazyGroup) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, [known for known, entry in group.table.items() if not entry.hidden], 1)
    where = "bunsui" if group.name is None else f"bunsui {group.name}"
    return f"'{where}' has no command '{name}'." + (f" Did you mean '{near[0]}'?" if near else "")
