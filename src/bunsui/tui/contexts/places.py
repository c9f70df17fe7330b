"""The context that the app looks at, the others that there are, and the workspace of whichever is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from bunsui.model.context import LOCAL, Context
from bunsui.settings import BadSetting, Settings
from bunsui.settings.contexts import known
from bunsui.workspace import Workspace, open_workspace


class Places:
    """What is chosen here holds for this app alone."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def current(self) -> Context:
        return self._settings.context

    @property
    def home(self) -> Path | None:
        """The folder that the context lies in; what is on AWS lies in none."""
        return self._settings.home if self.current.backend == LOCAL.backend else None

    def all(self) -> Mapping[str, Context]:
        """By their names. Raises BadSetting with the problems of every bunsui.toml."""
        return {name: one.context for name, one in known(self._settings.home).items()}

    @property
    def is_marked(self) -> bool:
        """Whether it is to be said where one is: not to somebody who only has this machine."""
        return self.current != LOCAL or self._has_others

    @cached_property
    def _has_others(self) -> bool:
        try:
            return any(one.file for one in known(self._settings.home).values())
        except BadSetting:
            return True

    @property
    def names(self) -> tuple[str, ...]:
        """Of all that can be gone to; none where a file has problems."""
        try:
            return tuple(self.all())
        except BadSetting:
            return ()

    def choose(self, context: Context) -> None:
        self._settings = replace(self._settings, context=context, named=True)

    def open(self) -> Workspace:
        """Takes time: in a thread."""
        return open_workspace(self._settings, host_engine=False)
