"""What the program prints, byte for byte: `tests/golden/cli`. To renew it: BUNSUI_GOLDEN=write pytest tests/cli."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bunsui.cli import help as texts
from bunsui.cli import main

_WRITE = os.environ.get("BUNSUI_GOLDEN") == "write"
_FOLDER = Path(__file__).parents[1] / "golden" / "cli"
_CASES = {
    "validate-broken": ["validate", "broken.yaml"],
    "validate-broken-json": ["validate", "broken.yaml", "small.yaml", "--output", "json"],
    "validate-hostile": ["validate", "hostile.yaml"],
    "validate-several": ["validate", "small.yaml", "nope.yaml", "flights.yaml"],
    "plan-flights": ["plan", "flights.yaml"],
    "plan-flights-120": ["plan", "flights.yaml", "--width", "120"],
    "plan-flights-ascii": ["plan", "flights.yaml", "--ascii"],
    "plan-small-json": ["plan", "small.yaml", "--output", "json"],
    "plan-small": ["plan", "small.yaml"],
    "plan-broken": ["plan", "broken.yaml"],
    "plan-raw": ["plan", "raw.yaml"],
    "plan-wide": ["plan", "wide.yaml"],
    "compile-small": ["compile", "small.yaml"],
}
_HELPS = [
    ["--help"],
    ["session", "--help"],
    ["pipeline", "--help"],
    *([name, "--help"] for name, entry in texts.ROOT.items() if entry.where and name not in ("demo", "engine")),
    *(["session", name, "--help"] for name in texts.SESSION),
    *(["pipeline", name, "--help"] for name in texts.PIPELINE),
    ["pool", "--help"],
    *(["pool", name, "--help"] for name in texts.POOL),
    ["context", "--help"],
    *(["context", name, "--help"] for name in texts.CONTEXT),
    ["alert", "--help"],
    *(["alert", name, "--help"] for name in texts.ALERT),
]


def printed(arguments: list[str]) -> str:
    """Standard output, error and exit code of a run in 80 columns."""
    environ = {**os.environ, "COLUMNS": "80", "LINES": "24", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "bunsui", *arguments]
    ran = subprocess.run(command, cwd=_FOLDER, env=environ, capture_output=True, timeout=60, check=False)
    said = f"--- stderr\n{ran.stderr.decode()}" if ran.stderr else ""
    return f"$ bunsui {' '.join(arguments)}\n{ran.stdout.decode()}{said}--- exit {ran.returncode}\n"


def compare(name: str, text: str) -> None:
    path = _FOLDER / f"{name}.txt"
    if _WRITE:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", _CASES)
def test_output_is_as_recorded(name):
    compare(name, printed(_CASES[name]))


def test_help_is_as_recorded(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    texts_of_all = []
    for arguments in _HELPS:
        assert main.run(arguments) == 0
        texts_of_all.append(f"$ bunsui {' '.join(arguments)}\n{capsys.readouterr().out}")

    compare("help", "\n".join(texts_of_all))
