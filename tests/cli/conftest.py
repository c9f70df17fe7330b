"""Folders and homes for the tests that run the program."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.program import write_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def _lived_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """A home in which three sessions ended: one, two (completed) and broken (failed). For tests that only look."""
    folder = tmp_path_factory.mktemp("project")
    write_project(folder)
    home = Path(tempfile.mkdtemp(prefix="bns"))  # short: it holds sockets
    environ = {**os.environ, "BUNSUI_HOME": str(home), "BUNSUI_OWNER": "tester"}
    for name, file, code in (("one", "hello", 0), ("two", "hello", 0), ("broken", "failing", 1)):
        command = [sys.executable, "-m", "bunsui", "run", f"{file}.yaml", "--name", name]
        assert subprocess.run(command, cwd=folder, env=environ, capture_output=True, check=False).returncode == code
    yield folder, home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def lived_in(_lived_in: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    folder, home = _lived_in
    monkeypatch.chdir(folder)
    monkeypatch.setenv("BUNSUI_HOME", str(home))
    return home
