"""Functions in a Python that is older than Bunsui's own: the runtime that they see runs there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from rig import Rig, cause

PROGRAM = """
import logging, sys
from bunsui import task

def f(event):
    print("printed")
    logging.info("logged")
    task.progress(1, 2)
    task.save({"row": 1})
    with task.output_file("x.txt") as file, open(file, "w") as out:
        out.write("data")
    return {"version": list(sys.version_info[:2]), "large": "x" * 9000, "file": file}

def broken(event):
    raise ValueError("broken")

def sees(event):
    try:
        import bunsui.model
    except ImportError as error:
        return {"name": error.name}
"""


def _pythons() -> list[str]:
    kept = sorted(Path(os.path.expanduser("~/.pyenv/versions")).glob("3.*/bin/python"))
    found = [shutil.which("python3.9"), shutil.which("python3.13"), *map(str, kept)]
    return [p for p in found if p and ("/3.9" in p or "/3.13" in p or "python3." in p) and _starts(p)]


def _starts(python: str) -> bool:
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not _pythons(), reason="no Python 3.9 or 3.13 on this machine")
@pytest.mark.parametrize("python", _pythons())
def test_functions_run_in_another_python(rig: Rig, tmp_path: Path, python: str) -> None:
    (tmp_path / "mine.py").write_text(PROGRAM)
    options: Any = {"code": str(tmp_path), "python": python}
    output: Any = rig.run("mine.f", **options).output
    assert output["version"][0] == 3
    assert output["large"]["bytes"] == 9002
    assert rig.messages() == ["printed", "logged"]
    assert cause(rig.run("mine.broken", **options))["errorMessage"] == "broken"
    assert rig.run("mine.sees", **options).output == {"name": "bunsui.model"}
