"""A project on a home of its own. What needs a tmux is left out where there is none (`make tmux` gets one)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bunsui.settings import load
from bunsui.workspace import open_workspace
from tui.pilot import ASKING, BROKEN, NUMBERS, STEPS, Project
from tui.tmux import TMUX

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if TMUX is not None:
        return
    without = [item for item in items if item.path == HERE / "test_in_tmux.py"]
    config.hook.pytest_deselected(items=without)
    items[:] = [item for item in items if item not in without]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    files = {"steps.py": STEPS, "numbers.yaml": NUMBERS, "asking.yaml": ASKING, "broken.yaml": BROKEN}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    settings = load()
    with open_workspace(settings) as workspace:
        yield Project(tmp_path, settings, workspace)
