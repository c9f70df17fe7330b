"""Tasks that do their worst in one session: each fails by a name of its own, nothing they wrote steers or leaks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SECRET = "hunter2-and-more"
CODE = """
import os, signal, sys, time
from bunsui import task

def die(): os.kill(os.getpid(), signal.SIGSEGV)
def leave(): os._exit(0)
def stop(): sys.exit(3)
def hang():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True: time.sleep(1)
def no_json(): return {"x": object()}
def no_dict(): return [1]
def nan(): return {"x": float("nan")}
def half(): return {"x": "\\ud800"}
def many(): return {f"k{i}": i for i in range(40000)}
def circle():
    value = {}
    value["v"] = value
    return value
def closed():
    for number in range(3, 100):
        try: os.close(number)
        except OSError: pass
    return {}
def endless(): return endless()
class Mute(Exception):
    def __str__(self): raise ValueError("no")
def mute(): raise Mute()
def steer():
    print("\\x1b]0;mine\\x07\\x1b[2J\\rfake")
    os.write(2, b"\\xff\\x9b2J\\n")
    task.progress(1, 2, "\\x1b[31mred")
    raise RuntimeError("\\x1b[2Jgone\\u202e")
def name():
    with task.output_file("../../../up\\x1b[2J.csv") as file:
        open(file, "w").write("x")
    return {"\\x1b[2Jkey": "\\x1b]8;;x\\x07", "file": file}
def tell():
    said = os.environ["PASS"]
    print("it is", said)
    task.progress(1, 2, said)
    raise ValueError(said)
"""
FAILS = {
    "die": "Bunsui.WorkerDied",
    "leave": "Bunsui.WorkerDied",
    "stop": "Runtime.ExitError",
    "hang": "States.Timeout",
    "no_json": "Bunsui.OutputNotJson",
    "no_dict": "Bunsui.OutputNotAnObject",
    "nan": "Bunsui.OutputNotJson",
    "half": "Bunsui.OutputNotJson",
    "many": "Bunsui.OutputTooLarge",
    "circle": "Bunsui.OutputNotJson",
    "closed": "Bunsui.WorkerDied",
    "endless": "RecursionError",
    "mute": "Mute",
    "steer": "RuntimeError",
    "tell": "ValueError",
    "not_there": "Runtime.HandlerNotFound",
}
COMMANDS: dict[str, tuple[list[str], str | None]] = {
    "unknown": (["no-such-program"], "Bunsui.CommandNotStarted"),
    "folder": (["/tmp"], "Bunsui.CommandNotStarted"),
    "killed": (["sh", "-c", "kill -TERM $$"], "Bunsui.CommandFailed"),
    "garbage": (["sh", "-c", "echo no json > $BUNSUI_OUTPUT"], "Bunsui.OutputNotJson"),
    "dir": (["sh", "-c", "mkdir $BUNSUI_OUTPUT"], "Bunsui.OutputNotJson"),
    "pipe": (["sh", "-c", "mkfifo $BUNSUI_OUTPUT"], "Bunsui.OutputNotJson"),
    "shell": (["echo", "$(touch pwned)", "; touch pwned", "`touch pwned`", "\\e[2J"], None),
}


def bunsui(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Under the most permissive of umasks, with a secret in the environment."""
    return subprocess.run(
        [sys.executable, "-m", "bunsui", *arguments],
        cwd=folder,
        env={**os.environ, "MY_PASS": SECRET},
        capture_output=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
        umask=0,
        check=False,
    )


def pipeline() -> str:
    lines = ["version: 1", "name: hostile", 'env: {PASS: {secret: "env:MY_PASS"}}', "operations:"]
    for name in [*FAILS, "name"]:
        more = ", timeout: 2s" if name == "hang" else ""
        lines.append(f'  o_{name}: {{python: {{call: "worst:{name}", code: .}}{more}}}')
    lines += [f"  c_{name}: {{command: {{run: {json.dumps(argv)}}}}}" for name, (argv, _) in COMMANDS.items()]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def _ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    import shutil
    import tempfile

    folder = tmp_path_factory.mktemp("hostile")
    (folder / "worst.py").write_text(CODE)
    (folder / "hostile.yaml").write_text(pipeline())
    home = Path(tempfile.mkdtemp(prefix="bns"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUNSUI_HOME", str(home / "h"))
        done = bunsui(folder, "run", "hostile.yaml", "--name", "mine")
    assert done.returncode == 1, done.stderr
    assert b"\x1b" not in done.stdout + done.stderr
    yield folder, home / "h"
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def place(_ran: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BUNSUI_HOME", str(_ran[1]))
    return _ran[0]


def test_each_fails_by_a_name_of_its_own(place: Path) -> None:
    shown = json.loads(bunsui(place, "session", "show", "mine", "--output", "json").stdout)
    found = {one["name"]: one["error"] for one in shown["operations"]}
    wanted: dict[str, str | None] = {f"o_{name}": error for name, error in FAILS.items()}
    wanted |= {f"c_{name}": error for name, (_, error) in COMMANDS.items()} | {"o_name": None}
    assert found == wanted


def test_no_argument_reached_a_shell_and_no_name_led_out_of_its_folder(place: Path) -> None:
    assert sorted(path.name for path in place.iterdir() if path.suffix != ".pyc") == [
        "__pycache__",
        "hostile.yaml",
        "worst.py",
    ]
    home = Path(os.environ["BUNSUI_HOME"])
    (file,) = home.rglob("*csv")
    assert file.parent.name == "files"
    assert not list(home.parent.glob("up*"))


COMMANDS_THAT_SHOW = [
    ["session", "show", "mine"],
    ["session", "show", "mine", "--operation", "o_name"],
    ["session", "show", "mine", "--operation", "o_steer"],
    ["session", "logs", "mine"],
    ["session", "history", "mine", "--full"],
    ["session", "errors", "mine"],
    ["session", "recover", "mine"],
    ["session", "list"],
]


@pytest.mark.parametrize("command", COMMANDS_THAT_SHOW, ids=" ".join)
def test_nothing_that_they_wrote_steers_a_terminal(place: Path, command: list[str]) -> None:
    done = bunsui(place, *command)
    text = (done.stdout + done.stderr).decode()
    assert done.returncode in (0, 1)
    assert not [mark for mark in ("\x1b", "\x07", "\r", "\x9b", "\u202e") if mark in text]


def test_what_failed_without_a_word_has_a_line_in_its_log(place: Path) -> None:
    lines = [
        json.loads(line) for line in bunsui(place, "session", "logs", "mine", "--output", "json").stdout.splitlines()
    ]
    said: dict[str, str] = {}
    for line in lines:
        said[line["operation"]] = said.get(line["operation"], "") + line["message"] + "\n"
    for name, error in {"o_die": "killed by SIGSEGV", "o_hang": "its timeout", "c_unknown": "no such program"}.items():
        assert error in said[name]


def test_a_secret_is_nowhere_in_the_home(place: Path) -> None:
    home = Path(os.environ["BUNSUI_HOME"])
    assert [path for path in home.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()] == []


def test_a_secret_that_is_set_later_is_there_when_the_session_goes_on(tmp_path: Path) -> None:
    """Though the supervisor that was started without it still waits for work."""
    (tmp_path / "later.yaml").write_text(
        "version: 1\nname: later\noperations:\n"
        '  a: {command: {run: [sh, -c, \'test "$PASS" = given\']}, env: {PASS: {secret: "env:LATER"}}}\n'
    )
    assert b"Bunsui.SecretMissing" in bunsui(tmp_path, "run", "later.yaml", "--name", "later").stdout
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LATER", "given")
        resumed = bunsui(tmp_path, "session", "resume", "later")
    assert resumed.returncode == 0, resumed.stdout


def test_the_home_is_for_its_owner_alone_whatever_the_umask(place: Path) -> None:
    home = Path(os.environ["BUNSUI_HOME"])
    modes = {path: path.lstat().st_mode & 0o777 for path in (home, *home.rglob("*")) if not path.is_socket()}
    assert [(path, oct(mode)) for path, mode in modes.items() if mode != (0o700 if path.is_dir() else 0o600)] == []
