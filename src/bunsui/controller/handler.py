"""The door of the controller Lambda: `handler`. A process keeps one workspace for all its events.

What an event says is in `events`, what is done about it in `attending`. The environment is named by BUNSUI_ENVIRONMENT.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Protocol

from bunsui.controller.attending import Controller
from bunsui.errors import InvalidInput
from bunsui.model.context import Context
from bunsui.model.json import Json
from bunsui.settings import Settings, load
from bunsui.workspace import Workspace, open_workspace

OWNER = "controller"  # who acts, where a record says so


class LambdaContext(Protocol):
    """What is used of the object that Lambda hands a function."""

    def get_remaining_time_in_millis(self) -> int: ...


def handler(event: object, context: LambdaContext) -> dict[str, Json]:
    """Attend to one event; what was done goes to the log. Raises what went wrong, so that Lambda tries again."""
    controller = Controller(_workspace(), lambda: context.get_remaining_time_in_millis() / 1000)
    done = controller.attend(event)
    print(json.dumps(done), file=sys.stderr)
    return done


@cache
def _workspace() -> Workspace:
    return open_workspace(_settings())


def _settings() -> Settings:
    """There is no home: what is kept is in the environment's table and bucket."""
    environment = os.environ.get("BUNSUI_ENVIRONMENT", "")
    if not environment:
        hint = "Deploy it anew: bunsui env deploy --env NAME"
        raise InvalidInput("the controller does not know its environment: BUNSUI_ENVIRONMENT is not set", hint)
    home = str(Path(tempfile.gettempdir(), "bunsui"))
    settings = load({"BUNSUI_HOME": home, "BUNSUI_OWNER": OWNER, "PATH": os.environ.get("PATH", "")}, context="aws")
    return replace(settings, context=Context("aws", "aws", environment=environment))
