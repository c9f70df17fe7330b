"""What fails in a way that does not pass is warned of, and not suggested again once it was tried in vain."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bunsui.model.status import SessionStatus
from bunsui.services.sessions.campaign import Campaign, Selection
from bunsui.services.views import Action
from bunsui.settings import load
from bunsui.workspace import Workspace, open_workspace

STEPS = """
def fetch():
    return {"n": 1}


def total():
    return {}["sum"]
"""
PIPELINE = """
version: 1
name: numbers
operations:
  fetch: {python: {call: "steps:fetch"}}
  total: {needs: [fetch], python: {call: "steps:total"}}
"""


def _failed_twice(workspace: Workspace) -> str:
    session = workspace.run("numbers.yaml", name="down")
    workspace.sessions.wait(session.id, 60)
    assert workspace.sessions.recovery_plan("down").suggested is Action.RESUME
    workspace.sessions.resume("down")
    workspace.sessions.wait("down", 60)
    return session.id


def test_a_second_resume_is_suggested_only_after_something_was_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "steps.py").write_text(STEPS)
    (tmp_path / "numbers.yaml").write_text(PIPELINE)
    monkeypatch.chdir(tmp_path)
    with open_workspace(load()) as workspace:
        _failed_twice(workspace)
        plan = workspace.sessions.recovery_plan("down")
        text = "resume was tried, and total failed in the same way: mend what is wrong first"
        assert plan.suggested is None
        assert {way.action for way in plan.ways if text in way.warnings} >= {Action.RESUME, Action.RESTART}
        assert plan.way(Action.RESUME).possible

        (tmp_path / "steps.py").write_text(STEPS.replace('{}["sum"]', '{"sum": 1}'))
        plan = workspace.sessions.recovery_plan("down")
        assert plan.suggested is Action.RESUME
        assert not any(text in way.warnings for way in plan.ways)
        workspace.sessions.resume("down")
        workspace.sessions.wait("down", 60)
        assert workspace.sessions.get("down").status == "COMPLETED"


def test_a_way_that_runs_into_the_same_again_is_warned_of_one_by_one_and_for_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "steps.py").write_text(STEPS)
    (tmp_path / "numbers.yaml").write_text(PIPELINE)
    monkeypatch.chdir(tmp_path)
    text = "what failed does not pass by itself: total (code)"
    with open_workspace(load()) as workspace:
        workspace.run("numbers.yaml", name="down")
        workspace.sessions.wait("down", 60)
        selection = Selection(SessionStatus.FAILED)
        campaign = Campaign(workspace.sessions, selection, Action.RESUME, time.sleep, dry_run=True)
        assert [(one.what, one.why) for one in campaign.steps()] == [("planned", text)]
        assert text in workspace.sessions.plan_way("down", Action.RESTART).warnings

        (tmp_path / "steps.py").write_text(STEPS.replace('{}["sum"]', '{"sum": 1}'))
        assert [(one.what, one.why) for one in campaign.steps()] == [("planned", "")]
