"""Language, theme and keys: what was written down comes first, then what was chosen last.

The file that people write is read by `preferences`; what was chosen is kept by `state`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from bunsui.model.problem import Problem
from bunsui.text import language
from bunsui.tui import preferences
from bunsui.tui.keys import Bound
from bunsui.tui.preferences import Known, Preferences
from bunsui.tui.state import State


class Choices:
    def __init__(self, home: Path | None, state: State) -> None:
        self._state = state
        self.file = home / preferences.FILE if home else None
        self._written = Preferences()

    def read(self, themes: Sequence[str], bound: Callable[[], tuple[Bound, ...]]) -> None:
        """What is wrong with it is told in the language of the surroundings, for want of another."""
        if self.file is not None:
            self._written = preferences.read(self.file, Known(tuple(language.NAMES), themes, bound()))
        language.use(self._written.language or self._kept("language", tuple(language.NAMES)) or language.used())
        self._themes = themes

    def _kept(self, name: str, choices: Sequence[str]) -> str:
        value = self._state.get(name)
        return value if isinstance(value, str) and value in choices else ""

    @property
    def theme(self) -> str:
        return self._written.theme or self._kept("theme", self._themes)

    @property
    def keymap(self) -> dict[str, str]:
        return {id: ",".join(keys) for id, keys in self._written.keys.items()}

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._written.problems

    def is_written(self, name: str) -> bool:
        """Whether the file says so: then a choice holds until the interface is closed."""
        return bool(getattr(self._written, name))
