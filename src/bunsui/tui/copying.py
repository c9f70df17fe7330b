"""Copying with one key: to the terminal's clipboard (OSC 52), which is that of the machine one sits at, also over ssh.

What can be copied is said by each screen: `View.copyable`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from threading import Thread
from typing import Any

from textual.app import App

_TMUX = ("load-buffer", "-w", "-")  # -w: to the clipboard of the terminal outside, too
_SECONDS = 5


def copy(app: App[Any], text: str) -> None:
    """tmux keeps what programs in it say to the clipboard for itself, unless it is told; so it is told."""
    app.copy_to_clipboard(text)
    tmux = shutil.which("tmux") if os.environ.get("TMUX") else None
    if tmux:
        Thread(target=_hand, args=(tmux, text), daemon=True).start()


def _hand(tmux: str, text: str) -> None:
    with suppress(OSError, subprocess.SubprocessError):
        given = text.encode(errors="replace")
        subprocess.run([tmux, *_TMUX], input=given, check=False, capture_output=True, timeout=_SECONDS)  # noqa: S603
