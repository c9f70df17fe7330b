"""Failures over all sessions by the keys: their kinds, one kind with its evidence, the sessions that failed so."""

from __future__ import annotations

from bunsui.tui.errors.group import GroupScreen
from bunsui.tui.errors.screen import ErrorsScreen
from bunsui.tui.home.screen import Home
from bunsui.tui.recover.screen import RecoverScreen
from bunsui.tui.session.screen import SessionScreen
from tui.pilot import Keys, Project, at


def test_a_kind_of_failure_leads_to_its_evidence_and_on_to_each_session(project: Project) -> None:
    project.fail("down")
    project.fail("worse")

    async def flow(keys: Keys) -> None:
        await keys.until("(?s)worse.*down")
        await keys.press("E")
        text = await keys.until("2 +[0-9:]+ +transient")
        assert "not yet" in text
        await keys.press("enter")
        await keys.until(lambda: isinstance(keys.app.screen, GroupScreen))
        text = await keys.until("(?s)worse +✘ FAILED.*down +✘ FAILED")
        assert "the warehouse refused the connection" in text
        assert "may pass by itself" in text
        await keys.press("j", "enter")
        await keys.until(lambda: isinstance(keys.app.screen, SessionScreen) and keys.app.screen.session == "down")
        await keys.press("escape", "escape", "escape")
        await keys.until(lambda: isinstance(keys.app.screen, Home))

    at(project.app(), flow)


def test_that_a_later_run_completed_is_shown_when_it_did(project: Project) -> None:
    project.fail("down")

    async def flow(keys: Keys) -> None:
        await keys.press("colon")
        await keys.type("errors")
        await keys.press("enter")
        await keys.until("✘ not yet")
        project.run("good")
        await keys.until("✔ succeeded")
        assert isinstance(keys.app.screen, ErrorsScreen)
        await keys.press("r")
        await keys.until(lambda: isinstance(keys.app.screen, RecoverScreen))

    at(project.app(), flow)


def test_a_wide_terminal_shows_the_kind_beside_the_list_with_its_command(project: Project) -> None:
    async def flow(keys: Keys) -> None:
        await keys.press("E")
        await keys.until("No session has failed so far")
        project.fail("down")
        await keys.until("bunsui session errors --fingerprint [0-9a-f]+")

    at(project.app(), flow, (160, 40))


def test_the_evidence_of_a_kind_is_told_in_the_language_in_use(project: Project) -> None:
    project.fail("down")

    async def flow(keys: Keys) -> None:
        await keys.until("down")
        await keys.press("E", "enter")
        text = await keys.until("種類 +transient, 自然に解消する可能性あり")
        assert "may pass" not in text

    at(project.app(language="ja_JP.UTF-8"), flow)
