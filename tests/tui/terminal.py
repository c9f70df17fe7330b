"""A real terminal as a program sees one: a pty, and what its bytes make of the cells of a screen (read with pyte).

The keys of tests that need no terminal are in `pilot`.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyte

BUNSUI = (sys.executable, "-m", "bunsui")
_NOT_HANDED_ON = ("NO_COLOR", "COLUMNS", "LINES", "TMUX", "TERM_PROGRAM")


class Cells(pyte.Screen):  # type: ignore[misc]  # it brings no types
    def __init__(self, columns: int, rows: int) -> None:
        self.wraps = 0  # characters that did not fit into their line
        super().__init__(columns, rows)

    def draw(self, data: str) -> None:
        for character in data:
            self.wraps += self.cursor.x >= self.columns and not unicodedata.combining(character)
            super().draw(character)

    def report_device_status(self, mode: int, **_: Any) -> None:
        """Nobody answers, as in a terminal that does not know the question."""


class Terminal:
    """A program in a terminal of its own. `raw` is every byte that it wrote."""

    def __init__(
        self,
        command: Sequence[str] = BUNSUI,
        size: tuple[int, int] = (100, 30),
        environ: Mapping[str, str] | None = None,
        *,
        keep: bool = True,
    ) -> None:
        columns, rows = size
        self.cells = Cells(columns, rows)
        self._stream = pyte.ByteStream(self.cells)
        self._keep = keep
        self.environ = dict(environ or {})
        self.raw = bytearray()
        self.read_at = 0.0  # when the bytes were had that are shown last
        self.began = time.perf_counter()
        self._ours, other = pty.openpty()
        _sized(other, columns, rows)
        ours = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
        handed = {**os.environ, **ours, **self.environ}
        self.process = subprocess.Popen(
            command, stdin=other, stdout=other, stderr=other, start_new_session=True,
            env={key: value for key, value in handed.items() if key not in _NOT_HANDED_ON},
        )  # fmt: skip
        os.close(other)

    @property
    def rows(self) -> list[str]:
        return [line.rstrip() for line in self.cells.display]

    @property
    def text(self) -> str:
        return "\n".join(self.rows)

    def press(self, keys: str) -> None:
        """Keys as bytes: an arrow is an escape sequence."""
        os.write(self._ours, keys.encode())

    def read(self, seconds: float) -> bool:
        """What comes within that time, at once when something comes. False: nothing came."""
        ready, _, _ = select.select([self._ours], [], [], seconds)
        if not ready:
            return False
        try:
            some = os.read(self._ours, 1 << 20)
        except OSError:  # the program has gone
            return False
        self.read_at = time.perf_counter()
        if self._keep:
            self.raw += some
        self._stream.feed(some)
        return bool(some)

    def until(self, wanted: str | Callable[[], bool], within: float = 30) -> str:
        """Until the pattern is seen, or the condition holds; what the screen shows then."""
        deadline = time.monotonic() + within
        while not (re.search(wanted, self.text) if isinstance(wanted, str) else wanted()):
            assert time.monotonic() < deadline, f"{wanted!r} was not shown:\n{self.text}"
            self.read(0.1)
        return self.text

    def settle(self, quiet: float = 0.3) -> str:
        """Until nothing has come for so long, and a moment more at most."""
        deadline = time.monotonic() + 20 * quiet
        while self.read(quiet) and time.monotonic() < deadline:
            pass
        return self.text

    def resize(self, columns: int, rows: int) -> None:
        self.cells.resize(rows, columns)
        _sized(self._ours, columns, rows)
        os.killpg(self.process.pid, signal.SIGWINCH)

    def ended(self, within: float = 30) -> int:
        """Its exit code, with all that it still wrote."""
        deadline = time.monotonic() + within
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.text
            self.read(0.1)
        while self.read(0):
            pass
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _sized(terminal: int, columns: int, rows: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
