"""Tests here share the modules beside them: a scenario, and an engine as a process."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
