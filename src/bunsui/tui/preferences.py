"""What somebody wrote down for the interface: `tui.toml` in the home folder, read with the place of each slip.

What the interface keeps by itself is in `state`. Nothing here is fatal: what cannot be used is told, and left out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bunsui.model.nearest import nearest
from bunsui.model.problem import Place, Problem
from bunsui.text.language import _, mark
from bunsui.tui import keys
from bunsui.tui.keys import Bound

FILE = "tui.toml"
_KNOWN = ("language", "theme", "keys")
_NAME = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+))\s*=""")
_TABLE = re.compile(r"\s*\[([\w.]+)\]")
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_HOW = mark("Keys: a character, or a name like f5, ctrl+x, pagedown; several with commas")


@dataclass(frozen=True, slots=True)
class Known:
    """What may be chosen from."""

    languages: Sequence[str]
    themes: Sequence[str]
    bound: tuple[Bound, ...]


@dataclass(frozen=True, slots=True)
class Preferences:
    language: str = ""
    theme: str = ""
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by the id of the binding
    problems: tuple[Problem, ...] = ()


def read(file: Path, known: Known) -> Preferences:
    try:
        text = file.read_bytes().decode()
    except FileNotFoundError:
        return Preferences()
    except OSError as error:
        return Preferences(
            problems=(Problem(Place(str(file)), _("it cannot be read: {why}").format(why=error.strerror)),)
        )
    except UnicodeDecodeError:
        return Preferences(problems=(Problem(Place(str(file)), _("it is not UTF-8")),))
    return parsed(str(file), text, known)


def parsed(file: str, text: str, known: Known) -> Preferences:
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Preferences(problems=(_no_toml(file, text, str(error)),))
    return _Reading(file, text, known).preferences(found)


def _no_toml(file: str, text: str, message: str) -> Problem:
    at = _AT.search(message)
    line, column = (int(at[1]), int(at[2])) if at and at[1] else (text.count("\n") + 1, 1)
    said = _("that is no TOML: {why}.").format(why=_AT.sub("", message))
    return Problem(Place(file, line, column), said, _('Like this: theme = "nord"'))


class _Reading:
    def __init__(self, file: str, text: str, known: Known) -> None:
        self._file, self._known = file, known
        self._places = dict(_named(text))
        self._problems: list[Problem] = []

    def preferences(self, found: Mapping[str, object]) -> Preferences:
        for name in found:
            if name not in _KNOWN:
                self._tell(name, _("there is no setting {name!r}.").format(name=name), _meant(name, _KNOWN))
        language = self._one_of("language", found, self._known.languages)
        theme = self._one_of("theme", found, self._known.themes)
        wanted = self._keys(found.get("keys", {}))
        return Preferences(language, theme, wanted, tuple(sorted(self._problems)))

    def _tell(self, name: str, message: str, hint: str = "") -> None:
        line, column = self._places.get(name, (1, 1))
        self._problems.append(Problem(Place(self._file, line, column), message, hint))

    def _one_of(self, name: str, found: Mapping[str, object], choices: Sequence[str]) -> str:
        value = found.get(name, "")
        if isinstance(value, str) and (not value or value in choices):
            return value
        self._tell(
            name, _("{name}: there is no {value!r}.").format(name=name, value=value), _meant(str(value), choices)
        )
        return ""

    def _keys(self, table: object) -> dict[str, tuple[str, ...]]:
        if not isinstance(table, dict):
            self._tell("keys", _("keys is a table."), _('Like this: [keys], and below it "session.log" = "L"'))
            return {}
        wanted = dict(self._each(table))
        for id, key, other in list(keys.clashes(self._known.bound, wanted)):
            if wanted.pop(id, None):
                said = _("{id} cannot have {key}: {other} has it.").format(id=id, key=keys.shown(key), other=other.id)
                self._tell(f"keys.{id}", said, _("Give that another"))
        return wanted

    def _each(self, table: Mapping[str, object]) -> Iterator[tuple[str, tuple[str, ...]]]:
        ids = {one.id for one in self._known.bound}
        for id, value in _flat(table):
            found = keys.normal(value) if isinstance(value, str) else ()
            if id not in ids:
                said = _("nothing has the id {id!r}.").format(id=id)
                self._tell(f"keys.{id}", said, _meant(id, sorted(ids), _(":settings lists the ids")))
            elif not found:
                said = _("{value!r} is no key.").format(value=value)
                self._tell(f"keys.{id}", said, _meant(str(value), sorted(keys.names()), _(_HOW)))
            else:
                yield id, found


def _flat(table: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    """Without quotes, `session.log` is a table in a table."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _named(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Where each name stands."""
    table = ""
    for number, line in enumerate(text.split("\n"), 1):
        if begins := _TABLE.match(line):
            table = f"{begins[1]}."
            yield begins[1], (number, line.index("[") + 1)
        elif named := _NAME.match(line):
            name = named[1] or named[2] or named[3] or ""
            yield f"{table}{name}", (number, len(line) - len(line.lstrip()) + 1)


def _meant(name: str, names: Sequence[str], otherwise: str = "") -> str:
    near = nearest(name, names)
    if near:
        return _("Did you mean {name!r}?").format(name=near)
    return otherwise or _("There is: {names}").format(names=", ".join(names))
