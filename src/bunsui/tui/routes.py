"""Where one can go by name: every screen that a key or a command opens. What a screen shows is in its folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bunsui.tui.pipelines.list import PipelinesScreen
from bunsui.tui.recover.screen import RecoverScreen
from bunsui.tui.screen import View
from bunsui.tui.settings.screen import SettingsScreen

Route = Callable[[str], View]  # with the argument of the command, or of the screen that goes there

ROUTES: Mapping[str, Route] = {
    "pipelines": lambda _: PipelinesScreen(),
    "recover": RecoverScreen,
    "settings": lambda _: SettingsScreen(),
}
