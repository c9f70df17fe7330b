"""A resume begins with little, however much had completed, and nothing of it is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bunsui.model.json import Json
from bunsui.services.views import Action, Ask
from bunsui.settings import load
from bunsui.workspace import Workspace, open_workspace

CODE = """
import pathlib

def grow(got=0, fail=False):
    if fail and not pathlib.Path("mended").exists():
        raise ValueError("not yet")
    return {f"k{i}": "x" * 6000 for i in range(5)} | {"got": got}
"""
LENGTH = 12


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    lines = ["version: 1", "name: chain", "operations:", '  s0: {python: {call: "code_of:grow"}}']
    for i in range(1, LENGTH):
        fail = ", fail: true" if i == LENGTH - 1 else ""
        reads = f'with: {{got: "{{% $count($keys($s{i - 1})) %}}"{fail}}}'
        lines.append(f'  s{i}: {{needs: [s{i - 1}], python: {{call: "code_of:grow"}}, {reads}}}')
    (tmp_path / "code_of.py").write_text(CODE)
    path = tmp_path / "chain.yaml"
    path.write_text("\n".join(lines))
    return path


def given(workspace: Workspace, number: int) -> Json:
    return workspace.sessions.history("mine", number).events[0].details["input"]


def outputs(workspace: Workspace) -> dict[str, Json]:
    return {one.name: one.output for one in workspace.sessions.status("mine").operations}


def test_of_a_long_chain_with_large_outputs_a_resume_is_handed_one(chain: Path) -> None:
    with open_workspace(load()) as workspace:
        workspace.run(str(chain), name="mine")
        workspace.sessions.wait("mine", 60)
        before = outputs(workspace)
        (chain.parent / "mended").touch()
        workspace.sessions.resume("mine")
        assert workspace.sessions.wait("mine", 60).status == "COMPLETED"
        assert 30_000 < len(json.dumps(given(workspace, 2))) < 40_000
        assert {name: output for name, output in outputs(workspace).items() if before[name]} == {
            name: output for name, output in before.items() if output
        }
        workspace.sessions.recover(workspace.sessions.plan_way("mine", Action.RERUN, Ask(("s4",))))
        assert workspace.sessions.wait("mine", 60).status == "COMPLETED"
        assert outputs(workspace)["s4"] == before["s4"]  # it read what the second execution had not been handed
