"""The home screen by its keys: filter, views, orders, the detail, and several sessions at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bunsui.model.status import SessionStatus
from bunsui.ports import Deletion, Record
from bunsui.services.records.sessions import SessionStore
from bunsui.tui.app import BunsuiApp
from bunsui.tui.home import known
from bunsui.tui.home.filter import Filter
from bunsui.tui.home.screen import Home
from bunsui.tui.home.table import SessionRows
from tui.pilot import Keys, Project, at

_S = SessionStatus


def rows(app: BunsuiApp) -> list[str]:
    return list(app.screen.query_one(SessionRows).keys)


class Gathered:
    """A table that only notes what is to be written."""

    def __init__(self) -> None:
        self.writes: list[Record | Deletion] = []

    def transact(self, writes: Sequence[Record | Deletion]) -> None:
        self.writes += writes


def stored(project: Project, count: int) -> None:
    """Sessions of long ago, as many as one likes."""
    gathered, like = Gathered(), project.workspace.sessions.get("@last")
    store = SessionStore(gathered)  # type: ignore[arg-type]  # as much of a table as it needs
    for number in range(count):
        at = f"2020-01-01T00:{number // 60:02}:{number % 60:02}Z"
        store.create(replace(like, id=f"old-{number:03}", created=at, started=at, ended=at, revision=0))
    for start in range(0, len(gathered.writes), 100):
        project.workspace.sessions._store.table.transact(gathered.writes[start : start + 100])


def test_tab_completes_a_key_and_then_its_value_and_the_list_narrows_meanwhile(project: Project) -> None:
    project.run("good")
    project.fail("bad")

    async def flow(keys: Keys) -> None:
        await keys.until("(?s)bad.*good")
        await keys.press("slash")
        await keys.type("sta")
        await keys.until("tab: status:")
        await keys.press("tab")
        await keys.until("cancelled")
        await keys.type("fa")
        await keys.press("tab")
        await keys.until(lambda: rows(keys.app) == ["bad"])
        assert keys.app.screen.query_one(Filter).value == "status:failed "
        await keys.type("owner:nobody")
        await keys.until("No such sessions")
        await keys.press("enter", "escape")
        await keys.until(lambda: rows(keys.app) == ["bad", "good"])

    at(project.app(), flow)


def test_a_pipeline_is_found_by_the_beginning_of_its_name_and_statuses_by_theirs(project: Project) -> None:
    project.run("good")
    project.workspace.run(project.asking, name="open")

    async def flow(keys: Keys) -> None:
        await keys.until("(?s)open.*good")
        await keys.press("slash")
        await keys.type("pipeline:num status:comp,fail")
        await keys.until(lambda: rows(keys.app) == ["good"])

    at(project.app(), flow)


def test_a_view_is_saved_chosen_by_its_number_kept_and_deleted(project: Project) -> None:
    project.run("good")
    project.fail("bad")

    async def flow(keys: Keys) -> None:
        await keys.until("(?s)bad.*good")
        await keys.press("2")
        await keys.until(lambda: rows(keys.app) == ["bad"])
        await keys.until("failed today")
        await keys.press("slash", "ctrl+u")
        await keys.type("good")
        await keys.press("enter", "v")
        await keys.until("failed today +status:failed,timed_out since:today")
        await keys.press("G", "enter")
        await keys.until("a name for this view")
        await keys.type("the good ones")
        await keys.press("enter")
        await keys.until("bunsui  the good ones")

    async def later(keys: Keys) -> None:
        await keys.until("(?s)bad.*good")
        await keys.press("6")
        await keys.until(lambda: rows(keys.app) == ["good"])
        await keys.until("bunsui  the good ones")
        await keys.press("v")
        await keys.until("6 the good ones")
        await keys.press("G", "enter")
        await keys.until("delete which")
        await keys.press("enter", "escape", "6")
        await keys.until(lambda: any("no view 6" in one.message for one in keys.app._notifications))

    at(project.app(), flow)
    at(project.app(), later)


def test_sessions_stand_in_the_order_that_was_chosen_and_turn_around(project: Project) -> None:
    project.run("beta")
    project.run("alpha")
    project.run("gamma")

    async def flow(keys: Keys) -> None:
        await keys.until(lambda: rows(keys.app) == ["gamma", "alpha", "beta"])
        await keys.press("s")
        await keys.until("▾ created")
        await keys.press("j", "j", "j", "j", "enter")
        await keys.until(lambda: rows(keys.app) == ["alpha", "beta", "gamma"])
        await keys.until("3 sessions by session")
        await keys.press("s")
        await keys.until("▴ session")
        await keys.press("j", "j", "j", "j", "enter")
        await keys.until(lambda: rows(keys.app) == ["gamma", "beta", "alpha"])

    at(project.app(), flow)


def test_an_order_reads_more_than_a_page_and_says_what_was_not_read(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "SORTED", 150)
    project.run("first")
    stored(project, 250)

    async def flow(keys: Keys) -> None:
        await keys.until("old-249")
        assert len(rows(keys.app)) == 100
        await keys.press("s")
        await keys.until("▾ created")
        await keys.press("enter")
        await keys.until(lambda: len(rows(keys.app)) == 200)
        await keys.until("200 sessions by created; only the newest are read")
        await keys.press("G")
        await keys.until(lambda: len(rows(keys.app)) == 251)
        await keys.until("251 sessions by created")
        assert rows(keys.app)[0] == "old-000"

    at(project.app(), flow)


def test_what_a_filter_takes_is_found_far_below_the_first_page(project: Project) -> None:
    project.run("first")
    stored(project, 300)
    like = project.workspace.sessions.get("old-000")
    project.workspace.sessions._store.save(replace(like, reason="the needle"))

    async def flow(keys: Keys) -> None:
        await keys.until("old-299")
        await keys.press("slash")
        await keys.type("needle")
        await keys.until(lambda: rows(keys.app) == ["old-000"])

    at(project.app(), flow)


def test_a_wide_terminal_shows_the_session_under_the_cursor_and_follows_it(project: Project) -> None:
    project.run("good")
    project.fail("bad")

    async def flow(keys: Keys) -> None:
        text = await keys.until("the warehouse refused the connection")
        assert "bunsui session recover bad" in text
        await keys.press("j")
        text = await keys.until("(?s)bunsui session logs good.*operations.* 3/3")
        assert "the warehouse refused" not in text
        await keys.press("d")
        await keys.until(lambda: not keys.app.screen.query_one("#detail").display)

    async def narrow(keys: Keys) -> None:
        await keys.until("good")
        assert not keys.app.screen.query_one("#detail").display
        await keys.press("d")
        await keys.until("bunsui session recover bad")

    at(project.app(), flow, (160, 40))
    at(project.app(), narrow, (100, 40))


def test_several_are_marked_and_recovered_after_one_preview(project: Project) -> None:
    project.run("good")
    project.fail("bad")
    project.fail("worse")

    async def flow(keys: Keys) -> None:
        await keys.until("(?s)worse.*bad.*good")
        await keys.press("A")
        await keys.until("3 marked")
        await keys.press("r")
        await keys.until("recover 3 sessions: how")
        await keys.press("enter")
        text = await keys.until("bunsui session recover bad --resume")
        assert "resume 2 sessions" in text
        assert "it is COMPLETED, so that there is nothing to resume\n    good" in text
        await keys.press("y")
        await keys.until(lambda: any("resume: 2 of 2 done" in one.message for one in keys.app._notifications))

    at(project.app(), flow, (120, 40))
    for id in ("bad", "worse"):
        project.workspace.sessions.wait(id, 60)
        session = project.workspace.sessions.get(id)
        assert (session.status, session.recoveries) == (_S.COMPLETED, 1)
    assert project.workspace.sessions.get("good").recoveries == 0


def test_marked_sessions_are_cancelled_together_and_others_go_on(project: Project) -> None:
    for name in ("one", "two", "three"):
        project.workspace.run(project.asking, name=name)

    async def flow(keys: Keys) -> None:
        await keys.until("3 ask a person")
        await keys.press("space", "space")
        await keys.until("2 marked")
        await keys.press("c")
        text = await keys.until("cancel 2 sessions")
        assert "bunsui session cancel three --yes" in text
        await keys.press("y")
        await keys.until("(?s)CANCELLED +three.*CANCELLED +two.*RUNNING +one")

    at(project.app(), flow)
    assert project.workspace.sessions.get("one").status is _S.RUNNING


def test_a_question_is_seen_in_the_list_in_the_head_and_answered_from_there(project: Project) -> None:
    project.workspace.run(project.asking, name="mine")

    async def flow(keys: Keys) -> None:
        await keys.until(r"\? asks: Pu")
        await keys.until("1 asks a person")
        await keys.press("a")
        await keys.until("a answers ask")
        assert "answer" in shown_at_the_foot(keys)
        assert "run again" not in shown_at_the_foot(keys)
        await keys.press("c", "y")
        await keys.until("CANCELLED")
        assert "run again" in shown_at_the_foot(keys)
        assert not {"answer", "cancel"} & shown_at_the_foot(keys)

    at(project.app(), flow)


def shown_at_the_foot(keys: Keys) -> set[str]:
    return {one.binding.description for one in keys.app.screen.active_bindings.values() if one.binding.show}


def test_a_session_that_is_not_there_is_said_and_left(project: Project) -> None:
    async def flow(keys: Keys) -> None:
        await keys.until("No session yet")
        await keys.type(":session nope")
        await keys.press("enter")
        await keys.until(lambda: any("nope" in one.message for one in keys.app._notifications))
        await keys.until(lambda: isinstance(keys.app.screen, Home))

    at(project.app(), flow)


def test_durations_stand_beside_a_bar_against_the_usual(project: Project) -> None:
    for number in range(3):
        project.run(f"run-{number}")

    async def flow(keys: Keys) -> None:
        await keys.until("run-2.*[┼┿]")

    at(project.app(), flow, (120, 30))
