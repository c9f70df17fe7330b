"""The tour: offered once, to who has run nothing yet; it points at what is really there, and leaves all as it was."""

from __future__ import annotations

from bunsui.tui.home.screen import Home
from bunsui.tui.state import State
from bunsui.tui.tour.card import Card
from bunsui.tui.tour.steps import STEPS
from bunsui.tui.widgets.asking import Confirm
from bunsui.tui.widgets.sheet import Rows
from tui.pilot import Keys, Project, at


def test_it_is_offered_on_the_first_start_and_never_again_by_itself(project: Project) -> None:
    app = project.app(first=True)

    async def first(keys: Keys) -> None:
        await keys.until(lambda: isinstance(app.screen, Confirm))
        await keys.press("n")
        await keys.until(lambda: isinstance(app.screen, Home))

    at(app, first)
    assert State(project.settings.home).get("tour") == "offered"
    again = project.app(first=True)

    async def second(keys: Keys) -> None:
        await keys.until("No session yet")
        await keys.until(lambda: again.known is not None)
        assert isinstance(again.screen, Home)

    at(again, second)


def test_it_is_not_offered_where_something_ran(project: Project) -> None:
    project.run("first")
    app = project.app(first=True)

    async def flow(keys: Keys) -> None:
        await keys.until(lambda: app.known is not None)
        assert isinstance(app.screen, Home)

    at(app, flow)


def test_every_step_points_at_something_that_is_there(project: Project) -> None:
    app = project.app(first=True)

    async def flow(keys: Keys) -> None:
        await keys.until(lambda: isinstance(app.screen, Confirm))
        await keys.press("y")
        for number, step in enumerate(STEPS, 1):
            await keys.until(f"{step.title}.*{number} of {len(STEPS)}")
            assert len(app.screen.query(".toured")) == 1, step.title
            await keys.press("enter")
        await keys.until(lambda: not app.screen.query(Card))
        assert isinstance(app.screen, Home)
        assert not app.screen.query(".toured")
        await keys.until(lambda: app.screen.query_one(Rows).has_focus)

    at(app, flow)


def test_one_goes_back_in_it_and_leaves_it_anywhere(project: Project) -> None:
    project.run("first")
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("first")
        app.command("tour")
        await keys.until("1 of 8")
        await keys.press("enter", "enter", "enter", "enter")
        await keys.until("5 of 8")
        await keys.press("left")
        await keys.until("4 of 8")
        assert isinstance(app.screen, Home)
        await keys.press("enter")
        await keys.until("5 of 8")
        await keys.press("escape")
        await keys.until(lambda: isinstance(app.screen, Home) and not app.screen.query(Card))
        await keys.press("enter")
        await keys.until(lambda: not isinstance(app.screen, Home))

    at(app, flow, (40, 20))
