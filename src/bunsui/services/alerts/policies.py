"""Whom a session's alerts are for: its pipeline's `notify`, and `alerts.toml` in the home for all pipelines.

What the keys mean is in `model.notify`; those of a pipeline file are checked in `definition`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from bunsui.errors import BunsuiError
from bunsui.model.alert_address import SCHEMES, scheme
from bunsui.model.json import Json
from bunsui.model.nearest import did_you_mean
from bunsui.model.notify import CONSOLE, EVENTS, TIMES, Notify, merged, parse
from bunsui.model.problem import Place, Problem
from bunsui.services.wiring import Files

HOME_FILE = "alerts.toml"
_LARGEST = 64 * 1024


class AlertPolicies:
    def __init__(self, files: Files, home: str) -> None:
        self._files = files
        self._home = home
        self._path = str(Path(home, HOME_FILE))

    def of(self, notify: Json, folder: str) -> Notify:
        """A pipeline's own word, else the home's. A file of the home that has a problem counts for nothing."""
        return merged(parse(notify, folder), self.of_home())

    def of_home(self) -> Notify:
        found, problems = self._read()
        return Notify() if problems else parse(found, self._home)

    def problems(self) -> tuple[Problem, ...]:
        return self._read()[1]

    def _read(self) -> tuple[dict[str, Json], tuple[Problem, ...]]:
        if not self._files.exists(self._path):
            return {}, ()
        try:
            found = tomllib.loads(self._files.read(self._path, _LARGEST).decode())
        except BunsuiError as error:
            return {}, (Problem(Place(self._path), f"{error}.", error.hint),)
        except ValueError as error:  # no TOML, no UTF-8
            return {}, (Problem(Place(self._path), f"this is no TOML: {error}.", "Mend it."),)
        return found, tuple(Problem(Place(self._path), *problem) for problem in _complaints(found))


def _complaints(found: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    known = (*EVENTS, *TIMES)
    for key, value in found.items():
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
    elif value != CONSOLE and scheme(value) not in SCHEMES:
        otherwise = "An address begins with mailto:, slack://, https:// or another of apprise's."
        yield (
            f"{key}: '{scheme(value)}:' is no address that alerts can go to.",
            did_you_mean(scheme(value), sorted(SCHEMES), otherwise),
        )
