"""`bunsui demo --tui` on a small year: the play from the failure to the report, and leaving it in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bunsui.demo import PIPELINE
from bunsui.demo.stage import FAULT, Stage
from bunsui.model.status import SessionStatus
from bunsui.settings import load
from bunsui.tui.demo.app import DemoApp
from bunsui.tui.demo.caption import Caption
from bunsui.workspace import Workspace, open_workspace
from tui.pilot import Keys, at

HELD = """
version: 1
name: held
params: {source: {type: object}}
operations:
  ask: {approval: {message: "wait"}}
"""


class Held(Stage):
    """A session that runs until somebody answers."""

    @property
    def pipeline(self) -> Path:
        return self.folder / "held.yaml"


@pytest.fixture
def workspace(home: Path) -> Iterator[Workspace]:
    with open_workspace(load()) as opened:
        yield opened


def app_of(stage: Stage, source: dict[str, object]) -> DemoApp:
    settings = load()
    return DemoApp(lambda: open_workspace(settings, host_engine=False), settings.home, stage, source, pace=0.02)  # type: ignore[arg-type]  # JSON


def test_the_copy_is_broken_and_mended_and_what_is_installed_stays(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "flights")
    stage.set_up()
    broken = stage.broken_file.read_text()
    stage.mend()
    installed = (PIPELINE.parent / "functions" / "weather.py").read_text()
    assert FAULT in broken
    assert stage.broken_file.read_text() == installed


def test_the_play_goes_from_the_failure_through_its_recovery_to_the_report(
    workspace: Workspace, year: Path, tmp_path: Path
) -> None:
    source = workspace.file("demo/files/year.tar.gz", lambda: Path(year).read_bytes())
    stage = Stage(tmp_path / "flights")
    stage.set_up()
    app = app_of(stage, source)
    shown: list[str] = []

    def says_last() -> bool:
        captions = [one for screen in app.screen_stack for one in screen.query(Caption)]
        shown.append(" ".join(captions[-1].lines) if captions else "")
        return "All is yours now" in shown[-1]

    async def flow(keys: Keys) -> None:
        await keys.until(says_last)
        await keys.until("COMPLETED")

    at(app, flow, (120, 40))
    whole = "\n".join(shown)
    assert "planted for you to see" in whole
    assert "These are the ways out" in whole
    assert "The report:" in whole
    (session,) = workspace.sessions.list().sessions
    assert (session.status, session.recoveries) == (SessionStatus.COMPLETED, 1)


@pytest.mark.parametrize(("key", "ends"), [("enter", SessionStatus.RUNNING), ("down", SessionStatus.CANCELLED)])
def test_whoever_leaves_chooses_whether_the_session_runs_on(
    workspace: Workspace, tmp_path: Path, key: str, ends: SessionStatus
) -> None:
    (tmp_path / "held.yaml").write_text(HELD)
    app = app_of(Held(tmp_path), {})

    async def flow(keys: Keys) -> None:
        await keys.until("ask +")
        await keys.press("q")
        await keys.until("still runs")
        await keys.press(*([key, "enter"] if key == "down" else [key]))
        await keys.until(lambda: app._exit)

    at(app, flow)
    (session,) = workspace.sessions.list().sessions
    assert workspace.sessions.get(session.id).status is ends
    if ends is SessionStatus.RUNNING:
        workspace.sessions.cancel(session.id)
