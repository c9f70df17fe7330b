"""A tmux server of a test's own, with shells in it: what people run bunsui in."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

TMUX = shutil.which("tmux")
_SIZE = (110, 34)


class Tmux:
    """`at` is the folder of its socket: a short path."""

    def __init__(self, at: Path) -> None:
        at.mkdir(parents=True, exist_ok=True)
        outer = {key: value for key, value in os.environ.items() if key not in ("TMUX", "COLUMNS", "LINES", "NO_COLOR")}
        self._environ = {**outer, "TMUX_TMPDIR": str(at), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}

    def call(self, *arguments: str) -> str:
        command = [TMUX or "tmux", "-L", "bunsui", "-f", os.devnull, *arguments]
        return subprocess.run(command, env=self._environ, capture_output=True, text=True, check=True).stdout

    def shell(self, name: str, folder: Path, environ: Mapping[str, str]) -> Pane:
        columns, rows = _SIZE
        given = [part for key, value in environ.items() for part in ("-e", f"{key}={value}")]
        place = ["-d", "-s", name, "-c", str(folder), "-x", str(columns), "-y", str(rows)]
        self.call("new-session", *place, *given, "env PS1='$ ' sh")
        pane = Pane(self, name)
        pane.until(r"\$")
        return pane

    def close(self) -> None:
        subprocess.run(
            [TMUX or "tmux", "-L", "bunsui", "kill-server"], env=self._environ, capture_output=True, check=False
        )


class Pane:
    def __init__(self, tmux: Tmux, name: str) -> None:
        self._tmux, self.name = tmux, name

    @property
    def text(self) -> str:
        return self._tmux.call("capture-pane", "-p", "-t", self.name)

    @property
    def process(self) -> int:
        """What runs in the shell."""
        shell = int(self._tmux.call("list-panes", "-t", self.name, "-F", "#{pane_pid}"))
        return int(Path(f"/proc/{shell}/task/{shell}/children").read_text().split()[0])

    def press(self, *keys: str) -> None:
        """By tmux's names: Enter, Escape."""
        self._tmux.call("send-keys", "-t", self.name, *keys)

    def type(self, text: str) -> None:
        self._tmux.call("send-keys", "-t", self.name, "-l", text)

    def bunsui(self, *arguments: str) -> None:
        self.type(" ".join(["clear;", sys.executable, "-m", "bunsui", *arguments]))
        self.press("Enter")

    def until(self, wanted: str | Callable[[str], bool], within: float = 30) -> str:
        deadline = time.monotonic() + within
        while True:
            shown = self.text
            if re.search(wanted, shown) if isinstance(wanted, str) else wanted(shown):
                return shown
            assert time.monotonic() < deadline, f"{wanted!r} was not shown:\n{shown}"
            time.sleep(0.1)
