"""How this program is to be typed, for what a person will copy: as little as the PATH allows. Knows no arguments."""

from __future__ import annotations

import os
import shlex
import shutil
import sys

_NAME = "bunsui"


def program() -> str:
    """``bunsui`` where the PATH finds it, else the script that runs: ``.venv/bin/bunsui``."""
    script = sys.argv[0]
    if os.path.basename(script) != _NAME or shutil.which(_NAME):
        return _NAME
    return shlex.quote(min(os.path.relpath(script), os.path.abspath(script), key=len))
