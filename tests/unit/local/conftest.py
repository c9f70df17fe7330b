"""The bench of the engine's tests, which are in several files."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from engine_bench import Bench

from bunsui.local.home import open_home


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(open_home(tmp_path / "home"))
