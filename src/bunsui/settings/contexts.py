"""Contexts from `bunsui.toml`: the working folder's or a parent's, over the one in the home. All problems at once.

Which context a command acts in is settled in the package itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from bunsui.model.context import BACKENDS, BUILT_IN, LOCAL, Context
from bunsui.model.nearest import did_you_mean
from bunsui.model.problem import Place, Problem
from bunsui.settings import BadSetting, NoContext
from bunsui.settings.toml_places import places

FILE = "bunsui.toml"
_LARGEST = 1 << 20  # bytes
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_ENVIRONMENT = re.compile(r"[a-z][a-z0-9]{0,19}")  # it begins every name, and a hyphen ends it there
_WRITTEN = {str: "a text", bool: "true or false", tuple: 'a list of texts, such as ["a", "b"]'}
_TYPES = {field.name: type(getattr(LOCAL, field.name)) for field in fields(Context) if field.name != "name"}
_ONLY_AWS = frozenset(_TYPES) - {"backend", "read_only", "production"}


@dataclass(frozen=True, slots=True)
class Known:
    """A context and the file that it is from; none for those that are always there."""

    context: Context
    file: str = ""


def known(home: Path, folder: Path | None = None) -> Mapping[str, Known]:
    """All contexts by their names. Raises BadSetting with the problems of every file."""
    found = {name: Known(context) for name, context in BUILT_IN.items()}
    problems: list[Problem] = []
    for file in _files(home, folder or Path.cwd()):
        read = _Reading(file)
        found |= {context.name: Known(context, str(file)) for context in read.contexts()}
        problems += read.problems
    if problems:
        counted = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise BadSetting(f"{counted} in the contexts", "Mend the places named above", sorted(problems))
    return found


def named(name: str, home: Path) -> Context:
    """Raises NoContext, or BadSetting where a file has problems."""
    there = known(home)
    if name not in there:
        what = f"there is no context {name!r}"
        raise NoContext(what, did_you_mean(name, there, "List them: bunsui context list"))
    return there[name].context


def _files(home: Path, folder: Path) -> Iterator[Path]:
    """The home's first: what is nearer counts more."""
    near = next((file for one in (folder, *folder.parents) if (file := one / FILE).is_file()), None)
    if (home / FILE).is_file():
        yield home / FILE
    if near is not None and near != home / FILE:
        yield near


class _Reading:
    def __init__(self, file: Path) -> None:
        self._file = file
        self.problems: list[Problem] = []
        self._places: Mapping[tuple[str, ...], tuple[int, int]] = {}

    def contexts(self) -> Iterator[Context]:
        read = self._parsed()
        for key in read.keys() - {"contexts"}:
            self._bad((key,), f"unknown key '{key}'.", did_you_mean(key, ["contexts"], "Known: contexts."))
        tables = read.get("contexts", {})
        if not isinstance(tables, dict):
            self._bad(("contexts",), "'contexts' must be tables.", "Write them so: [contexts.NAME]")
            return
        for name, table in tables.items():
            yield from self._context(name, table)

    def _parsed(self) -> Mapping[str, Any]:
        import tomllib

        try:
            with open(self._file, "rb") as opened:
                text = opened.read(_LARGEST).decode()
            read: Mapping[str, Any] = tomllib.loads(text)
        except OSError as error:
            raise BadSetting(f"{self._file} cannot be read: {error.strerror}", f"chmod u+r {self._file}") from None
        except UnicodeDecodeError:
            raise BadSetting(f"{self._file} is not UTF-8", "Write it anew as UTF-8") from None
        except tomllib.TOMLDecodeError as error:
            self.problems.append(_syntax(str(self._file), text, str(error)))
            return {}
        self._places = places(text)
        return read

    def _context(self, name: str, table: object) -> Iterator[Context]:
        at, before = ("contexts", name), len(self.problems)
        if not isinstance(table, dict):
            self._bad(at, f"the context '{name}' must be a table.", f"Write it so: [contexts.{name}]")
        elif name == LOCAL.name:
            self._bad(at, "'local' is always there, and always the same.", "Choose another name.")
        elif not _NAME.fullmatch(name):
            self._bad(at, f"{name!r} cannot be a context's name.", "1 to 40 letters, digits, '-', '_' and '.'.")
        else:
            self._check(at, table)
            if len(self.problems) == before:
                yield Context(**{**_defaults(name), "name": name, **_frozen(table)})

    def _check(self, at: tuple[str, ...], table: Mapping[str, object]) -> None:
        for key, value in table.items():
            if key not in _TYPES:
                self._bad((*at, key), f"unknown key '{key}'.", did_you_mean(key, _TYPES, f"Known: {_listed(_TYPES)}."))
            elif not _is(value, _TYPES[key]):
                self._bad((*at, key), f"'{key}' must be {_WRITTEN[_TYPES[key]]}.")
        backend = table.get("backend", _defaults(at[-1]).get("backend"))
        if backend is None:
            self._bad(at, f"the context '{at[-1]}' names no backend.", f"Add: backend = {_listed(BACKENDS, ' or ')}")
        elif isinstance(backend, str) and backend not in BACKENDS:
            self._bad((*at, "backend"), f"there is no backend '{backend}'.", _one_of(backend))
        elif backend == "local":
            for key in table.keys() & _ONLY_AWS:
                self._bad((*at, key), f"'{key}' is of the backend aws alone.", "Leave it out.")
        self._check_environment(at, table.get("environment"))

    def _check_environment(self, at: tuple[str, ...], name: object) -> None:
        if isinstance(name, str) and not _ENVIRONMENT.fullmatch(name):
            hint = "1 to 20 of a-z and 0-9, and a letter first."
            self._bad((*at, "environment"), f"{name!r} cannot be an environment's name.", hint)

    def _bad(self, path: tuple[str, ...], message: str, hint: str = "") -> None:
        """At the place of what is named, or of what it stands in."""
        whole = (path[:length] for length in range(len(path), 0, -1))
        line, column = next((self._places[one] for one in whole if one in self._places), (1, 1))
        self.problems.append(Problem(Place(str(self._file), line, column), message, hint))


def _syntax(file: str, text: str, message: str) -> Problem:
    """tomllib names the place in its message's end."""
    what, _, where = message.rpartition(" (at ")
    numbers = re.fullmatch(r"line (\d+), column (\d+)\)", where)
    place = Place(file, int(numbers[1]), int(numbers[2])) if numbers else Place(file, text.count("\n") + 1)
    return Problem(place, f"this is not TOML: {what or message}.")


def _is(value: object, kind: type) -> bool:
    if kind is tuple:
        return isinstance(value, list) and all(isinstance(one, str) and one for one in value)
    return isinstance(value, kind)


def _frozen(table: Mapping[str, object]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def _defaults(name: str) -> dict[str, Any]:
    there = BUILT_IN.get(name)
    return {"backend": there.backend} if there else {}


def _listed(names: Any, between: str = ", ") -> str:
    return between.join(f'"{one}"' if names is BACKENDS else one for one in names)


def _one_of(backend: str) -> str:
    return did_you_mean(backend, BACKENDS, f"There are: {', '.join(BACKENDS)}.")
