"""Screens look as they were recorded to: the main ones in both languages, three sizes, light and dark; others once."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from bunsui.text import language
from tui.pilot import Keys, at
from tui.recorded import Recorded, recorded
from tui.snapshot import looks

SIZES = ((80, 24), (120, 40), (200, 60))
DARK, LIGHT = "bunsui", "bunsui-light"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    with recorded(tmp_path_factory.mktemp("recorded")) as opened:
        yield opened


async def _in_every_way(keys: Keys, name: str) -> None:
    try:
        for tongue in ("en", "ja"):
            keys.app.action_language(tongue)
            for columns, rows in SIZES:
                await keys.resize(columns, rows)
                await looks(keys.app, f"{name}-{tongue}-{columns}x{rows}", DARK, LIGHT)
    finally:
        language.use("en")


async def _session(keys: Keys) -> None:
    await keys.until("failed")
    await keys.press("colon")
    await keys.type("session orders-20251103-failed")
    await keys.press("enter")
    await keys.until("92%")


def test_home(home: Recorded) -> None:
    async def flow(keys: Keys) -> None:
        await keys.until("asking")
        await _in_every_way(keys, "home")

    at(home.app(), flow, SIZES[1])


def test_a_session_at_its_failure(home: Recorded) -> None:
    async def flow(keys: Keys) -> None:
        await _session(keys)
        await _in_every_way(keys, "session")

    at(home.app(), flow, SIZES[1])


def test_recovery(home: Recorded) -> None:
    async def flow(keys: Keys) -> None:
        await _session(keys)
        await keys.press("r")
        await keys.until("suggested")
        await _in_every_way(keys, "recovery")

    at(home.app(), flow, SIZES[1])


def test_the_panes_of_a_session(home: Recorded) -> None:
    async def flow(keys: Keys) -> None:
        await _session(keys)
        for key, pane in (
            ("1", "operations"),
            ("2", "graph"),
            ("3", "timeline"),
            ("4", "log"),
            ("6", "values"),
            ("7", "history"),
        ):
            await keys.press(key)
            await looks(keys.app, f"session-{pane}", DARK)

    at(home.app(), flow, SIZES[1])


async def _command(keys: Keys, text: str) -> None:
    await keys.until("asking")
    await keys.press("colon")
    await keys.type(text)
    await keys.press("enter")


@pytest.mark.parametrize("command", ["pipelines", "errors", "pools", "alerts", "run orders.yaml", "edit orders.yaml"])
def test_other_screens(home: Recorded, command: str) -> None:
    async def flow(keys: Keys) -> None:
        await _command(keys, command)
        await looks(keys.app, command.split()[0].replace("run", "pipeline"), DARK)

    at(home.app(), flow, SIZES[1])


def test_browsing_for_a_file(home: Recorded) -> None:
    async def flow(keys: Keys) -> None:
        await _command(keys, "load")
        await keys.until("◆ orders.yaml")
        await keys.press("j")
        await looks(keys.app, "load", DARK, without=os.getcwd())

    at(home.app(), flow, SIZES[1])


def test_the_form_of_a_run(home: Recorded) -> None:
    async def flow(keys: Keys) -> None:
        await _command(keys, "run orders.yaml")
        await keys.until("valid")
        await keys.press("x")
        await looks(keys.app, "form", DARK, LIGHT)

    at(home.app(), flow, SIZES[1])


def test_a_question(home: Recorded) -> None:
    async def flow(keys: Keys) -> None:
        await keys.until("asking")
        await keys.press("c")
        await keys.until("cancel 1 session")
        await looks(keys.app, "question", DARK, LIGHT)

    at(home.app(), flow, SIZES[0])


def test_the_palette(home: Recorded) -> None:
    async def flow(keys: Keys) -> None:
        await keys.until("asking")
        await keys.press("ctrl+p", "escape")  # the names are read meanwhile
        await keys.until(lambda: bool(keys.app.names.sessions))
        await keys.press("ctrl+p")
        await keys.type("rec")
        await looks(keys.app, "palette", DARK, LIGHT)

    at(home.app(), flow, SIZES[1])


def test_the_tour(home: Recorded) -> None:
    async def flow(keys: Keys) -> None:
        await _command(keys, "tour")
        await keys.until("1 of 8")
        await looks(keys.app, "tour", DARK, LIGHT)

    at(home.app(), flow, SIZES[1])


def test_the_settings(home: Recorded) -> None:
    async def flow(keys: Keys) -> None:
        await _command(keys, "settings")
        await keys.until("tui.toml")
        await looks(keys.app, "settings", DARK)

    at(home.app(), flow, (80, 12))


def test_the_help(home: Recorded) -> None:
    async def flow(keys: Keys) -> None:
        await keys.until("asking")
        await keys.press("question_mark")
        await looks(keys.app, "help", DARK)

    at(home.app(), flow, SIZES[1])
