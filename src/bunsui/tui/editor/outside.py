"""The editor of the user's own choice, in the terminal that the app gives up meanwhile. No shell is involved."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping

from bunsui.text.language import _
from bunsui.tui.pipelines.addresses import whole

_USUAL = "vi"


def command(environ: Mapping[str, str], path: str) -> list[str]:
    """From $VISUAL, else $EDITOR. Raises ValueError when it cannot be split into words."""
    chosen = environ.get("VISUAL") or environ.get("EDITOR") or _USUAL
    return [*(shlex.split(chosen) or [_USUAL]), path]


def run(words: list[str]) -> str:
    """Until it ends; why it did not begin, or not end well, as a sentence."""
    try:
        code = subprocess.run(words, check=False).returncode  # noqa: S603 - what the user chose, as words
    except OSError as error:
        return f"{words[0]}: {error.strerror or error}"
    return _("{program} ended with code {code}").format(program=words[0], code=code) if code else ""


def edited(path: str) -> str:
    """The file in that editor: why it was not, or an empty text."""
    try:
        words = command(os.environ, whole(path))
    except ValueError as error:
        return f"$EDITOR: {error}"
    return run(words)
