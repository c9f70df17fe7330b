"""While the backend cannot be reached: said why, tried again by itself and by `u`, nothing lost, never a traceback."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from textual.message_pump import MessagePump
from textual.widgets import Input

from bunsui.errors import BackendError
from bunsui.settings import Settings
from bunsui.tui.app import BunsuiApp
from bunsui.tui.asked import Asked
from bunsui.tui.home.screen import Home
from bunsui.tui.outage import Missed
from bunsui.tui.session.screen import SessionScreen
from bunsui.tui.widgets.banner import Banner
from bunsui.workspace import Workspace, open_workspace
from tui.pilot import Keys, Project, at


def _asked(name: str) -> Asked:
    return Asked(name, lambda workspace: None, MessagePump())


def test_what_is_missed_is_asked_for_again_together_and_with_the_last_one_it_is_over() -> None:
    missed, one, other = Missed(), _asked("sessions"), _asked("counts")
    missed.add(one, "the disk is full", "free some")
    missed.add(other, "the disk is full", "free some")

    assert missed.keeps(one)
    assert not missed.keeps(_asked("sessions"))  # another screen's
    assert missed.outage is not None
    assert missed.outage.reason == "the disk is full"
    assert missed.taken() == [one, other]
    assert missed.taken() == []
    assert missed.keeps(one)  # it is being tried
    missed.had(one)
    assert missed.outage is not None
    missed.had(other)
    assert missed.outage is None


def test_tries_come_ever_more_seldom_until_one_succeeds() -> None:
    missed, one = Missed(), _asked("sessions")

    def pause() -> int:
        missed.add(one, "away", "")
        missed.taken()
        assert missed.outage is not None
        return round(missed.outage.retry - time.monotonic())

    assert [pause() for _ in range(6)] == [2, 4, 8, 16, 30, 30]
    missed.had(one)
    assert pause() == 2


def test_a_home_that_is_taken_away_is_told_and_what_comes_back_is_shown(project: Project) -> None:
    home, away = project.settings.home, project.settings.home.with_suffix(".away")
    project.run("first")
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("first")
        home.rename(away)
        await keys.until("The backend cannot be reached: .*No such file")
        text = await keys.until("what is shown is [0-9]+s old")
        assert "first" in text
        away.rename(home)
        await keys.press("u")
        await keys.until(lambda: not app.screen.query_one(Banner).display)
        assert isinstance(app.screen, Home)

    at(app, flow)


def test_a_home_that_another_one_replaced_is_opened_anew(project: Project, tmp_path: Path) -> None:
    home = project.settings.home
    other = Settings(tmp_path / "other", "tester", 2)
    with open_workspace(other) as workspace:
        session = workspace.run(project.numbers, {}, name="elsewhere")
        workspace.sessions.wait(session.id, 60)
    project.run("first")
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("first")
        home.rename(home.with_suffix(".away"))
        shutil.move(other.home, home)
        await keys.until("COMPLETED +elsewhere")

    at(app, flow)


def test_a_session_is_watched_again_when_the_home_is_back(project: Project) -> None:
    home, away = project.settings.home, project.settings.home.with_suffix(".away")
    project.fail("down")
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("down")
        home.rename(away)
        await keys.until("cannot be reached")
        await keys.press("enter")
        await keys.until(lambda: isinstance(app.screen, SessionScreen))
        away.rename(home)
        await keys.press("u")
        await keys.until("the warehouse refused the connection")

    at(app, flow)


@pytest.mark.parametrize("broken", ["a file", "no database"])
def test_the_first_start_on_a_broken_home_says_what_is_wrong(tmp_path: Path, broken: str) -> None:
    home = tmp_path / "home"
    if broken == "a file":
        home.touch()
    else:
        home.mkdir()
        (home / "records.db").write_bytes(b"no database" * 500)
    settings = Settings(home, "tester", 2)
    app = BunsuiApp(lambda: open_workspace(settings, host_engine=False), home, {})

    async def flow(keys: Keys) -> None:
        wanted = r"is\s+a\s+file,\s+not\s+a\s+folder" if broken == "a file" else r"is\s+damaged"
        text = await keys.until(wanted)
        assert "nothing was read yet" in text

    at(app, flow)


def test_u_is_typed_into_a_line_as_ever_during_an_outage() -> None:
    def open_it() -> Workspace:
        raise BackendError("it is away", "wait")

    app = BunsuiApp(open_it, None, {})

    async def flow(keys: Keys) -> None:
        await keys.until("it is away")
        await keys.press("slash")
        await keys.type("u")
        await keys.until(lambda: any(one.value == "u" for one in app.screen.query(Input)))

    at(app, flow)
