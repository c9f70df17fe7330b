"""Where one can go by name: every screen that a key or a command opens. What a screen shows is in its folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bunsui.tui.alerts.screen import AlertsScreen
from bunsui.tui.deploy.screen import DeployScreen
from bunsui.tui.editor.new import NewScreen
from bunsui.tui.editor.screen import EditorScreen
from bunsui.tui.errors.screen import ErrorsScreen
from bunsui.tui.load.screen import LoadScreen
from bunsui.tui.pipelines.list import PipelinesScreen
from bunsui.tui.pipelines.screen import PipelineScreen
from bunsui.tui.pools.screen import PoolsScreen
from bunsui.tui.recover.screen import RecoverScreen
from bunsui.tui.screen import View
from bunsui.tui.settings.screen import SettingsScreen

Route = Callable[[str], View]  # with the argument of the command, or of the screen that goes there

ROUTES: Mapping[str, Route] = {
    "alerts": lambda _: AlertsScreen(),
    "errors": lambda _: ErrorsScreen(),
    "pools": PoolsScreen,
    "deploy": DeployScreen,
    "edit": EditorScreen,
    "load": LoadScreen,
    "new": NewScreen,
    "pipelines": lambda _: PipelinesScreen(),
    "recover": RecoverScreen,
    "versions": lambda name: PipelineScreen(name, registered=True, pane="versions"),
    "settings": lambda _: SettingsScreen(),
}
