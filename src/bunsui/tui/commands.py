"""The commands after `:`, as a table: help, completion and the app read it."""

from __future__ import annotations

from dataclasses import dataclass

from bunsui.text.language import _, mark


@dataclass(frozen=True, slots=True)
class Command:
    """Goes to a `route`, or does an `action` of the app; a `FILE`, `NAME` in the usage is handed to it."""

    name: str
    about: str
    action: str = ""
    route: str = ""
    argument: str = ""
    optional: bool = False

    @property
    def usage(self) -> str:
        given = f"[{self.argument}]" if self.optional else self.argument
        return f"{self.name} {given}".rstrip()


COMMANDS = (
    Command("sessions", mark("all sessions"), action="go_home"),
    Command("pipelines", mark("registered pipelines"), route="pipelines"),
    Command("load", mark("browse for a pipeline file"), route="load", argument="FOLDER", optional=True),
    Command("edit", mark("edit a pipeline file"), route="edit", argument="FILE"),
    Command("new", mark("begin a new pipeline"), route="new", argument="FOLDER", optional=True),
    Command("versions", mark("the versions of a pipeline and their differences"), route="versions", argument="NAME"),
    Command("run", mark("look at a pipeline and run it"), action="load", argument="FILE|NAME"),
    Command(
        "deploy",
        mark("put the environment, and a pipeline, on AWS, after a plan"),
        route="deploy",
        argument="FILE|NAME",
        optional=True,
    ),
    Command(
        "session", mark("open a session: an id, the beginning of one, or @last"), action="open_session", argument="ID"
    ),
    Command("errors", mark("the failures of all sessions, by their kind"), route="errors"),
    Command("pools", mark("pools: slots, who holds them, who waits"), route="pools", argument="POOL", optional=True),
    Command("alerts", mark("alerts: who was told what, and whether it arrived"), route="alerts"),
    Command(
        "context",
        mark("look at another context; without a name, choose"),
        action="context",
        argument="CONTEXT",
        optional=True,
    ),
    Command("theme", mark("colours; without a name, choose"), action="theme", argument="THEME", optional=True),
    Command("language", mark("of what is shown; data stays"), action="language", argument="LANGUAGE", optional=True),
    Command("settings", mark("the file for settings, and the id of every key"), route="settings"),
    Command("tour", mark("where everything is, in a minute"), action="tour"),
    Command("help", mark("the keys"), action="help"),
    Command("quit", mark("close; what runs goes on in the background"), action="leave"),
)


class NoCommand(ValueError):
    """Says what there is."""


def parsed(text: str) -> tuple[Command, str]:
    """By name or by the beginning of one. Raises NoCommand."""
    word, _blank, argument = text.strip().partition(" ")
    found = [one for one in COMMANDS if one.name == word] or [one for one in COMMANDS if one.name.startswith(word)]
    if not word or not found:
        names = ", ".join(one.name for one in COMMANDS)
        raise NoCommand(_("no command {word!r}: {names}").format(word=word, names=names))
    argument = argument.strip()
    if found[0].argument and not found[0].optional and not argument:
        raise NoCommand(_("{command} needs {what}").format(command=found[0].name, what=found[0].argument))
    return found[0], argument
