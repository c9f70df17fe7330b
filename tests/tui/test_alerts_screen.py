"""Alerts by the keys: how far each got and why not, the whole message, a test of an address."""

from __future__ import annotations

from pathlib import Path

from bunsui.tui.home.screen import Home
from bunsui.tui.session.screen import SessionScreen
from tui.pilot import NUMBERS, Keys, Project, at

TOLD = NUMBERS + 'notify: {on_failure: [{secret: "env:NO_SUCH_ADDRESS"}, console]}\n'


def test_an_alert_shows_where_it_went_what_it_said_and_why_it_did_not_arrive(project: Project) -> None:
    Path(project.numbers).write_text(TOLD)
    project.fail("down")

    async def flow(keys: Keys) -> None:
        await keys.until("down")
        await keys.press("N")
        await keys.until("sent +failure +console")
        text = await keys.until("failure +env:NO_SUCH_ADDRESS")
        assert "numbers failed: total" in text
        await keys.press(*("j" if text.index("console") < text.index("env:") else ""), "enter")
        text = await keys.until("(?s)how far .*NO_SUCH_ADDRESS is not set")
        assert "the warehouse refused the connection" in text
        await keys.press("o")
        await keys.until(lambda: isinstance(keys.app.screen, SessionScreen))
        await keys.press("escape", "escape", "escape")
        await keys.until(lambda: isinstance(keys.app.screen, Home))

    at(project.app(), flow, (102, 40))


def test_an_address_is_tried_and_what_it_answered_is_told(project: Project) -> None:
    async def flow(keys: Keys) -> None:
        await keys.press("N")
        await keys.until("No alerts so far")
        await keys.press("t")
        await keys.until("bunsui alert test TARGET")
        await keys.type("env:NO_SUCH_ADDRESS")
        await keys.press("enter")
        await keys.until(lambda: any("NO_SUCH_ADDRESS" in one.message for one in keys.app._notifications))
        await keys.press("t")
        await keys.until("bunsui alert test TARGET")
        await keys.press("enter")
        await keys.until(lambda: any("✔ console" in one.message for one in keys.app._notifications))

    at(project.app(), flow)
