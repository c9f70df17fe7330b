"""Messages of the loader's threads: they bubble, and a handler is found by their name alone."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter

import bunsui.tui
from bunsui.tui.app import BunsuiApp
from bunsui.tui.messages import Told


def _all(cls: type[Told]) -> list[type[Told]]:
    return [one for child in cls.__subclasses__() for one in (child, *_all(child))]


def test_no_other_message_is_taken_for_one_that_the_app_handles() -> None:
    for info in pkgutil.walk_packages(bunsui.tui.__path__, "bunsui.tui."):
        importlib.import_module(info.name)
    handled = [one.handler_name for one in _all(Told) if hasattr(BunsuiApp, one.handler_name)]
    assert [name for name, count in Counter(handled).items() if count > 1] == []
