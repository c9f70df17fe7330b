"""The full-screen interface as a program of its own in a pseudo terminal, and where there is none."""

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

from tui.pilot import Project


def test_bare_bunsui_opens_it_on_a_terminal_and_q_gives_the_terminal_back(project: Project) -> None:
    project.run("first")
    terminal, running = _opened()
    shown = _until(terminal, r"COMPLETED[\s\S]*first")
    os.write(terminal, b"q")
    shown += _until(terminal, r"\x1b\[\?1049l")

    assert "\x1b[?1049h" in shown  # a screen of its own
    assert running.wait(timeout=30) == 0
    os.close(terminal)


def test_it_ends_with_a_terminal_that_tells_nobody_of_its_end(project: Project) -> None:
    project.run("first")
    terminal, running = _opened()  # it is not controlled by it, so that no signal comes
    _until(terminal, r"COMPLETED[\s\S]*first")
    os.close(terminal)
    assert running.wait(timeout=30) == 128 + signal.SIGHUP


def test_without_a_terminal_it_says_so_and_bare_bunsui_shows_its_help() -> None:
    asked = _run("tui")
    bare = _run()

    assert (asked.returncode, bare.returncode) == (2, 2)
    assert "needs a terminal" in asked.stderr
    assert "Usage: bunsui COMMAND" in bare.stderr


def _opened() -> tuple[int, subprocess.Popen[bytes]]:
    """Our end of a terminal of 80 by 24, and the program in it."""
    terminal, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environ = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS", "LINES")}
    running = subprocess.Popen(
        [sys.executable, "-m", "bunsui"],
        stdin=other,
        stdout=other,
        stderr=other,
        env={**environ, "TERM": "xterm-256color"},
        start_new_session=True,
    )
    os.close(other)
    return terminal, running


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bunsui", *arguments]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


def _until(terminal: int, pattern: str, within: float = 30) -> str:
    seen, deadline = "", time.monotonic() + within
    while not re.search(pattern, seen):
        ready, _, _ = select.select([terminal], [], [], 1)
        assert time.monotonic() < deadline, seen
        if ready:
            seen += os.read(terminal, 65536).decode(errors="replace")
    return seen
