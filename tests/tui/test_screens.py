"""What holds on every screen: escapes of users, sizes, themes, help, many sessions, many lines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bunsui.tui.app import BunsuiApp
from bunsui.tui.commands import COMMANDS
from bunsui.tui.home.screen import Home
from bunsui.tui.session.log import LogPane
from bunsui.tui.widgets.sheet import Page, Rows
from tui.pilot import Keys, Project, at


def test_what_tasks_print_neither_steers_the_terminal_nor_is_read_as_markup(project: Project) -> None:
    project.run("first")

    async def flow(keys: Keys) -> None:
        await keys.until("first")
        await keys.press("l")
        text = await keys.until("fetching")
        assert r"fetching [bold]all[/bold] \e[31mred 3" in text
        assert "\x1b" not in text

    at(project.app(), flow)


@pytest.mark.parametrize(
    ("size", "theme"),
    [((80, 24), "bunsui"), ((120, 40), "bunsui-light"), ((200, 60), "bunsui"), ((24, 8), "bunsui-light")],
)
def test_screens_stand_at_every_size_in_light_and_dark(project: Project, size: tuple[int, int], theme: str) -> None:
    project.fail("down")
    app = project.app()

    async def flow(keys: Keys) -> None:
        app.theme = theme
        await keys.until("down")
        await keys.press("enter")
        await keys.until("down")
        for pane in "237":
            await keys.press(pane)
        await keys.resize(size[0] + 40, size[1])
        await keys.press("r")
        await keys.until("resume")

    at(app, flow, size)


def test_the_log_is_searched_filtered_and_paused(project: Project) -> None:
    project.run("first")
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("first")
        await keys.press("l")
        await keys.until("fetching")
        await keys.press("slash")
        await keys.type("ended")
        await keys.press("enter")
        assert "fetching" in await keys.until("finding ended")
        await keys.press("escape", "ampersand")
        await keys.type("ended")
        await keys.press("enter")
        assert "fetching" not in await keys.until("only with ended")
        log = app.screen.query_one(LogPane)
        assert "following" not in await keys.until("■ ended")
        await keys.press("f")
        await keys.until(lambda: log.view.following)
        await keys.press("f")
        await keys.until(lambda: not log.view.following)
        await keys.press("escape")
        await keys.until("fetching")

    at(app, flow)


def test_the_help_lists_the_keys_of_the_screen_and_every_command(project: Project) -> None:
    async def flow(keys: Keys) -> None:
        await keys.press("question_mark")
        text = await keys.until("commands, after :")
        assert "filter" in text
        whole = "\n".join(keys.app.screen.query_one(Page).lines)
        assert all(one.name in whole for one in COMMANDS)
        await keys.press("escape")
        await keys.until(lambda: isinstance(keys.app.screen, Home))

    at(project.app(), flow, (100, 50))


def test_a_command_that_does_not_exist_is_told_and_nothing_is_done(project: Project) -> None:
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.press("colon")
        await keys.type("frobnicate")
        await keys.press("enter")
        await keys.until(lambda: isinstance(app.screen, Home) and len(app._notifications) == 1)

    at(app, flow)


def test_what_could_not_be_had_is_told_and_the_screen_stays(project: Project) -> None:
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.press("colon")
        await keys.type("session nobody")
        await keys.press("enter")
        await keys.until(lambda: any("nobody" in one.message for one in app._notifications))

    at(app, flow)


def test_many_sessions_are_read_a_page_at_a_time(project: Project) -> None:
    store = project.workspace.sessions._store
    like = project.workspace.sessions.get(project.run("first"))
    for number in range(250):
        created = f"2020-01-01T00:{number // 60:02}:{number % 60:02}Z"
        store.create(replace(like, id=f"old-{number:03}", created=created, revision=0))

    async def flow(keys: Keys) -> None:
        await keys.until("old-249")
        rows = keys.app.screen.query_one(Rows)
        assert len(rows.keys) == 100
        await keys.press("G")
        await keys.until(lambda: len(rows.keys) == 200)
        await keys.until("old-151")
        await keys.press("G")
        await keys.until(lambda: len(rows.keys) == 251)
        assert rows.cursor >= 199

    at(project.app(), flow)


def test_q_closes_the_app(project: Project) -> None:
    app: BunsuiApp = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("No session yet")
        await keys.press("q")

    at(app, flow)
    assert app.return_code == 0
