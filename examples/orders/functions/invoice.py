"""A program: its input is a JSON file, its output another, and what it prints is its log."""

import json
import os
from pathlib import Path

given = json.loads(Path(os.environ["BUNSUI_INPUT"]).read_text(encoding="utf-8"))
lines = [f"Invoice {given['number']}", f"{given['pieces']} pieces: {given['amount']:.2f}"]
print("\n".join(lines))
Path(os.environ["BUNSUI_OUTPUT"]).write_text(json.dumps({"lines": lines}), encoding="utf-8")
