"""Where a user's own rules of errors lie, and reading them: the project's file, then that of the home.

What a rule may say is in `bunsui.analysis.errors.rulebook`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bunsui.analysis.errors.rule import Rule
from bunsui.analysis.errors.rulebook import builtin, parse
from bunsui.errors import BunsuiError
from bunsui.model.problem import Place, Problem
from bunsui.services.wiring import Files

PROJECT_FILE = "bunsui.errors.toml"  # beside the pipeline file
HOME_FILE = "errors.toml"
_LARGEST = 256 * 1024


@dataclass(frozen=True, slots=True)
class Rulebooks:
    """Rules in the order in which they are asked. A file with a problem counts for nothing, rather than for a part."""

    books: tuple[tuple[Rule, ...], ...]
    problems: tuple[Problem, ...]


class RuleFiles:
    def __init__(self, files: Files, home: str) -> None:
        self._files = files
        self._home = home

    def of(self, folder: str) -> Rulebooks:
        """For a pipeline in this folder."""
        paths = [str(Path(folder, PROJECT_FILE)), str(Path(self._home, HOME_FILE))]
        read = [self._read(path) for path in paths if self._files.exists(path)]
        problems = tuple(problem for _, found in read for problem in found)
        return Rulebooks((*(rules for rules, _ in read if rules), builtin()), problems)

    def _read(self, path: str) -> tuple[tuple[Rule, ...], tuple[Problem, ...]]:
        try:
            text = self._files.read(path, _LARGEST).decode()
        except BunsuiError as error:
            return (), (Problem(Place(path), f"{error}.", error.hint),)
        except UnicodeDecodeError:
            return (), (Problem(Place(path), "this is no text in UTF-8.", "Save it as UTF-8."),)
        return parse(text, path)
