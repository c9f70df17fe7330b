"""Where a command writes, what errors look like, and that every end has its exit code."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bunsui.cli import boundary, output
from bunsui.cli import help as texts
from bunsui.cli.lazy import LazyGroup
from bunsui.cli.output import Output
from bunsui.errors import InvalidInput, NotFound
from bunsui.model.problem import Place, Problem, Severity
from bunsui.text import problems


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def captured(*, terminal: bool = False, **environ: str) -> Output:
    kind = Terminal if terminal else io.StringIO
    return Output(kind(), kind(), {"TERM": "xterm", **environ})


def bunsui(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bunsui", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environ}, check=False)


def test_data_goes_out_and_talk_beside_it():
    out = captured()

    out.data("data")
    out.say("talk")

    assert (out.out.getvalue(), out.err.getvalue()) == ("data\n", "talk\n")


def test_with_json_there_is_no_talk_and_errors_are_json():
    out = captured()
    out.json = True

    out.say("talk")
    code = out.fail(NotFound("no session 'x'", "bunsui session list"))

    error = {"message": "no session 'x'", "hint": "bunsui session list", "exit_code": 4}
    assert code == 4
    assert json.loads(out.err.getvalue()) == {"error": error}
    assert out.out.getvalue() == ""


def test_an_error_has_its_hint_and_its_problems_their_places():
    out = captured()
    problem = Problem(Place("etl.yaml", 14, 9), "operation 'load' needs 'tranform'", "Did you mean 'transform'?")

    out.fail(InvalidInput("etl.yaml has a problem", problems=[problem]))

    assert out.err.getvalue() == (
        "etl.yaml:14:9  operation 'load' needs 'tranform' Did you mean 'transform'?\n"
        "error: etl.yaml has a problem\n"
        "hint:  Mend the places named above, then: bunsui validate FILE\n"
    )


def test_errors_cannot_steer_the_terminal():
    out = captured()

    out.fail(NotFound("no file '\x1b[2J'", "type \u202e"))

    assert "\x1b" not in out.err.getvalue()
    assert "\u202e" not in out.err.getvalue()


@pytest.mark.parametrize(
    ("terminal", "environ", "coloured"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (False, {"CLICOLOR_FORCE": "1"}, True),
        (False, {"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour_is_for_terminals_that_want_it(terminal, environ, coloured):
    assert captured(terminal=terminal, **environ).style.colour is coloured


def test_a_warning_says_that_it_is_one():
    problem = Problem(Place("a.yaml", 1, 2), "schedule is not acted on yet", severity=Severity.WARNING)

    assert problems.problem_line(problem, captured().style) == "a.yaml:1:2  warning: schedule is not acted on yet"


def test_nobody_is_asked_who_cannot_answer():
    assert captured().ask("Cancel it?") is False


def test_bare_bunsui_is_help_on_stderr_and_exit_2():
    ran = bunsui()

    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", texts.root() + "\n")


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_is_data(flag):
    ran = bunsui(flag)

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, texts.root() + "\n", "")


@pytest.mark.parametrize("noun", ["session", "pipeline"])
def test_a_noun_alone_is_its_help_and_exit_2(noun):
    assert bunsui(noun).returncode == 2
    assert bunsui(noun, "--help").stdout == texts.group(noun) + "\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sesion"], "'bunsui' has no command 'sesion'. Did you mean 'session'?"),
        (["session", "lst"], "'bunsui session' has no command 'lst'. Did you mean 'list'?"),
        (["--nope"], "No such option"),
        (["init", "--output", "xml"], "'xml' is not one of"),
    ],
)
def test_wrong_usage_is_exit_2_with_a_hint(arguments, said):
    ran = bunsui(*arguments)

    assert ran.returncode == 2
    assert said in ran.stderr
    assert "hint:  bunsui" in ran.stderr
    assert ran.stdout == ""


def test_listing_commands_imports_no_command():
    code = (
        "import sys; from bunsui.cli.main import run; run(['--help']); print([m for m in sys.modules if 'click' in m])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.endswith("[]\n")


def test_a_bug_is_a_message_and_a_file_never_a_traceback(monkeypatch, capsys, home):
    def broken(self, *_: object, **__: object) -> int:
        raise RuntimeError("oh \x1b[2J")

    monkeypatch.setattr(LazyGroup, "invoke", broken)

    code = boundary.run(["plan", "x.yaml"])

    said = capsys.readouterr().err
    (kept,) = (home / "run").iterdir()
    assert code == 7
    assert "this is a bug in Bunsui: RuntimeError: oh \\e[2J" in said
    assert str(kept) in said
    assert "Traceback" not in said
    assert "Traceback" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_reader_that_went_away_is_no_error():
    command = f"{sys.executable} -m bunsui --help"
    ran = subprocess.run(["bash", "-c", f"{command} | true; exit ${{PIPESTATUS[0]}}"], capture_output=True, text=True)

    assert ran.stderr == ""
    assert ran.returncode in (0, output.BROKEN_PIPE)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["--help"], ["session", "--help"]])
def test_a_full_disk_is_said(arguments):
    with open("/dev/full", "w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "bunsui", *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )

    assert ran.returncode == 6
    assert "No space left on device" in ran.stderr
    assert "Traceback" not in ran.stderr
