"""What holds for every file of the source: names, length, docstrings, and the task runtime's old Python."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SOURCE = REPOSITORY / "src" / "bunsui"
FILES = sorted(SOURCE.rglob("*.py"))
ALL = [*FILES, *sorted((REPOSITORY / "tests").rglob("*.py")), *sorted((REPOSITORY / "bench").rglob("*.py"))]


def _name(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def test_no_file_is_a_drawer_for_everything() -> None:
    vague = ("utils", "util", "helpers", "helper", "common", "misc")
    assert [
        _name(path) for path in ALL if path.stem in vague or "utils" in path.stem or path.parent.name in vague
    ] == []


def test_no_file_is_longer_than_450_lines() -> None:
    assert [_name(path) for path in ALL if len(path.read_text(encoding="utf-8").splitlines()) > 450] == []


def test_every_module_says_what_lives_there() -> None:
    assert [_name(path) for path in ALL if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))] == []


def test_no_import_hides_behind_type_checking() -> None:
    assert [_name(path) for path in FILES if "TYPE_CHECKING" in path.read_text(encoding="utf-8")] == []


def test_no_test_replaces_what_it_tests() -> None:
    mocked = [p for p in ALL if "unittest" + ".mock" in p.read_text(encoding="utf-8")]
    assert [_name(path) for path in mocked] == []


TASK = [path for path in FILES if path.is_relative_to(SOURCE / "task")]


@pytest.mark.parametrize("path", TASK, ids=_name)
def test_the_task_runtime_is_written_in_python_3_9(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))


def _python39() -> str | None:
    """One that starts: a shim of that name may not."""
    kept = sorted(Path(os.path.expanduser("~/.pyenv/versions")).glob("3.9.*/bin/python"))
    for candidate in [shutil.which("python3.9"), *map(str, kept)]:
        if candidate and subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return candidate
    return None


@pytest.mark.skipif(_python39() is None, reason="no Python 3.9 on this machine")
def test_the_task_runtime_imports_in_a_real_python_3_9(tmp_path: Path) -> None:
    (tmp_path / "bunsui").mkdir()
    shutil.copytree(SOURCE / "task", tmp_path / "bunsui" / "task", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(SOURCE / "__init__.py", tmp_path / "bunsui")
    stems = [path.relative_to(SOURCE).with_suffix("") for path in TASK if path.stem[0] != "_"]
    names = [".".join(["bunsui", *stem.parts]) for stem in stems]
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import bunsui.task, {', '.join(names) or 'bunsui'}"
    done = subprocess.run([str(_python39()), "-I", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
