"""What could come next on the line after `:`: names of commands, then what they take. Pure but for names of files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bunsui.text.language import NAMES, _
from bunsui.tui.commands import COMMANDS, Command, NoCommand, parsed

_MOST_FILES = 200
_PIPELINE_FILES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Names:
    """What commands can be given, as known by now."""

    sessions: Sequence[tuple[str, str]] = ()  # the id, and what to say of it
    pipelines: Sequence[tuple[str, str]] = ()
    themes: Sequence[str] = ()
    contexts: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    line: str  # what the line would be
    shown: str
    about: str = ""


def candidates(line: str, names: Names) -> list[Candidate]:
    word, blank, argument = line.lstrip().partition(" ")
    if not blank:
        return [Candidate(one.name + (" " if one.argument else ""), one.usage, _(one.about)) for one in _named(word)]
    try:
        command = parsed(f"{word} x")[0]
    except NoCommand:
        return []
    found = _given(command, argument.lstrip(), names)
    return [Candidate(f"{command.name} {value}", value, about) for value, about in found]


def _named(word: str) -> list[Command]:
    return [one for one in COMMANDS if one.name.startswith(word)]


def _given(command: Command, typed: str, names: Names) -> Iterator[tuple[str, str]]:
    kinds = command.argument.split("|")
    if "ID" in kinds:
        yield from _beginning(typed, [("@last", _("the last one")), *names.sessions])
    if "NAME" in kinds or "PIPELINE" in kinds:
        yield from _beginning(typed, names.pipelines)
    if "FILE" in kinds or "FOLDER" in kinds:
        yield from files(typed)
    if "THEME" in kinds:
        yield from _beginning(typed, [(one, "") for one in names.themes])
    if "CONTEXT" in kinds:
        yield from _beginning(typed, [(one, "") for one in names.contexts])
    if "LANGUAGE" in kinds:
        yield from _beginning(typed, list(NAMES.items()))


def _beginning(typed: str, known: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those that begin so, then those that have it somewhere."""
    begins = [one for one in known if one[0].startswith(typed)]
    return begins + [one for one in known if typed in one[0][1:] and one not in begins]


def files(typed: str) -> list[tuple[str, str]]:
    """Folders, and files that may be pipelines; hidden ones when a dot is typed."""
    folder, _slash, begun = typed.rpartition("/")
    head = f"{folder}/" if _slash else ""
    try:
        with os.scandir(os.path.expanduser(head) or ".") as entries:
            found = [one.name + ("/" if one.is_dir() else "") for one in entries if one.name.startswith(begun)]
    except OSError:
        return []
    wanted = [name for name in found if name.endswith(("/", *_PIPELINE_FILES)) and (begun or not name.startswith("."))]
    return [(f"{head}{name}", "") for name in sorted(wanted, key=lambda name: (name.endswith("/"), name))[:_MOST_FILES]]
