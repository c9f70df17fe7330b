"""A project on a home of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bunsui.settings import load
from bunsui.workspace import open_workspace
from tui.pilot import ASKING, BROKEN, NUMBERS, STEPS, Project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    files = {"steps.py": STEPS, "numbers.yaml": NUMBERS, "asking.yaml": ASKING, "broken.yaml": BROKEN}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    settings = load()
    with open_workspace(settings) as workspace:
        yield Project(tmp_path, settings, workspace)
