"""Colours: ours are told apart by people who see no red or no green, and every theme that Textual has can be used."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import pytest
from textual.theme import Theme

from bunsui.text.style import STATUS_STYLE, Style
from bunsui.tui.themes import COLOURED, DARK, LIGHT, OURS
from tui.pilot import Keys, Project, at

# How linear red, green, blue look to those who lack one kind of cone (Machado, Oliveira and Fernandes, 2009).
_SEEN = {
    "everybody": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "no green": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}
_FAR = 18  # in CIELAB, where 2.3 is just seen


def _linear(colour: str) -> list[float]:
    values = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in values]


def _lab(colour: str, who: str) -> tuple[float, float, float]:
    seen = [sum(a * b for a, b in zip(row, _linear(colour), strict=True)) for row in _SEEN[who]]
    red, green, blue = (min(max(value, 0), 1) for value in seen)
    x = (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047
    y = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
    z = (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.08883
    x, y, z = (value ** (1 / 3) if value > 216 / 24389 else (24389 / 27 * value + 16) / 116 for value in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _contrast(one: str, other: str) -> float:
    lights = (0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in map(_linear, (one, other)))
    dark, light = sorted(lights)
    return (light + 0.05) / (dark + 0.05)


def _colours(theme: Theme) -> dict[str, str]:
    found = {
        "success": theme.success,
        "running": theme.secondary,
        "warning": theme.warning,
        "error": theme.error,
        "text": theme.foreground,
    }
    return {name: colour or "" for name, colour in found.items()}


@pytest.mark.parametrize("theme", COLOURED, ids=lambda theme: theme.name)
@pytest.mark.parametrize("who", _SEEN)
def test_colours_of_statuses_are_far_apart_for_everybody(theme: Theme, who: str) -> None:
    for (one, left), (other, right) in combinations(_colours(theme).items(), 2):
        assert math.dist(_lab(left, who), _lab(right, who)) > _FAR, (one, other)


@pytest.mark.parametrize("theme", OURS, ids=lambda theme: theme.name)
def test_every_colour_is_read_on_every_ground(theme: Theme) -> None:
    for name, colour in _colours(theme).items():
        for ground in (theme.background, theme.surface):
            assert _contrast(colour, ground or "") >= 4.5, (name, ground)


def test_the_grounds_go_from_the_back_to_the_front() -> None:
    for theme, sign in ((DARK, 1), (LIGHT, -1)):
        light = [sum(_linear(one or "")) * sign for one in (theme.background, theme.surface, theme.panel)]
        assert all(back < front for back, front in pairwise(light))


def test_statuses_with_the_same_colour_differ_by_glyph_or_word_without_any() -> None:
    style = Style(colour=False)

    told = {f"{style.glyph(status)} {status}" for status in STATUS_STYLE}
    assert len(told) == len(STATUS_STYLE)
    assert "?" not in {style.glyph(status) for status in STATUS_STYLE if status != "ABORTED"}


def test_every_theme_can_be_used(project: Project) -> None:
    project.fail("down")
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("down")
        for theme in sorted(app.available_themes):
            app.theme = theme
            await keys.press("j")
        assert "down" in await keys.until("FAILED")

    at(app, flow)


def test_who_wants_no_colour_gets_greys_where_what_failed_is_the_brightest(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    app = project.app()

    assert app.theme == "bunsui-grey"
    colours = {name: sum(_linear(colour)) for name, colour in _colours(app.available_themes[app.theme]).items()}
    assert max(colours, key=lambda name: colours[name]) == "error"
