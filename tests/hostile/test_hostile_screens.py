"""What tasks, files and people wrote, on every screen of a real terminal: it steers nothing, nothing leaves its place,
and what would be hidden is spelt out.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bunsui.model.visible import DANGEROUS
from bunsui.settings import load
from bunsui.workspace import open_workspace
from tui.terminal import Terminal

SIZE = (100, 32)
EVIL = (
    "\x1b[2J\x1b[9;9Hcsi \x1b]0;mine\x07\x1b]52;c;aGk=\x07\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\ \x1bPq#0\x1b\\ "
    "\x9b2J\x9d0;c1\x9c \u202ebidi\u2066 zero\u200bwidth\u200d\ufeff z" + "\u0301" * 60 + " [bold red]markup[/] "
    "👩\u200d👩\u200d👧 🇯🇵 👍🏽 ❤\ufe0f 日本語 한글 か\u3099 \r\b\a\x7f fake\tend"
)
SPELT = (
    r"\e[2J",
    r"\e]0;mine\x07",
    r"\e]52;c;",
    r"\x9b2J",
    r"\u202ebidi\u2066",
    r"zero\u200bwidth",
    "[bold red]markup[/]",
)
CODE = f"""
import os
from bunsui import task

EVIL = {EVIL!r}

def say():
    print("evil", EVIL)
    os.write(1, b"bytes \\xff\\xfe\\x00\\x9b2J \\xed\\xa0\\x80 end\\n")
    print("long", "x" * 1_000_000, flush=True)
    task.progress(1, 2, EVIL)
    return {{"evil": EVIL, EVIL: [EVIL, {{"deep": EVIL}}], "many": ["\\u65e5" * 300]}}

def fail():
    raise RuntimeError("evil " + EVIL + "y" * 100_000)
"""
PIPELINE = {
    "version": 1,
    "name": "evil",
    "description": EVIL,
    "params": {"note": {"type": "string", "default": EVIL, "description": EVIL}},
    "operations": {
        "say": {"python": {"call": "evil:say"}, "description": EVIL},
        "fail": {"needs": ["say"], "python": {"call": "evil:fail"}},
        "end": {"needs": ["fail"], "command": {"run": ["echo", "done"]}},
    },
}
ASKING = {"version": 1, "name": "asking", "operations": {"ask": {"approval": {"message": EVIL}}}}
# Everything that screens of ours may send: places, colours, modes, questions about the terminal, the mouse's pointer.
_KNOWN = re.compile("\x1b(?:\\[[0-9;?<=>]*[ $]?[@-~]|[78=>]|\\([B0]|\\]22;[a-z-]+\x07)")
_BEGUN = re.compile("\x1b(?:\\[[0-9;?<=>]*[ $]?|\\]2?2?;?[a-z-]*|\\()?\\Z")
UNTOUCHED = "\u2620"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, _homes: Path) -> Iterator[dict[str, str]]:
    folder = tmp_path_factory.mktemp("evil")
    (folder / "evil.py").write_text(CODE, encoding="utf-8")
    (folder / "evil.yaml").write_text(json.dumps(PIPELINE))
    (folder / "asking.yaml").write_text(json.dumps(ASKING))
    (folder / "a\x1b[2J\u202eb.yaml").write_text("version: 1\nname: \x1b[2J\n")
    (folder / "raw.yaml").write_bytes(b"version: 1\nname: raw\n# \x1b]0;mine\x07 \xe2\x80\xae \xff\n" + b"#" * 100_000)
    environ = {
        "BUNSUI_HOME": str(_homes / "evil"),
        "BUNSUI_OWNER": "ow\x1b]0;mine\x07ner",
        "PWD": str(folder),
    }
    with open_workspace(load(environ)) as opened:
        opened.pipelines.register(str(folder / "evil.yaml"))
        opened.run(str(folder / "asking.yaml"), name="asks")
        opened.sessions.wait(opened.run(str(folder / "evil.yaml"), name="down").id, 60)
        yield {**environ, "FOLDER": str(folder)}
        opened.sessions.cancel("asks")


@pytest.fixture
def terminal(ran: dict[str, str]) -> Iterator[Terminal]:
    with Terminal(size=SIZE, environ=ran) as opened:
        opened.until("FAILED +down")
        yield opened


def back(terminal: Terminal) -> None:
    """Escape alone: with a key right behind it, it would be another key."""
    terminal.press("\x1b")
    terminal.settle(0.2)


def whole(terminal: Terminal) -> str:
    """Every cell is drawn by somebody and no line runs over, when all is drawn anew; nothing steered the terminal."""
    columns, rows = SIZE
    shown = terminal.settle(0.15)
    for height in (rows + 1, rows):
        terminal.resize(columns, height)
        for row in range(height):
            for column in range(columns):
                terminal.cells.buffer[row][column] = terminal.cells.default_char._replace(data=UNTOUCHED)
        terminal.until(lambda: UNTOUCHED not in terminal.text)
    assert terminal.cells.wraps == 0, terminal.text
    steered(terminal)
    return shown


def steered(terminal: Terminal) -> None:
    """What was read may end within a character or a sequence."""
    said = codecs.getincrementaldecoder("utf-8")("strict").decode(bytes(terminal.raw))
    rest = _BEGUN.sub("", _KNOWN.sub("", said)).replace("\r", "").replace("\n", "")
    found = DANGEROUS.search(rest)
    assert found is None, repr(rest[max(found.start() - 60, 0) :][:200])


def test_home_and_the_lists_stay_whole(terminal: Terminal) -> None:
    shown = whole(terminal)
    assert "asks" in shown
    for command, wanted in (("errors", "RuntimeError"), ("pools", "pool"), ("alerts", "alert"), ("pipelines", "evil")):
        terminal.press(f":{command}\r")
        terminal.until(f"(?i){wanted}")
        whole(terminal)
        back(terminal)


def test_every_pane_of_a_session_stays_whole(terminal: Terminal) -> None:
    terminal.press(":session down\r")
    terminal.until(r"5 errors[\s\S]+csi")
    for pane in "12345678":
        terminal.press(pane)
        whole(terminal)


def test_what_would_hide_is_spelt_out_in_the_log(ran: dict[str, str]) -> None:
    with Terminal(size=(700, 24), environ=ran) as terminal:
        terminal.until("FAILED +down")
        terminal.press(":session down\r")
        terminal.until("RuntimeError")
        terminal.press("4g")
        terminal.until(lambda: all(part in terminal.text for part in SPELT))


def test_what_is_asked_and_how_it_is_recovered_stay_whole(terminal: Terminal) -> None:
    terminal.press(":session asks\r")
    terminal.until("ask")
    whole(terminal)
    terminal.press("a")
    whole(terminal)
    back(terminal)
    terminal.press(":session down\rr")
    terminal.until("resume")
    whole(terminal)


def test_files_and_forms_stay_whole(terminal: Terminal) -> None:
    folder = terminal.environ["FOLDER"]
    terminal.press(f":load {folder}\r")
    terminal.until("evil.yaml")
    whole(terminal)
    terminal.press(":run ev")
    whole(terminal)
    back(terminal)
    terminal.press(f":run {folder}/evil.yaml\r")
    terminal.until("valid")
    whole(terminal)
    terminal.press("x")
    whole(terminal)
    back(terminal)
    terminal.press(f":edit {folder}/raw.yaml\r")
    terminal.until("raw")
    whole(terminal)
