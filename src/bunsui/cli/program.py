"""How this program is to be typed, for what a person will copy: as little as the PATH allows, in the same context."""

from __future__ import annotations

import os
import re
import sys

from bunsui.cli.settings import told

_NAME = "bunsui"
_COMMAND = re.compile(r"\bbunsui (?=(?:run|session|pipeline|pool|alert|env|doctor|plan|tui)\b)")


def program() -> str:
    """``bunsui`` where the PATH finds it, else the script that runs: ``.venv/bin/bunsui``."""
    return " ".join([_script(), *_context()])


def typed(text: str) -> str:
    """The same with the context in every command of it that was named for this one."""
    context = _context()
    if not context or _NAME not in text or "--context" in text:
        return text
    return _COMMAND.sub(lambda _: " ".join([_NAME, *context, ""]), text)


def _script() -> str:
    import shlex
    import shutil  # every command loads this module, few need these

    script = sys.argv[0]
    if os.path.basename(script) != _NAME or shutil.which(_NAME):
        return _NAME
    return shlex.quote(min(os.path.relpath(script), os.path.abspath(script), key=len))


def _context() -> list[str]:
    given = {name: value for name, value in told().items() if value}
    if not given:
        return []
    from shlex import quote

    return [word for name, value in given.items() for word in (f"--{name}", quote(value))]
