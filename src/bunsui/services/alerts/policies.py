"""Whom a session's alerts are for: its pipeline's `notify`, and `alerts.toml` in the home for all pipelines.

What the keys mean is in `model.notify`; those of a pipeline file are checked in `definition`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from bunsui.errors import BunsuiError
from bunsui.model.alert_address import SCHEMES, is_topic, scheme
from bunsui.model.json import Json
from bunsui.model.nearest import did_you_mean
from bunsui.model.notify import CONSOLE, EVENTS, TIMES, Notify, merged, parse
from bunsui.model.problem import Place, Problem
from bunsui.services.wiring import Files

HOME_FILE = "alerts.toml"
_LARGEST = 64 * 1024
_AT = re.compile(r"\(at line (\d+), column (\d+)\)")
_KEY = re.compile(r"""^\s*\[?\s*["']?(?P<key>[\w-]+)["']?\s*[=.\]]""")


class AlertPolicies:
    def __init__(self, files: Files, home: str) -> None:
        self._files = files
        self._home = home
        self.path = str(Path(home, HOME_FILE))

    def exists(self) -> bool:
        return self._files.exists(self.path)

    def of(self, notify: Json, folder: str) -> Notify:
        """A pipeline's own word, else the home's. A file of the home that has a problem counts for nothing."""
        return merged(parse(notify, folder), self.of_home())

    def of_home(self) -> Notify:
        found, problems = self._read()
        return Notify() if problems else parse(found, self._home)

    def problems(self) -> tuple[Problem, ...]:
        return self._read()[1]

    def _read(self) -> tuple[dict[str, Json], tuple[Problem, ...]]:
        if not self.exists():
            return {}, ()
        try:
            text = self._files.read(self.path, _LARGEST).decode()
            found = tomllib.loads(text)
        except BunsuiError as error:
            return {}, (Problem(Place(self.path), f"{error}.", error.hint),)
        except ValueError as error:  # no TOML, no UTF-8
            return {}, (self._unreadable(str(error)),)
        places = _places(text, found)
        return found, tuple(
            Problem(Place(self.path, *places[key]), *problem)
            for key, value in found.items()
            for problem in _complaints(key, value)
        )

    def _unreadable(self, why: str) -> Problem:
        match = _AT.search(why)
        place = Place(self.path, int(match[1]), int(match[2])) if match else Place(self.path)
        return Problem(place, f"this is no TOML: {_AT.sub('', why).strip()}.", "Mend it.")


def _places(text: str, keys: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Line and column of each key, from 1: the parser of TOML keeps none."""
    found = dict.fromkeys(keys, (1, 1))
    for number, line in enumerate(text.splitlines(), 1):
        match = _KEY.match(line)
        if match and found.get(match["key"]) == (1, 1):
            found[match["key"]] = (number, match.start("key") + 1)
    return found


def _complaints(key: str, value: Json) -> Iterator[tuple[str, str]]:
    known = (*EVENTS, *TIMES)
    if key not in known:
        yield f"unknown key '{key}'.", did_you_mean(key, known, f"The keys are: {', '.join(known)}.")
    elif key in TIMES:
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            yield f"{key}: expected a number of seconds.", f"Write {key} = 900."
    elif not isinstance(value, list):
        yield f"{key}: expected a list of addresses.", f'Write {key} = ["mailto:data@example.com"].'
    else:
        yield from (complaint for one in value for complaint in _about(key, one))


def _about(key: str, value: Json) -> Iterator[tuple[str, str]]:
    """What is wrong with an address; a complaint never repeats it."""
    if isinstance(value, dict):
        ref = value.get("secret")
        if len(value) != 1 or not isinstance(ref, str) or not ref.startswith(("env:", "file:")):
            yield f"{key}: expected a reference.", 'Write {secret = "env:NAME"} or {secret = "file:PATH"}.'
    elif not isinstance(value, str):
        yield f"{key}: expected an address.", 'Write "mailto:data@example.com", or {secret = "env:NAME"}.'
    elif value != CONSOLE and not is_topic(value) and scheme(value) not in SCHEMES:
        otherwise = "An address begins with mailto:, slack://, https:// or another of apprise's."
        yield (
            f"{key}: '{scheme(value)}:' is no address that alerts can go to.",
            did_you_mean(scheme(value), sorted(SCHEMES), otherwise),
        )
