"""The program on a terminal: what is redrawn in place, coloured and asked."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

_PIPELINE = """
version: 1
name: hello
operations:
  first:
    python: {call: "steps:work", code: .}
  second:
    needs: [first]
    python: {call: "steps:work", code: .}
outputs: {text: "{% $second.text %}"}
"""
_STEPS = """
import time
from bunsui import task


def work():
    task.progress(1, 2, "half way")
    time.sleep(0.6)
    return {"text": "done"}
"""


class OnTerminal:
    """A run of the program with a terminal of its own, 80 by 24."""

    def __init__(self, *arguments: str) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environ = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bunsui", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**environ, "TERM": "xterm-256color"},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self.seen = ""

    def until(self, pattern: str, within: float = 30) -> str:
        deadline = time.monotonic() + within
        while not re.search(pattern, self.seen):
            if time.monotonic() > deadline or not self._read():
                raise AssertionError(f"{pattern!r} was not shown: {self.seen!r}")
        return self.seen

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def end(self) -> int:
        while self._read():
            pass
        os.close(self.master)
        return self.process.wait(timeout=30)

    def _read(self) -> bool:
        ready, _, _ = select.select([self.master], [], [], 30)
        try:
            chunk = os.read(self.master, 65536) if ready else b""
        except OSError:  # the other side is closed
            return False
        self.seen += chunk.decode(errors="replace")
        return bool(chunk)


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hello.yaml").write_text(_PIPELINE)
    (tmp_path / "steps.py").write_text(_STEPS)
    monkeypatch.chdir(tmp_path)


def test_a_run_is_redrawn_in_place_and_ends_with_its_outcome():
    run = OnTerminal("run", "hello.yaml", "--name", "first")

    code = run.end()

    assert code == 0
    assert "\x1b[4A" in run.seen  # four lines up: heading, two operations, count
    assert "half way" in run.seen
    assert "\x1b[32mSUCCEEDED\x1b[0m" in run.seen
    assert "\x1b[32;1m✔ COMPLETED\x1b[0m  first in" in run.seen


def test_ctrl_c_leaves_it_running_and_says_how_to_come_back():
    run = OnTerminal("run", "hello.yaml", "--name", "first")
    run.until("RUNNING")
    run.type("\x03")

    code = run.end()

    assert code == 130
    assert "bunsui session watch first" in run.seen
    assert "Ctrl-C again within 3 seconds cancels it." in run.seen
    assert OnTerminal("session", "watch", "first").end() == 0


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 5), ("\n", 5)])
def test_a_restart_is_asked_about(answer, code):
    assert OnTerminal("run", "hello.yaml", "--name", "first").end() == 0
    restart = OnTerminal("session", "restart", "first")
    restart.until(re.escape("Run 2 operations again? [y/N]"))
    restart.type(answer)

    assert restart.end() == code


_ASKING = """
version: 1
name: asking
operations:
  ask: {approval: {message: "Publish it?"}}
"""


@pytest.mark.parametrize(("answer", "code"), [("n\n", 5), ("y\n", 0)])
def test_an_approval_is_shown_and_asked_about(tmp_path: Path, answer: str, code: int) -> None:
    (tmp_path / "asking.yaml").write_text(_ASKING)
    assert OnTerminal("run", "asking.yaml", "--detach", "--name", "mine").end() == 0
    approve = OnTerminal("session", "approve", "mine")
    approve.until(r"Publish it\?[\s\S]*Approve it, so that the session goes on\? \[y/N\]")
    approve.type(answer)

    assert approve.end() == code
    assert OnTerminal("session", "cancel", "mine", "--yes").end() in (0, 5)


_BROKEN = """
version: 1
name: broken
operations:
  load: {python: {call: "steps:refuse", code: .}}
  publish: {needs: [load], python: {call: "steps:work", code: .}}
"""


def test_a_slip_while_choosing_a_way_out_is_explained_and_asked_again(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(_BROKEN)
    (tmp_path / "steps.py").write_text(_STEPS + "\n\ndef refuse():\n    raise ValueError('no')\n")
    assert OnTerminal("run", "broken.yaml", "--name", "mine").end() == 1
    recover = OnTerminal("session", "recover", "mine")
    for question, answer in (
        (r"Which way\?", "skp"),
        (r"Did you mean 'skip'\?[\s\S]*Which way\?", "skip"),
        (r"OP, one of", "laod"),
        (r"no operation 'laod'\. Did you mean 'load'\?[\s\S]*OP, one of", "load"),
        (r"output of load", "{rows}"),
        (r"is not JSON[\s\S]*output of load", "[1]"),
        (r"must be an object[\s\S]*output of load", '{"rows": 1}'),
        (r"Do it\? \[y/N\]", "y"),
    ):
        recover.until(question)
        recover.seen = ""
        recover.type(answer + "\n")

    assert recover.end() == 0
    assert "COMPLETED" in recover.seen


def test_what_must_not_run_twice_is_asked_about_before_a_resume(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(_BROKEN.replace("code: .}}\n", "code: .}, idempotent: false}\n", 1))
    (tmp_path / "steps.py").write_text(_STEPS + "\n\ndef refuse():\n    raise ValueError('no')\n")
    assert OnTerminal("run", "broken.yaml", "--name", "mine").end() == 1
    for command in (("session", "resume", "mine"), ("session", "recover", "mine", "--resume")):
        resume = OnTerminal(*command)
        resume.until(r"load is not idempotent[\s\S]*\[y/N\]")
        resume.type("\n")

        assert resume.end() == 5


def test_who_ends_the_input_while_choosing_leaves_it(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(_BROKEN)
    (tmp_path / "steps.py").write_text(_STEPS + "\n\ndef refuse():\n    raise ValueError('no')\n")
    assert OnTerminal("run", "broken.yaml", "--name", "mine").end() == 1
    for answers in ((), ("skip",), ("skip", "load")):
        recover = OnTerminal("session", "recover", "mine")
        recover.until(r"Which way\?")
        for answer, next in zip(answers, (r"OP, one of", r"output of load"), strict=False):
            recover.type(answer + "\n")
            recover.until(next)
        recover.type("\x04")

        assert recover.end() == 0
        assert "Do it?" not in recover.seen
