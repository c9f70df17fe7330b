"""The whole life of pipelines, from nothing to nothing: one program, on every backend."""

from __future__ import annotations

from pathlib import Path

from e2e.stages import Laptop
from e2e.whole_life import Life, whole_life


def test_a_whole_life_on_this_machine(tmp_path: Path, home: Path) -> None:
    whole_life(Life(tmp_path, Laptop(home)))
