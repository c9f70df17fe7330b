"""Work that takes long: it is shown, can be left, and nobody waits behind what nobody wants any more."""

from __future__ import annotations

import threading

import pytest

from bunsui.tui.home.screen import Home
from bunsui.tui.loader import Loader
from bunsui.tui.messages import Reached, Told
from bunsui.tui.settings.screen import SettingsScreen
from bunsui.tui.widgets.banner import Banner
from bunsui.workspace import Workspace
from tui.pilot import Keys, Project, at


@pytest.mark.parametrize("ask", [Loader.read, Loader.do])
def test_what_takes_over_a_second_is_shown_and_escape_leaves_it(project: Project, ask: object) -> None:
    app, go_on, heard = project.app(), threading.Event(), list[str]()

    def long(workspace: Workspace) -> Told:
        go_on.wait(60)
        return Reached()

    def short(workspace: Workspace) -> None:
        heard.append("short")

    async def flow(keys: Keys) -> None:
        await keys.until("No session yet")
        app.screen.on_reached = lambda told: heard.append("long")  # type: ignore[attr-defined]  # listens
        ask(app.loader, app.screen, "report", long)  # type: ignore[operator]  # read or do
        await keys.until("writing the report ... 1.*esc cancels")
        ask(app.loader, app.screen, "short", short)  # type: ignore[operator]  # read or do
        await keys.press("escape")
        await keys.until(lambda: heard == ["short"])
        await keys.until(lambda: not app.screen.query_one(Banner).display)
        go_on.set()
        await keys.until(lambda: app.loader.busy() is None)
        assert heard == ["short"]

    at(app, flow)


def test_what_a_closed_screen_asked_for_is_not_begun(project: Project) -> None:
    app, go_on, done = project.app(), threading.Event(), list[str]()

    def wait(workspace: Workspace) -> None:
        go_on.wait(60)

    def job(name: str) -> object:
        return lambda workspace: done.append(name)

    async def flow(keys: Keys) -> None:
        await keys.until("No session yet")
        home = app.screen
        app.command("settings")
        await keys.until(lambda: isinstance(app.screen, SettingsScreen))
        app.loader.read(home, "wait", wait)
        app.loader.read(app.screen, "closed", job("closed"))  # type: ignore[arg-type]  # returns None
        await keys.press("escape")
        await keys.until(lambda: isinstance(app.screen, Home))
        app.loader.read(app.screen, "open", job("open"))  # type: ignore[arg-type]  # returns None
        go_on.set()
        await keys.until(lambda: done == ["open"])

    at(app, flow)


def test_escape_leaves_the_rest_of_many_as_it_is(project: Project) -> None:
    for name in ("one", "two", "three"):
        project.workspace.run(project.asking, name=name)
    app, go_on = project.app(), threading.Event()

    def wait(workspace: Workspace) -> None:
        go_on.wait(60)

    async def flow(keys: Keys) -> None:
        await keys.until("(?s)three.*two.*one")
        await keys.press("A", "c")
        await keys.until("cancel 3 sessions")
        app.loader.do(app.screen_stack[1], "wait", wait)
        await keys.press("y")
        await keys.until("cancel: 0 of 3")
        await keys.press("escape")
        await keys.until(lambda: any("2 are left as they are" in one.message for one in app._notifications))
        go_on.set()
        await keys.until("CANCELLED +three")

    at(app, flow)
    assert [project.workspace.sessions.get(name).status for name in ("two", "one")] == ["RUNNING", "RUNNING"]
    for name in ("one", "two"):
        project.workspace.sessions.cancel(name)
