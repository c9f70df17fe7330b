"""The whole life of pipelines, from nothing to nothing: one program, on every backend."""

from __future__ import annotations

from pathlib import Path

from e2e.stages import Cloud, Laptop
from e2e.whole_life import Life, whole_life
from ministack.server import MiniStack


def test_a_whole_life_on_this_machine(tmp_path: Path, home: Path) -> None:
    whole_life(Life(tmp_path, Laptop(home)))


def test_a_whole_life_on_aws(tmp_path: Path, home: Path, ministack: MiniStack) -> None:
    whole_life(Life(tmp_path, Cloud(ministack, home)))
