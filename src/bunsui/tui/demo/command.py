"""`bunsui demo --tui`: opens the app that plays. The command line finds it by its name, and imports it then."""

from __future__ import annotations

import sys

from bunsui.demo.stage import Stage
from bunsui.model.json import Json
from bunsui.settings import Settings
from bunsui.tui.command import demand_terminal as demand_terminal
from bunsui.tui.garbage import Garbage
from bunsui.tui.hangup import end_with_terminal
from bunsui.workspace import open_workspace


def play(settings: Settings, source: Json) -> int:
    """`source`: the demo's data, in the home's store."""
    garbage = Garbage()
    garbage.begin()
    from bunsui.tui.demo.app import DemoApp

    stage = Stage(settings.home / "demo" / "flights")
    stage.set_up()
    app = DemoApp(lambda: open_workspace(settings, host_engine=False), settings.home, stage, source)
    app.garbage = garbage
    end_with_terminal(sys.stdin.fileno())
    app.run()
    return app.return_code or 0
