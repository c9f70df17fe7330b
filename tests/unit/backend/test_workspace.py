"""A workspace opens what it needs when it needs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bunsui.errors import NotFound
from bunsui.settings import Settings
from bunsui.workspace import open_workspace

TEXT = 'version: 1\nname: some\noperations:\n  a: {python: {call: "m:a"}}\n'


def test_checking_a_file_makes_no_home(tmp_path: Path) -> None:
    (tmp_path / "some.yaml").write_text(TEXT)
    with open_workspace(Settings(tmp_path / "home", "ada", 2)) as workspace:
        assert workspace.pipelines.load_config(str(tmp_path / "some.yaml")).problems == ()
        assert workspace.pipelines.preview(str(tmp_path / "some.yaml")).forecast.transitions > 0
    assert not (tmp_path / "home").exists()


def test_looking_for_what_is_not_there_starts_no_engine(tmp_path: Path) -> None:
    with open_workspace(Settings(tmp_path / "home", "ada", 2)) as workspace:
        assert workspace.sessions.list().sessions == ()
        with pytest.raises(NotFound):
            workspace.sessions.get("@last")
        assert workspace.engine_process() is None


def test_listing_sessions_loads_neither_definition_nor_compiler(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from bunsui.settings import Settings;"
        "from bunsui.workspace import open_workspace\n"
        "with open_workspace(Settings(Path(sys.argv[1]), 'ada', 2)) as w: w.sessions.list()\n"
        "print([m for m in sys.modules if m.startswith(('bunsui.definition', 'bunsui.compiler'))])"
    )
    arguments = [sys.executable, "-c", program, str(tmp_path / "home")]
    assert subprocess.run(arguments, capture_output=True, text=True, check=True).stdout == "[]\n"
