"""What the README shows is what the program printed: its five minutes are run, line for line, in a new project."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"
BLOCKS = re.findall(r"```console\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
# What differs from one run to the next: sessions, times of the day, how long it took.
CHANGING = (
    (re.compile(r"-\d{8}-[a-z2-7]{6}"), "-ID"),
    (re.compile(r"\d\d:\d\d:\d\d(\.\d+)?"), "TIME"),
    (re.compile(r"\d+(\.\d+)?s\b"), "Ns"),
    (re.compile(r" +"), " "),
)


def still(line: str) -> str:
    for pattern, name in CHANGING:
        line = pattern.sub(name, line)
    return line.strip()


def steps(block: str) -> list[tuple[str, list[str]]]:
    """Commands, each with the lines that are shown below it."""
    found: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif line.strip():
            found[-1][1].append(line)
    return found


def missing(shown: list[str], printed: str) -> list[str]:
    """Lines that were not printed, or not in this order."""
    lines = iter([still(line) for line in printed.splitlines()])
    return [line for line in shown if still(line) not in lines]


@pytest.mark.usefixtures("home")
def test_the_tour_is_what_the_program_prints(tmp_path: Path) -> None:
    folder = tmp_path
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONIOENCODING": "utf-8",
    }
    for command, shown in [step for block in BLOCKS for step in steps(block) if "demo" not in step[0]]:
        if command.startswith("cd "):
            folder = folder / command[3:]
            continue
        done = subprocess.run(
            ["sh", "-c", command + " 2>&1"], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert missing(shown, done.stdout) == [], f"{command}\n{done.stdout}"


def test_the_demo_in_the_tour_is_one_of_ours() -> None:
    """The demo needs its data; what it prints is tested in test_demo_run. Here: its words have not changed."""
    source = (README.parent / "src" / "bunsui" / "cli" / "crash.py").read_text(encoding="utf-8")
    for words in (
        "the engine is dead",
        "brings an engine back",
        "what really ran",
        "nothing was lost, nothing ran twice",
    ):
        assert words in source
        assert words in README.read_text(encoding="utf-8")
