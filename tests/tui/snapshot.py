"""A screen as text with its styles, and whether it looks as it was recorded to look. `make snapshots` records anew.

A file holds the lines of the screen, and for each theme the styles of what is not plain: row, columns, colours.
"""

from __future__ import annotations

import asyncio
import difflib
import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, repeat
from pathlib import Path

from rich.color import Color
from rich.style import Style
from textual.strip import Strip
from textual.widgets import Input

from bunsui.tui.app import BunsuiApp

FOLDER = Path(__file__).parent / "snapshots"
RENEWS = os.environ.get("SNAPSHOTS") == "renew"
_QUIET = 0.25  # seconds between two looks that have to be the same, four in a row
_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)  # seconds before each look, until it is as recorded
_WITHIN = 20.0


async def looks(app: BunsuiApp, name: str, *themes: str, without: str = "") -> None:
    """As recorded, in each of these themes; a screen may need a moment to get there. Rows with `without` are blank."""
    app.animation_level = "none"
    for typed in app.screen.query(Input):
        typed.cursor_blink = False
    taken = await _taken(app, themes, _steady, without) if RENEWS else ""
    path = FOLDER / f"{name}.txt"
    if RENEWS:
        FOLDER.mkdir(exist_ok=True)
        path.write_text(taken, encoding="utf-8")
        return
    wanted = path.read_text(encoding="utf-8") if path.exists() else ""
    deadline = time.monotonic() + _WITHIN
    pauses = chain(_PAUSES, repeat(_PAUSES[-1]))  # another theme draws everything anew, which may take a while
    while (taken := await _taken(app, themes, partial(_after, next(pauses)), without)) != wanted:
        assert time.monotonic() < deadline, _difference(name, wanted, taken)


async def _taken(app: BunsuiApp, themes: tuple[str, ...], settle: Callable[[BunsuiApp], object], without: str) -> str:
    parts: list[str] = []
    for theme in themes:
        app.theme = theme
        await settle(app)  # type: ignore[misc]  # a coroutine
        strips = [
            Strip([]) if without and without in strip.text else strip
            for strip in app.screen._compositor.render_strips()
        ]
        if not parts:
            parts.append("\n".join(strip.text.rstrip() for strip in strips))
        parts.append("\n".join([f"--- {theme}", *_styles(app, strips)]))
    return "\n".join(parts) + "\n"


async def _after(pause: float, _: BunsuiApp) -> None:
    await asyncio.sleep(pause)


async def _steady(app: BunsuiApp) -> None:
    same, before = 0, ""
    while same < 4:
        await asyncio.sleep(_QUIET)
        now = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        same, before = (same + 1 if now == before else 0), now


def _styles(app: BunsuiApp, strips: list[Strip]) -> Iterator[str]:
    names = {value[:7].lower(): name for name, value in reversed(app.theme_variables.items()) if name in _NAMED}
    for row, strip in enumerate(strips, 1):
        runs, at = [], 0
        for segment in strip.simplify():
            said = _said(segment.style, names)
            if (said and segment.text.strip()) or said.startswith("on"):
                runs.append(f"{at}-{at + segment.cell_length} {said}")
            at += segment.cell_length
        if runs:
            yield f"{row}: {'; '.join(runs)}"


_NAMED = (
    "primary",
    "secondary",
    "accent",
    "success",
    "warning",
    "error",
    "panel",
    "surface",
    "background",
    "foreground",
)


def _said(style: Style | None, names: dict[str, str]) -> str:
    if style is None:
        return ""
    front, ground = _colour(style.color, names), _colour(style.bgcolor, names)
    words = [] if front == "foreground" else [front]
    words += [word for word in ("bold", "underline", "reverse") if getattr(style, word)]
    words += [] if ground in ("background", "") else [f"on {ground}"]
    return " ".join(word for word in words if word)


def _colour(colour: Color | None, names: dict[str, str]) -> str:
    if colour is None or colour.triplet is None:
        return colour.name if colour else ""
    return names.get(colour.triplet.hex.lower(), colour.triplet.hex)


def _difference(name: str, wanted: str, taken: str) -> str:
    lines = difflib.unified_diff(wanted.splitlines(), taken.splitlines(), f"recorded {name}", "now", lineterm="", n=1)
    return "\n".join([*lines, "", "If it is meant to look so now: make snapshots"])
