"""Questions and keys: what stands at the foot, what Enter does, ways from list to list."""

from __future__ import annotations

import pytest

from bunsui.model.status import SessionStatus
from bunsui.tui.help import Help
from bunsui.tui.home.screen import Home
from bunsui.tui.palette import Palette
from bunsui.tui.pipelines.form import RunForm
from bunsui.tui.prompt import Prompt
from bunsui.tui.session.screen import SessionScreen
from bunsui.tui.widgets.asking import Ask, Confirm, Pick
from tui.pilot import Keys, Project, at, foot

FEET = {  # how to get there, and what stands at the foot then
    "colon": (Prompt, "enter do it  tab complete  esc leave it"),
    "ctrl+p": (Palette, "enter do it  esc leave it"),
    "question_mark": (Help, "esc close"),
    "c": (Confirm, "y cancel  n leave it"),
    "s": (Pick, "enter choose  esc leave it"),
}


@pytest.mark.parametrize("key", FEET)
def test_while_something_stands_on_top_the_foot_shows_its_keys(project: Project, key: str) -> None:
    project.workspace.run(project.asking, {}, name="waits")
    shown, wanted = FEET[key]
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("waits")
        below = foot(app)
        await keys.press(key)
        await keys.until(lambda: isinstance(app.screen, shown) and foot(app) == wanted)
        await keys.press("escape")
        await keys.until(lambda: foot(app) == below)

    at(app, flow, (80, 24))
    project.workspace.sessions.cancel("waits")


def test_the_foot_of_a_form_names_only_what_makes_sense(project: Project) -> None:
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("No session yet")
        app.command("run numbers.yaml")
        await keys.until("valid")
        await keys.press("x")
        await keys.until(lambda: isinstance(app.screen, RunForm) and foot(app) == "enter run it  esc leave it")

    at(app, flow)


def test_enter_is_no_answer_to_what_cannot_be_undone(project: Project) -> None:
    project.workspace.run(project.asking, {}, name="waits")
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("waits")
        await keys.press("enter")
        await keys.until("Publish")
        await keys.press("c")
        await keys.until("cancel this session")
        await keys.press("enter", "enter")
        assert isinstance(app.screen, Confirm)
        await keys.until(lambda: any("y: cancel it" in one.message for one in app._notifications))
        await keys.press("n")
        await keys.until(lambda: isinstance(app.screen, SessionScreen))
        assert project.workspace.sessions.get("waits").status is SessionStatus.RUNNING
        await keys.press("c", "y")
        await keys.until("CANCELLED")

    at(app, flow)


def test_enter_takes_an_offer_by_which_nothing_is_lost(project: Project) -> None:
    app = project.app(first=True)

    async def flow(keys: Keys) -> None:
        await keys.until("Welcome")
        assert foot(app) == "enter show me  esc leave it"
        await keys.press("enter")
        await keys.until("Everything at a glance")

    at(app, flow)


def test_a_key_of_ones_own_stands_at_the_foot_of_a_question(project: Project) -> None:
    project.workspace.run(project.asking, {}, name="waits")
    (project.settings.home / "tui.toml").write_text('[keys]\n"confirm.yes" = "z"\n')
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("waits")
        await keys.press("c")
        await keys.until(lambda: isinstance(app.screen, Confirm) and "z cancel" in foot(app))
        await keys.press("z")
        await keys.until("CANCELLED")

    at(app, flow)


LISTS = {"p": "pipelines", "E": "errors of all sessions", "P": "pools and queues", "N": "alerts"}


def test_one_goes_from_any_list_to_any_other_and_esc_leads_back_to_the_sessions(project: Project) -> None:
    project.fail("down")
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("down")
        for first in LISTS:
            await keys.press(first)
            await keys.until(LISTS[first])
            assert f"{first} " not in foot(app).replace("up ", "")  # not to where one is
            for second in LISTS:
                await keys.press(second)
                await keys.until(LISTS[second])
                await keys.press(first)
                await keys.until(LISTS[first])
            await keys.press("escape")
            await keys.until(lambda: isinstance(app.screen, Home))
        await keys.press("E", "enter")
        await keys.until("refused the connection")
        await keys.press("N")
        await keys.until(LISTS["N"])
        await keys.press("escape")
        await keys.until(lambda: isinstance(app.screen, Home))

    at(app, flow, (140, 40))


def test_the_foot_says_what_enter_does_and_offers_no_way_to_where_one_is(project: Project) -> None:
    project.fail("down")
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("down")
        assert foot(app).startswith("enter open")
        await keys.press("e")
        await keys.until("refused the connection")
        assert "e errors" not in foot(app)
        await keys.press("4")
        await keys.until(lambda: "enter whole line" in foot(app))
        assert "l log" not in foot(app)
        await keys.press("1")
        await keys.until(lambda: "enter all of it" in foot(app))
        await keys.press("r")
        await keys.until(lambda: "enter take it" in foot(app))
        await keys.press("escape", "escape", "N")
        await keys.until(lambda: "enter read" in foot(app))
        await keys.press("t")
        await keys.until(lambda: isinstance(app.screen, Ask) and foot(app) == "enter go on  esc leave it")

    at(app, flow, (160, 40))
