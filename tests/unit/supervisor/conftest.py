"""The fixture `rig`: a supervisor of this test's own. What it can do is in `rig.py` beside this file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from rig import Rig


@pytest.fixture
def rig(home: Path) -> Iterator[Rig]:
    rig = Rig(home)
    yield rig.start()
    rig.close()
