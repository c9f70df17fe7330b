"""The commands after `:`, as a table: help, completion and the app read it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """`action` is the app's; a `FILE`, `NAME` in the usage is handed to it."""

    name: str
    action: str
    about: str
    argument: str = ""
    optional: bool = False

    @property
    def usage(self) -> str:
        given = f"[{self.argument}]" if self.optional else self.argument
        return f"{self.name} {given}".rstrip()


COMMANDS = (
    Command("sessions", "go_home", "all sessions"),
    Command("pipelines", "show_pipelines", "registered pipelines"),
    Command("run", "load", "look at a pipeline file or a registered pipeline, and run it", "FILE|NAME"),
    Command("session", "open_session", "open a session: an id, the beginning of one, or @last", "ID"),
    Command("theme", "theme", "colours; without a name, choose", "NAME", optional=True),
    Command("help", "help", "the keys"),
    Command("quit", "leave", "close; what runs goes on in the background"),
)


class NoCommand(ValueError):
    """Says what there is."""


def parsed(text: str) -> tuple[Command, str]:
    """By name or by the beginning of one. Raises NoCommand."""
    word, _, argument = text.strip().partition(" ")
    found = [one for one in COMMANDS if one.name == word] or [one for one in COMMANDS if one.name.startswith(word)]
    if not word or not found:
        raise NoCommand(f"no command {word!r}: {', '.join(one.name for one in COMMANDS)}")
    argument = argument.strip()
    if found[0].argument and not found[0].optional and not argument:
        raise NoCommand(f"{found[0].name} needs {found[0].argument}")
    return found[0], argument
