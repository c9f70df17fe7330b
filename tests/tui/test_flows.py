"""The flows of the diagrams in the full-screen interface, by their keys, on a real home with the real engine."""

from __future__ import annotations

from bunsui.model.status import SessionStatus
from bunsui.tui.home.screen import Home
from bunsui.tui.recover.screen import RecoverScreen
from bunsui.tui.session.screen import SessionScreen
from tui.pilot import Keys, Project, at

_S = SessionStatus


def test_home_shows_sessions_newest_first_with_status_and_counts(project: Project) -> None:
    project.run("older")
    project.fail("newer")

    async def flow(keys: Keys) -> None:
        text = await keys.until("(?s)newer.*older")
        assert "✘ FAILED" in text
        assert "✔ COMPLETED" in text
        await keys.until("1 failed")

    at(project.app(), flow)


def test_a_session_that_starts_elsewhere_appears_by_itself(project: Project) -> None:
    async def flow(keys: Keys) -> None:
        await keys.until("No session yet")
        project.run("first")
        await keys.until("COMPLETED +first")

    at(project.app(), flow)


def test_the_filter_takes_what_is_typed_and_escape_shows_all_again(project: Project) -> None:
    project.run("good")
    project.fail("bad")

    async def flow(keys: Keys) -> None:
        await keys.until("good")
        await keys.press("slash")
        await keys.type("status:failed bad")
        await keys.press("enter")
        assert "good" not in await keys.until("1 session")
        await keys.press("escape")
        await keys.until("good")

    at(project.app(), flow)


def test_a_failed_session_opens_at_its_failure_and_every_pane_shows_it(project: Project) -> None:
    project.fail("down")

    async def flow(keys: Keys) -> None:
        await keys.until("down")
        await keys.press("enter")
        text = await keys.until("ConnectionError")
        assert "the warehouse refused the connection" in text
        await keys.press("2")
        await keys.until("┌.*\n.*✔ fetch")
        await keys.press("3")
        await keys.until("fetch +◆ ▇")
        await keys.press("4")
        await keys.until("fetching")
        await keys.press("6")
        await keys.until("inputs")
        await keys.press("7")
        await keys.until("total +try 1 failed: ConnectionError")
        await keys.press("m")
        await keys.until("ExecutionStarted")
        await keys.press("1")
        await keys.until("total +FAILED")
        await keys.press("escape")
        await keys.until(lambda: isinstance(keys.app.screen, Home))

    at(project.app(), flow)


def test_a_recovery_is_planned_chosen_confirmed_and_watched(project: Project) -> None:
    project.fail("down")

    async def flow(keys: Keys) -> None:
        await keys.until("down")
        await keys.press("r")
        text = await keys.until("suggested")
        assert "resume" in text
        assert "keep what completed" in text
        await keys.press("enter")
        assert "fetch, twice" in await keys.until("bunsui session recover down --resume")
        await keys.press("y")
        await keys.until(lambda: isinstance(keys.app.screen, SessionScreen))
        await keys.until("COMPLETED")

    at(project.app(), flow)
    session = project.workspace.sessions.get("down")
    assert (session.status, session.recoveries, len(session.executions)) == (_S.COMPLETED, 1, 2)


def test_a_recovery_from_elsewhere_is_seen_and_the_log_is_whole_and_once(project: Project) -> None:
    project.fail("down")

    async def flow(keys: Keys) -> None:
        await keys.until("down")
        await keys.press("l")
        await keys.until("fetching")
        project.workspace.sessions.resume("down")
        await keys.until("COMPLETED")
        text = await keys.until("ended COMPLETED")
        assert (text.count("fetching"), text.count("ended FAILED")) == (1, 1)
        await keys.press("escape")
        await keys.press("l")
        await keys.until("(?s)fetching.*ended COMPLETED")

    at(project.app(), flow)


def test_a_way_that_needs_an_operation_asks_which(project: Project) -> None:
    project.fail("down")

    async def flow(keys: Keys) -> None:
        await keys.until("down")
        await keys.press("r")
        await keys.until("suggested")
        screen = keys.app.screen
        assert isinstance(screen, RecoverScreen)
        while "rerun" not in (screen.marked or ""):
            await keys.press("j")
        await keys.press("enter")
        await keys.until("which operation")
        await keys.press("enter")
        await keys.until("session recover down --rerun")
        await keys.press("n")
        await keys.until(lambda: keys.app.screen is screen)

    at(project.app(), flow)
    assert project.workspace.sessions.get("down").recoveries == 0


def test_an_approval_is_shown_as_written_and_answered(project: Project) -> None:
    session = project.workspace.run(project.asking, name="mine")

    async def flow(keys: Keys) -> None:
        await keys.until(r"asks: Pu")
        await keys.press("enter")
        assert "Publish [red]it[/red]?" in await keys.until("a answers")
        await keys.press("a")
        await keys.until("approve: the session goes on")
        await keys.press("enter")
        await keys.until("a comment")
        await keys.press("enter")
        await keys.until("COMPLETED")

    at(project.app(), flow)
    assert project.workspace.sessions.get(session.id).status is _S.COMPLETED


def test_a_cancel_says_what_it_stops_before_it_does(project: Project) -> None:
    session = project.workspace.run(project.asking, name="mine")

    async def flow(keys: Keys) -> None:
        await keys.until("mine")
        await keys.press("enter")
        await keys.until("a answers")
        await keys.press("c")
        await keys.until("stops +ask")
        await keys.press("n", "c")
        await keys.until("stops +ask")
        await keys.press("y")
        await keys.until("CANCELLED")

    at(project.app(), flow)
    assert project.workspace.sessions.get(session.id).status is _S.CANCELLED


def test_a_report_is_written_and_its_address_shown(project: Project) -> None:
    project.run("first")

    async def flow(keys: Keys) -> None:
        await keys.until("first")
        await keys.press("enter")
        await keys.until("COMPLETED")
        await keys.press("R")
        await keys.until(r"reports/first/.*\.html")

    at(project.app(), flow)


def test_two_people_see_each_others_sessions_live(project: Project) -> None:
    other = project.app()

    async def second(keys: Keys) -> None:
        await keys.until("COMPLETED +mine")

    async def first(keys: Keys) -> None:
        async with other.run_test(size=(100, 30)) as pilot:
            project.run("mine")
            await keys.until("COMPLETED +mine")
            await second(Keys(other, pilot))

    at(project.app(), first)
