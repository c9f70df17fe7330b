"""Screens as they are, in both languages, at three sizes: any change of them is seen in a change of `snapshots`.

`SNAPSHOTS=write` writes them anew; look at the difference before it is committed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from rich.color import Color

from bunsui.text import language
from bunsui.tui import themes
from bunsui.tui.app import BunsuiApp
from bunsui.tui.widgets.sheet import Sheet
from bunsui.workspace import Workspace
from tui.pilot import Keys, at
from tui.still import Still

FOLDER = Path(__file__).parent / "snapshots"
SIZES = ((80, 24), (120, 40), (200, 60))
_WRITES = os.environ.get("SNAPSHOTS") == "write"  # read now: tests run without what is set around them
_PANES = ("operations", "graph", "timeline", "log", "errors", "values", "history")


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times of day are those of one place; the language is given back."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
    language.use(language.ENGLISH)


def _app(tongue: str) -> BunsuiApp:
    environ = {"LANG": {"en": "en_US.UTF-8", "ja": "ja_JP.UTF-8"}[tongue]}
    return BunsuiApp(lambda: cast(Workspace, Still()), None, environ)


def _screen(app: BunsuiApp) -> str:
    """All of it, as a terminal has it."""
    return "\n".join("".join(part.text for part in strip).rstrip() for strip in app.screen._compositor.render_strips())


def _compare(name: str, text: str) -> None:
    file = FOLDER / f"{name}.txt"
    if _WRITES:
        FOLDER.mkdir(exist_ok=True)
        file.write_text(text + "\n", encoding="utf-8")
    assert text == file.read_text(encoding="utf-8").removesuffix("\n")


async def _steady(keys: Keys) -> str:
    """What is shown once nothing changes any more."""
    last = ""
    for _ in range(100):
        await keys.pause(0.05)
        shown = _screen(keys.app)
        if shown == last:
            return shown
        last = shown
    raise AssertionError(last)


@pytest.mark.parametrize("tongue", ["en", "ja"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_session_and_its_recovery_look_as_they_did(tongue: str, size: tuple[int, int]) -> None:
    app = _app(tongue)
    seen: dict[str, str] = {}

    async def flow(keys: Keys) -> None:
        app.show_session("night")
        await keys.until("694ab89e82ba")
        for number, pane in enumerate(_PANES, 1):
            await keys.press(str(number))
            seen[f"session-{pane}"] = await _steady(keys)
        app.go("recover", "night")
        await keys.until("session recover night")
        seen["recover"] = await _steady(keys)

    at(app, flow, size)
    for name, text in seen.items():
        _compare(f"{name}-{size[0]}x{size[1]}-{tongue}", text)


@pytest.mark.parametrize("theme", [one.name for one in themes.OURS])
def test_whatever_is_said_can_be_read_in_every_theme_of_ours(theme: str) -> None:
    app = _app("en")

    async def flow(keys: Keys) -> None:
        app.theme = theme
        app.show_session("night")
        await keys.until("694ab89e82ba")
        for pane in "125":
            await keys.press(pane)
            await _steady(keys)
            for sheet in app.screen.query(Sheet):
                for y in range(sheet.size.height if sheet.display else 0):
                    for part in sheet.strip(y):
                        assert not part.text.strip() or part.style is None or _contrast(part.style) > 2, part

    at(app, flow, (120, 40))


def _contrast(style: object) -> float:
    """By the rule of the web."""
    front, ground = getattr(style, "color", None), getattr(style, "bgcolor", None)
    if not isinstance(front, Color) or not isinstance(ground, Color) or not front.triplet or not ground.triplet:
        return 99.0
    light, dark = sorted((_light(front), _light(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _light(colour: Color) -> float:
    assert colour.triplet is not None
    shares = [one / 255 for one in colour.triplet]
    red, green, blue = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
