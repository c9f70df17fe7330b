"""The floors, as processes see them: what an import really loads. `.importlinter` reads the source instead."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import bunsui

ROOT = Path(bunsui.__file__).parent

# From low to high; the same order as in .importlinter.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("task",),
    ("model",),
    ("errors", "settings", "patterns"),
    ("expressions", "ports"),
    ("definition", "analysis", "asl", "graph"),
    ("compiler", "report"),
    ("services", "aws", "local", "channels"),
    ("backend", "early", "text"),
    ("offline",),
    ("workspace",),
    ("demo",),
    ("cli", "tui", "server", "controller"),
)
HEIGHT = {name: height for height, names in enumerate(FLOORS) for name in names}
BUILT = [name for name in HEIGHT if (ROOT / name).is_dir() or (ROOT / f"{name}.py").is_file()]

_PROGRAM = """
import importlib, json, sys
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps(sorted(sys.modules)))
"""


def loaded_by(*modules: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-I", "-c", _PROGRAM, json.dumps(modules)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def modules_of(floor: str) -> list[str]:
    """All modules of a floor, but for those that are programs (`__main__`) or data of the demo."""
    name = f"bunsui.{floor}"
    if not (ROOT / floor).is_dir():
        return [name]
    found = [info.name for info in pkgutil.walk_packages([str(ROOT / floor)], f"{name}.")]
    return [name, *(module for module in found if not module.endswith(".__main__"))]


@pytest.mark.parametrize("floor", BUILT)
def test_a_floor_loads_only_lower_floors(floor: str) -> None:
    ours = {m.split(".")[1] for m in loaded_by(*modules_of(floor)) if m.startswith("bunsui.")} - {floor}
    assert {name for name in ours if HEIGHT[name] >= HEIGHT[floor]} == set()


def test_every_package_has_a_floor() -> None:
    there = {p.stem for p in ROOT.iterdir() if p.suffix == ".py" or p.is_dir()} - {
        "__init__",
        "__main__",
        "__pycache__",
    }
    assert there <= set(HEIGHT)


def test_the_task_runtime_needs_nothing_but_the_standard_library() -> None:
    loaded = loaded_by(*modules_of("task"))
    ours = {m for m in loaded if m.split(".")[0] == "bunsui"}
    assert {m for m in ours if m != "bunsui" and not m.startswith("bunsui.task")} == set()
    assert {m.split(".")[0] for m in loaded - ours} - set(sys.stdlib_module_names) - {"__main__"} <= _ALWAYS


# What a bare `python -I` of this installation loads by itself (path entries of editable installs).
_ALWAYS = {m.split(".")[0] for m in loaded_by()} - set(sys.stdlib_module_names)


@pytest.mark.skipif("cli" not in BUILT or not (ROOT / "cli" / "main.py").exists(), reason="no command line yet")
def test_the_command_line_starts_without_what_only_some_commands_need() -> None:
    libraries = {"boto3", "textual", "rich", "ruamel", "jlens", "sqlite3", "orjson", "asyncio"}
    heavy = {*libraries, "bunsui.services", "bunsui.local"}
    loaded = loaded_by("bunsui.cli.main")
    assert {name for name in heavy if name in loaded} == set()


def test_services_know_no_backend() -> None:
    loaded = loaded_by(*modules_of("services"))
    assert {m for m in loaded if m.startswith(("bunsui.local", "bunsui.aws", "sqlite3", "boto"))} == set()


def test_apprise_is_loaded_by_nothing_until_an_alert_is_sent() -> None:
    loaded = loaded_by(*(m for floor in BUILT for m in modules_of(floor)))
    assert {m for m in loaded if m.split(".")[0] in {"apprise", "requests"}} == set()


def test_boto_is_loaded_by_nothing_until_aws_is_asked() -> None:
    loaded = loaded_by(*(m for floor in BUILT for m in modules_of(floor)))
    assert {m for m in loaded if m.split(".")[0] in {"boto3", "botocore"}} == set()
