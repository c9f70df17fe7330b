"""A project of a user: a pipeline, its code, and a home of its own beside them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from bunsui.settings import Settings
from bunsui.workspace import Workspace, open_workspace

WORK = """
import pathlib, time
HERE = pathlib.Path(__file__).parent

def ran(name):
    with open(HERE / "ran.txt", "a") as file:
        file.write(name + "\\n")

def extract(n):
    ran("extract")
    print("extracting", n)
    return {"rows": list(range(n))}

def double(x):
    ran(f"double {x}")
    if (HERE / f"bad-{x}").exists():
        raise ValueError(f"row {x} is bad")
    return {"twice": 2 * x}

def total(items):
    ran("total")
    return {"sum": sum(item["twice"] for item in items)}

def clean():
    ran("clean")
    return {}

def flaky(times):
    ran("flaky")
    print("trying")
    if (HERE / "ran.txt").read_text().count("flaky") < times:
        raise ConnectionError("not yet")
    return {"tries": times}

def slow(seconds):
    ran("slow")
    time.sleep(seconds)
    return {}
"""

NUMBERS = """
version: 1
name: numbers
params:
  n: {type: integer, default: 3, maximum: 10}
operations:
  extract:
    python: {call: "work:extract"}
    with: {n: "{% $params.n %}"}
  double:
    needs: [extract]
    for_each: "{% $extract.rows %}"
    python: {call: "work:double"}
    with: {x: "{% $item %}"}
  total:
    needs: [double]
    python: {call: "work:total"}
    with: {items: "{% $double.items %}"}
  clean:
    needs: [total]
    run_if: all_done
    python: {call: "work:clean"}
outputs: {sum: "{% $total.sum %}"}
"""


class Project:
    """A folder with a pipeline and its code, and a home beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings(folder / "home", "ada", 4)
        self.write("work.py", WORK)
        self.write("numbers.yaml", NUMBERS)

    def write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return str(path)

    def pipeline(self, operations: str, name: str = "some", more: str = "") -> str:
        text = f"version: 1\nname: {name}\n{more}operations:\n{textwrap.indent(textwrap.dedent(operations), '  ')}"
        return self.write(f"{name}.yaml", text)

    @property
    def numbers(self) -> str:
        return str(self.folder / "numbers.yaml")

    def ran(self) -> list[str]:
        path = self.folder / "ran.txt"
        return path.read_text().split("\n")[:-1] if path.exists() else []


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def workspace(project: Project) -> Iterator[Workspace]:
    with open_workspace(project.settings) as opened:
        yield opened
