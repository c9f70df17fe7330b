"""What tasks print, as it lies in the object store: complete, in order, bounded, without secrets."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from rig import Rig, cause, context, function

from bunsui.local.launch import Launch
from bunsui.model.pipeline import Secret


def test_prints_logging_and_children_keep_their_order(rig: Rig) -> None:
    rig.run("handlers.chatty")
    assert [m for m in rig.messages() if m != "seven"] == [
        "one",
        "two !",
        "three",
        "four",
        'five rows=3 name="a b"',
        "six",
    ]
    assert rig.messages("stderr") == ["seven"]


def test_a_line_has_all_its_fields(rig: Rig) -> None:
    rig.run("handlers.chatty", context=context(item=4))
    folder = rig.home.objects / "logs/s/op/4/1.0.0"
    assert [path.name for path in folder.iterdir()] == ["000001.jsonl"]
    line = next(line for line in rig.lines(attempt="4/1.0.0") if line["message"].startswith("five"))
    time = line.pop("time")
    assert time > 1_700_000_000
    assert line == {
        "level": "WARNING",
        "session": "s",
        "operation": "op",
        "item": 4,
        "attempt": "1.0.0",
        "stream": "log",
        "message": 'five rows=3 name="a b"',
    }


def test_times_never_run_backwards(rig: Rig) -> None:
    rig.run("handlers.chatty")
    times = [line["time"] for line in rig.lines()]
    assert times == sorted(times)


def test_a_silent_task_has_no_chunk(rig: Rig) -> None:
    rig.run("handlers.nothing")
    assert not (rig.home.objects / "logs").exists()


def test_a_line_is_shown_while_its_task_still_runs(rig: Rig, tmp_path: Path) -> None:
    launch = _two_lines(tmp_path)
    rig.client.launch([launch])
    rig.eventually(lambda: rig.messages() == ["first"], "the first chunk")
    (tmp_path / "gate").touch()
    rig.outcome(launch.id)
    assert rig.messages() == ["first", "second"]
    assert len(list((rig.home.objects / "logs/s/op/1.0.0").iterdir())) == 2


def _two_lines(folder: Path) -> Launch:
    (folder / "waiting.py").write_text(
        "import os, time\n"
        "def f(e):\n"
        "    print('first')\n"
        "    while not os.path.exists(e['gate']): time.sleep(0.01)\n"
        "    print('second')\n"
    )
    return function("waiting.f", {"gate": str(folder / "gate")}, code=str(folder))


def test_an_attempt_that_is_launched_again_goes_on_behind_its_chunks(rig: Rig) -> None:
    rig.run("handlers.dies", {"signal": "SIGKILL"})
    rig.run("handlers.dies", {"signal": "SIGKILL"})
    assert rig.messages("stdout") == ["about to die"] * 2


def test_a_task_that_runs_again_since_its_supervisor_was_killed_says_so(rig: Rig, tmp_path: Path) -> None:
    launch = _two_lines(tmp_path)
    rig.client.launch([launch])
    rig.eventually(lambda: "first" in rig.messages(), "the first line")
    os.kill(rig.supervisor_pid(), signal.SIGKILL)
    rig.wait_lost()
    (tmp_path / "gate").touch()
    rig.client.launch([launch])
    assert rig.outcome(launch.id).error is None
    told = "begins again, with the same key: what ran it was killed before its outcome was recorded"
    assert rig.messages() == ["first", told, "first", "second"]


def test_a_gigabyte_of_prints_is_bounded_in_memory_and_on_disk(rig: Rig) -> None:
    assert rig.run("handlers.prints", {"megabytes": 1000}).error is None
    size = sum(path.stat().st_size for path in (rig.home.objects / "logs").rglob("*.jsonl"))
    assert size < 20 << 20
    messages = rig.messages()
    assert messages[-1] == "the very end"
    assert any("bytes of stdout were dropped here: an attempt keeps at most 16 MiB" in m for m in messages)
    assert _peak_mib(rig.supervisor_pid()) < 150


def _peak_mib(pid: int) -> int:
    (line,) = [each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith("VmHWM")]
    return int(line.split()[1]) // 1024


def test_a_line_without_an_end_is_cut(rig: Rig) -> None:
    rig.run("handlers.long_line")
    first, second = rig.messages()
    assert first.endswith(f"... ({(1 << 20) - (1 << 18)} bytes more were dropped)")
    assert second == "next"


def test_secrets_are_blanked_out_of_logs_and_causes(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "password").write_text('hunter"2\n')
    outcome = rig.run("handlers.secret", env={"PASSWORD": Secret(f"file:{tmp_path}/password")})
    assert rig.messages("stdout") == ["the password is *** indeed"]
    assert "again: ***" in rig.messages("log")
    assert cause(outcome)["errorMessage"] == "not ***"
    everything = "".join(path.read_text() for path in (rig.home.objects / "logs").rglob("*.jsonl"))
    assert "hunter" not in everything + str(outcome.cause)


def test_a_secret_of_the_environment_is_that_of_the_supervisor(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "open sesame")
    rig = Rig(home).start()
    rig.run("handlers.secret", env={"PASSWORD": Secret("env:DB_PASSWORD")})
    rig.close()
    assert rig.messages("stdout") == ["the password is *** indeed"]


@pytest.mark.parametrize(
    ("ref", "says"),
    [
        ("env:NOT_SET_ANYWHERE", "export NOT_SET_ANYWHERE=..."),
        ("file:/no/such/file", "/no/such/file, which cannot be read (No such file or directory)"),
        ("ssm:/db/password", "only the aws backend can read"),
        ("secretsmanager:db", "only the aws backend can read"),
        ("vault:db", "is no env:, file:, ssm: or secretsmanager: reference"),
    ],
)
def test_a_missing_secret_fails_the_task_with_a_hint(rig: Rig, ref: str, says: str) -> None:
    outcome = rig.run("handlers.nothing", env={"PASSWORD": Secret(ref)})
    assert outcome.error == "Bunsui.SecretMissing"
    assert says in cause(outcome)["errorMessage"]


def test_a_full_disk_breaks_no_task_and_is_told_later(home: Path, tmp_path: Path) -> None:
    rig = Rig(home).start()
    launch = _two_lines(tmp_path)
    blocked = rig.home.objects / "logs"
    blocked.write_text("a file where the folder of logs should be")
    rig.client.launch([launch])
    (tmp_path / "gate").touch()
    assert rig.outcome(launch.id).error is None
    blocked.unlink()
    rig.eventually(lambda: rig.messages() == ["first", "second"], "the lines, once the disk takes them")
    rig.close()


def test_states_of_raw_machines_may_have_any_name(rig: Rig) -> None:
    rig.run("handlers.chatty", context=context(operation="../Load / all"))
    assert (rig.home.objects / "logs/s/%2E.%2FLoad %2F all/1.0.0/000001.jsonl").exists()
