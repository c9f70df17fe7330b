"""Commands run by a real supervisor: files in and out, exit codes, signals, what is left running."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from rig import Rig, cause, command, context, is_alive

PYTHON = sys.executable


def python(rig: Rig, program: str, **more: Any) -> Any:
    return rig.run_command(PYTHON, "-c", program, **more)


def test_input_and_output_are_files(rig: Rig) -> None:
    program = (
        "import json, os\n"
        "given = json.load(open(os.environ['BUNSUI_INPUT']))\n"
        "json.dump({'twice': given['n'] * 2}, open(os.environ['BUNSUI_OUTPUT'], 'w'))"
    )
    assert python(rig, program, event={"n": 21}).output == {"twice": 42}
    assert list((rig.home.run / "scratch").iterdir()) == []


def test_nothing_written_is_an_empty_object_and_stdout_is_log(rig: Rig) -> None:
    assert rig.run_command("echo", '{"not": "output"}').output == {}
    assert rig.messages() == ['{"not": "output"}']


def test_arguments_reach_no_shell(rig: Rig) -> None:
    rig.run_command("echo", "$HOME; `id` && *")
    assert rig.messages("stdout") == ["$HOME; `id` && *"]


def test_it_runs_in_its_folder_with_its_environment(rig: Rig, tmp_path: Path) -> None:
    rig.run_command("sh", "-c", "pwd; echo $STAGE $BUNSUI_OPERATION", folder=str(tmp_path), env={"STAGE": "test"})
    assert rig.messages("stdout") == [str(tmp_path), "test op"]


def test_the_programs_path_is_the_sessions(rig: Rig, tmp_path: Path) -> None:
    program = tmp_path / "hello"
    program.write_text("#!/bin/sh\necho from the path\n")
    program.chmod(0o700)
    assert rig.run_command("hello", path=f"{tmp_path}:/bin:/usr/bin").error is None
    assert rig.messages("stdout") == ["from the path"]


def test_an_exit_code_fails_with_the_last_lines_of_stderr(rig: Rig) -> None:
    outcome = rig.run_command("sh", "-c", "echo fine; echo 'no such table' >&2; exit 3")
    assert outcome.error == "Bunsui.CommandFailed"
    assert cause(outcome)["errorMessage"] == "sh exited with code 3; it last wrote:\nno such table"


def test_a_signal_is_named(rig: Rig) -> None:
    outcome = rig.run_command("sh", "-c", "kill -9 $$")
    assert outcome.error == "Bunsui.CommandFailed"
    assert cause(outcome)["errorMessage"] == "sh was killed by SIGKILL (out of memory?)"


@pytest.mark.parametrize(
    ("argv", "folder", "says"),
    [
        (("no-such-program",), "/", "there is no such program in PATH"),
        (("./no-such-program",), "/", "cannot run './no-such-program': No such file"),
        (("/etc/passwd",), "/", "cannot run '/etc/passwd': Permission denied"),
        (("true",), "/no/such/folder", "the working folder /no/such/folder does not exist"),
        (("a\0b",), "/", "embedded null byte"),
    ],
)
def test_what_cannot_be_started_is_explained(rig: Rig, argv: tuple[str, ...], folder: str, says: str) -> None:
    outcome = rig.run_command(*argv, folder=folder)
    assert outcome.error == "Bunsui.CommandNotStarted"
    assert says in cause(outcome)["errorMessage"]


@pytest.mark.parametrize(
    ("written", "error", "says"),
    [
        ("{torn", "Bunsui.OutputNotJson", "is not JSON"),
        ('{"x": NaN}', "Bunsui.OutputNotJson", "NaN is no JSON number"),
        ("[1]", "Bunsui.OutputNotAnObject", "is a JSON array"),
        ("7", "Bunsui.OutputNotAnObject", "is a JSON number"),
    ],
)
def test_an_output_that_is_no_object_fails(rig: Rig, written: str, error: str, says: str) -> None:
    outcome = rig.run_command("sh", "-c", f"echo '{written}' > $BUNSUI_OUTPUT")
    assert outcome.error == error
    assert says in cause(outcome)["errorMessage"]


def test_a_large_field_of_a_command_becomes_a_reference(rig: Rig) -> None:
    outcome = python(rig, "import json,os; json.dump({'x': 'y' * 10000}, open(os.environ['BUNSUI_OUTPUT'], 'w'))")
    assert outcome.output["x"]["$ref"] == "outputs/s/op/1.0.0/x.json"


def test_references_become_values_and_files_have_a_path(rig: Rig) -> None:
    file: Any = rig.run("handlers.write_file").output["file"]
    large: Any = rig.run("handlers.large", {"size": 9000}).output["large"]
    program = (
        "import json, os\n"
        "given = json.load(open(os.environ['BUNSUI_INPUT']))\n"
        "output = {'size': len(given['large']), 'text': open(given['files'][0]['path']).read()}\n"
        "json.dump(output, open(os.environ['BUNSUI_OUTPUT'], 'w'))"
    )
    assert python(rig, program, event={"large": large, "files": [file]}).output == {"size": 9000, "text": "content"}


def test_a_timeout_asks_then_kills_the_whole_group(rig: Rig, tmp_path: Path) -> None:
    script = f"trap '' TERM; sleep 60 & echo $$ $! > {tmp_path}/pids; wait; wait; sleep 60"
    outcome = rig.run_command("sh", "-c", script, timeout=0.2)
    assert outcome.error == "States.Timeout"
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    rig.eventually(lambda: not any(map(is_alive, pids)), "death of the shell and its child")


def test_a_command_may_put_things_in_order_when_it_is_stopped(rig: Rig, tmp_path: Path) -> None:
    script = f"trap 'echo tidy > {tmp_path}/mark; exit 0' TERM; touch {tmp_path}/ready; while :; do sleep 0.01; done"
    launch = command("sh", "-c", script)
    rig.client.launch([launch])
    rig.eventually((tmp_path / "ready").exists, "start")
    rig.client.cancel([launch.id])
    rig.eventually((tmp_path / "mark").exists, "tidying up")
    assert rig.run_command("true").error is None
    assert rig.outcomes(launch.id) == []


def test_what_a_command_leaves_running_ends_with_it(rig: Rig, tmp_path: Path) -> None:
    assert rig.run_command("sh", "-c", f"sleep 60 & echo $! > {tmp_path}/pid").error is None
    rig.eventually(lambda: not is_alive(int((tmp_path / "pid").read_text())), "death of the child")


def test_a_python_command_uses_the_task_module(rig: Rig) -> None:
    program = (
        "import json, os\nfrom bunsui import task\n"
        "task.log('hello', rows=1)\ntask.progress(1, 2, 'half')\n"
        "before = task.saved(); task.save({'row': 1})\n"
        "with task.output_file('o.txt') as file: open(file, 'w').write('data')\n"
        "output = {'before': before, 'key': task.idempotency_key, 'file': file}\n"
        "json.dump(output, open(os.environ['BUNSUI_OUTPUT'], 'w'))"
    )
    output = python(rig, program).output
    assert (output["before"], output["key"]) == (None, "s/op/-/0")
    assert (rig.home.objects / output["file"]["$ref"]).read_text() == "data"
    assert rig.messages("log") == ["hello rows=1"]
    again = python(rig, program, context=context(attempt="1.0.1")).output
    assert again["before"] == {"row": 1}


def test_a_commands_memory_is_limited(rig: Rig) -> None:
    outcome = python(rig, "x = bytearray(600 << 20)", memory=256)
    assert outcome.error == "Bunsui.CommandFailed"
    assert "MemoryError" in cause(outcome)["errorMessage"]


def test_non_ascii_input_arrives_whole(rig: Rig) -> None:
    program = "import os; print(open(os.environ['BUNSUI_INPUT'], encoding='utf-8').read())"
    python(rig, program, event={"text": "é 日本"})
    assert json.loads(rig.messages("stdout")[0]) == {"text": "é 日本"}
