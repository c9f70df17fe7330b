"""A copy of the demo's pipeline that can be broken and mended: what `bunsui demo --tui` plays on.

The pipeline that is installed stays as it is. What is shown of it is in `bunsui.tui.demo`.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from bunsui.demo import PIPELINE

_BEFORE = "def storms("
_AFTER = "    rows: list["
FAULT = '    raise LookupError("no reading for the storm of October 29")  # planted by bunsui demo --tui\n'


@dataclass(frozen=True, slots=True)
class Stage:
    folder: Path

    @property
    def pipeline(self) -> Path:
        return self.folder / PIPELINE.name

    @property
    def broken_file(self) -> Path:
        return self.folder / "functions" / "weather.py"

    def set_up(self) -> None:
        """A new copy, with a bug planted in one function: an operation in the middle of the graph fails."""
        left_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(
            PIPELINE.parent, self.folder, ignore=left_out, copy_function=shutil.copyfile, dirs_exist_ok=True
        )
        text = self.broken_file.read_text(encoding="utf-8")
        head, body = text.split(_BEFORE)
        self.broken_file.write_text(head + _BEFORE + body.replace(_AFTER, FAULT + _AFTER, 1), encoding="utf-8")

    def mend(self) -> None:
        text = self.broken_file.read_text(encoding="utf-8")
        self.broken_file.write_text(text.replace(FAULT, ""), encoding="utf-8")
