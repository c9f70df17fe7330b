"""Functions run by a real supervisor: what they get, return, raise, and how they may end."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from rig import Rig, cause, context, function, is_alive

from bunsui.local.launch import Beat, Progress, Saved


def test_a_handler_gets_the_event_and_a_context(rig: Rig) -> None:
    output: Any = rig.run("handlers.echo", {"x": [1, None]}, id="s-1/echo", timeout=60.0).output
    assert output["event"] == {"x": [1, None]}
    assert output["request"] == "s-1/echo"
    assert 50_000 < output["remaining"] <= 60_000


def test_a_function_gets_keyword_arguments(rig: Rig) -> None:
    assert rig.run("handlers:add", {"a": 1, "b": 2}).output == {"sum": 3}


def test_nothing_returned_is_an_empty_object(rig: Rig) -> None:
    outcome = rig.run("handlers.nothing")
    assert (outcome.output, outcome.error) == ({}, None)
    assert outcome.started <= outcome.ended <= time.time()


def test_a_handler_is_loaded_once_and_runs_in_the_working_folder(rig: Rig, tmp_path: Path) -> None:
    first: Any = rig.run("handlers.identity", folder=str(tmp_path)).output
    second: Any = rig.run("handlers.identity", folder=str(tmp_path)).output
    assert first == second
    assert first["folder"] == str(tmp_path)


def test_an_edited_handler_is_loaded_anew(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def f(e): return {'version': 1}")
    assert rig.run("mine.f", code=str(tmp_path)).output == {"version": 1}
    (tmp_path / "mine.py").write_text("def f(e): return {'version': 'two'}")
    assert rig.run("mine.f", code=str(tmp_path)).output == {"version": "two"}


def test_the_environment_is_the_pipelines_and_little_more(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    output: Any = rig.run("handlers.environment", env={"STAGE": "test"}, context=context(item=3)).output
    environ = output["environ"]
    own = {name: value for name, value in environ.items() if name.startswith("BUNSUI_")}
    assert set(environ) - set(own) <= {"PATH", "HOME", "LANG", "STAGE"}
    assert (environ["STAGE"], own["BUNSUI_SESSION"], own["BUNSUI_OPERATION"]) == ("test", "s", "op")
    assert (own["BUNSUI_ITEM"], own["BUNSUI_IDEMPOTENCY_KEY"], own["BUNSUI_ATTEMPT"]) == ("3", "s/op/-/0", "1.0.0")


def test_a_handler_knows_who_it_is(rig: Rig) -> None:
    output = rig.run("handlers.who", context=context(item=0)).output
    assert output == {"key": "s/op/-/0", "item": 0, "session": "s"}


def test_an_exception_is_told_as_lambda_tells_it(rig: Rig) -> None:
    outcome = rig.run("handlers.raises")
    assert outcome.error == "ValueError"
    assert cause(outcome)["errorMessage"] == "it broke: é"
    assert cause(outcome)["errorType"] == "ValueError"
    assert len(cause(outcome)["stackTrace"]) == 1
    assert "in raises" in cause(outcome)["stackTrace"][0]
    assert "ValueError: it broke: é" in rig.messages("log")


@pytest.mark.parametrize(
    ("handler", "error", "says"),
    [
        ("missing_module.f", "Runtime.ImportModuleError", "No module named 'missing_module'"),
        ("broken_import.f", "Runtime.ImportModuleError", "a_module_that_is_not_there"),
        ("broken_start.f", "Runtime.ImportModuleError", "it raised KeyError: 'MISSING'"),
        ("handlers.missing", "Runtime.HandlerNotFound", "no function 'missing'"),
        ("handlers:loaded", "Runtime.HandlerNotFound", "no function 'loaded'"),
        ("handlers", "Runtime.HandlerNotFound", "neither module.function nor module:function"),
        ("handlers.exits", "Runtime.ExitError", "sys.exit(3)"),
        ("handlers.not_json", "Bunsui.OutputNotJson", "$.rows[0].when is a date"),
        ("handlers.not_a_number", "Bunsui.OutputNotJson", "$.x[1] is nan"),
        ("handlers.circular", "Bunsui.OutputNotJson", "$.self contains itself"),
        ("handlers.surrogate", "Bunsui.OutputNotJson", "$.text is text that is not Unicode"),
        ("handlers.a_list", "Bunsui.OutputNotAnObject", "is a list, but must be an object"),
        ("handlers.leaves", "Bunsui.WorkerDied", "exited with code 7"),
    ],
)
def test_a_failure_has_a_name_and_says_what_happened(rig: Rig, handler: str, error: str, says: str) -> None:
    outcome = rig.run(handler)
    assert outcome.error == error
    assert says in cause(outcome)["errorMessage"]


def test_a_syntax_error_names_its_place(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "torn.py").write_text("x = 1\ndef f(:\n")
    outcome = rig.run("torn.f", code=str(tmp_path))
    assert outcome.error == "Runtime.UserCodeSyntaxError"
    assert "torn.py, line 2" in cause(outcome)["errorMessage"]


def test_wrong_keyword_arguments_are_a_type_error(rig: Rig) -> None:
    assert rig.run("handlers:add", {"a": 1, "c": 2}).error == "TypeError"


def test_a_missing_interpreter_is_named(rig: Rig, tmp_path: Path) -> None:
    outcome = rig.run("handlers.nothing", python=str(tmp_path / "python"))
    assert outcome.error == "Bunsui.WorkerNotStarted"
    assert str(tmp_path / "python") in cause(outcome)["errorMessage"]


@pytest.mark.parametrize(("signal", "says"), [("SIGKILL", "SIGKILL (out of memory?)"), ("SIGSEGV", "SIGSEGV")])
def test_death_by_a_signal_names_it_and_the_last_words(rig: Rig, signal: str, says: str) -> None:
    outcome = rig.run("handlers.dies", {"signal": signal})
    assert outcome.error == "Bunsui.WorkerDied"
    assert says in cause(outcome)["errorMessage"]
    assert "last words" in cause(outcome)["errorMessage"]
    assert rig.messages("stdout") == ["about to die"]
    assert rig.run("handlers.nothing").error is None


def _pids(rig: Rig, path: Path) -> list[int]:
    return rig.eventually(lambda: path.exists() and [int(pid) for pid in path.read_text().split()], "pids")


def test_a_timeout_kills_the_whole_process_group(rig: Rig, tmp_path: Path) -> None:
    outcome = rig.run("handlers.sleeps", {"pids": str(tmp_path / "pids")}, timeout=0.2)
    assert outcome.error == "States.Timeout"
    assert "longer than its timeout of 0.2 s" in cause(outcome)["errorMessage"]
    pids = _pids(rig, tmp_path / "pids")
    rig.eventually(lambda: not any(map(is_alive, pids)), "death of worker and child")


def test_a_cancelled_task_dies_and_has_no_outcome(rig: Rig, tmp_path: Path) -> None:
    launch = function("handlers.sleeps", {"pids": str(tmp_path / "pids")})
    rig.client.launch([launch])
    pids = _pids(rig, tmp_path / "pids")
    rig.client.cancel([launch.id])
    rig.eventually(lambda: not any(map(is_alive, pids)), "death of worker and child")
    rig.run("handlers.nothing")
    assert rig.outcomes(launch.id) == []


def test_a_cancelled_task_that_waits_never_runs(rig: Rig, tmp_path: Path) -> None:
    gate, mark = tmp_path / "gate", tmp_path / "mark"
    busy = [function("handlers.until_there", {"path": str(gate)}) for _ in range(rig.workers)]
    waiting = function("handlers.counts", {"path": str(mark)})
    rig.client.launch([*busy, waiting])
    rig.client.cancel([waiting.id])
    gate.touch()
    rig.run("handlers.nothing")
    assert not mark.exists()


def test_an_id_that_runs_or_has_an_outcome_is_not_run_again(rig: Rig, tmp_path: Path) -> None:
    launch = function("handlers.counts", {"path": str(tmp_path / "count")})
    rig.client.launch([launch, launch])
    rig.outcome(launch.id)
    rig.client.launch([launch])
    rig.run("handlers.nothing")
    assert (tmp_path / "count").read_text() == "x"


def test_a_task_that_shows_no_life_is_killed(rig: Rig) -> None:
    outcome = rig.run("handlers.freezes", heartbeat=0.3)
    assert outcome.error == "States.HeartbeatTimeout"


def test_a_task_that_lives_sends_heartbeats(rig: Rig) -> None:
    assert rig.run("handlers.beats", {"seconds": 0.4}, heartbeat=0.3).error is None
    assert any(isinstance(report, Beat) for report in rig.reports)


def test_what_waits_for_its_turn_sends_heartbeats_too(home: Path) -> None:
    rig = Rig(home, workers=1).start()
    first = function("handlers.beats", {"seconds": 1}, id="s/1")
    rig.client.launch([first, function("handlers.nothing", id="s/2", heartbeat=0.3)])
    assert rig.outcome("s/2").error is None
    assert any(isinstance(one, Beat) and one.id == "s/2" for one in rig.reports)
    rig.close()


def test_memory_is_limited(rig: Rig) -> None:
    assert rig.run("handlers.eats", {"mebibytes": 600}, memory=256).error == "MemoryError"
    assert rig.run("handlers.eats", {"mebibytes": 16}, memory=256).error is None


def test_sessions_take_turns(home: Path, tmp_path: Path) -> None:
    rig = Rig(home, workers=1).start()
    wide = [function("handlers.nothing", id=f"wide/{i}", context={**context(), "session": "wide"}) for i in range(20)]
    other = function("handlers.nothing", id="other/1", context={**context(), "session": "other"})
    rig.client.launch([*wide, other])
    rig.wait(lambda: len(rig.reports) == 21, "all outcomes")
    order = [report.id for report in rig.reports if hasattr(report, "id")]
    assert order.index("other/1") < 5
    rig.close()


def test_progress_arrives_and_is_not_a_flood(rig: Rig) -> None:
    rig.run("handlers.progresses")
    progress = [report for report in rig.reports if isinstance(report, Progress)]
    assert 1 <= len(progress) < 50
    assert (progress[-1].done, progress[-1].total, progress[-1].note) == (1000, 1000, "rows")


def test_a_saved_position_is_there_for_the_next_try(rig: Rig) -> None:
    assert rig.run("handlers.saves", {"fail": True}).error == "RuntimeError"
    (saved,) = [report for report in rig.reports if isinstance(report, Saved)]
    assert (saved.key, saved.position) == ("s/op/-/0", {"row": 10})
    again = rig.run("handlers.saves", context=context(attempt="1.0.1"))
    assert again.output == {"before": {"row": 10}, "after": {"row": 20}}


def test_the_engine_hands_in_what_was_saved_before(rig: Rig) -> None:
    assert rig.run("handlers.saves", saved={"row": 5}).output == {"before": {"row": 5}, "after": {"row": 15}}


# Outputs of every size


def test_a_large_field_travels_as_a_reference(rig: Rig) -> None:
    output: Any = rig.run("handlers.large", {"size": 9000}).output
    body = json.dumps("x" * 9000).encode()
    key = "outputs/s/op/1.0.0/large.json"
    assert output == {
        "small": 1,
        "large": {"$ref": key, "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()},
    }
    assert (rig.home.objects / key).read_bytes() == body
    assert rig.run("handlers.consume", {"value": output["large"]}).output == {"length": 9000, "text": ""}


def test_an_inline_field_stays_up_to_its_own_limit(rig: Rig) -> None:
    inline = context(inline=["large"])
    stays: Any = rig.run("handlers.large", {"size": 100_000}, context=inline).output
    goes: Any = rig.run("handlers.large", {"size": 140_000}, context=inline).output
    assert len(stays["large"]) == 100_000
    assert goes["large"]["bytes"] == 140_002


def test_many_fields_are_shed_until_they_fit(rig: Rig) -> None:
    output: Any = rig.run("handlers.many", {"count": 10, "size": 7000}).output
    assert len(json.dumps(output)) <= 32768
    assert sum(isinstance(value, str) for value in output.values()) >= 3


def test_what_cannot_fit_is_too_large(rig: Rig) -> None:
    outcome = rig.run("handlers.many", {"count": 3000, "size": 20})
    assert outcome.error == "Bunsui.OutputTooLarge"
    assert "more than 32768" in cause(outcome)["errorMessage"]


def test_a_reference_that_leads_nowhere_is_named(rig: Rig) -> None:
    reference = {"$ref": "outputs/s/op/1.0.0/gone.json", "bytes": 3, "sha256": "x"}
    outcome = rig.run("handlers.consume", {"value": reference})
    assert outcome.error == "Bunsui.ReferenceBroken"
    assert "gone.json" in cause(outcome)["errorMessage"]


def test_a_reference_never_leads_out_of_the_store(rig: Rig) -> None:
    reference = {"$ref": "../records.db", "bytes": 3, "sha256": "x"}
    assert rig.run("handlers.consume", {"value": reference}).error == "Bunsui.ReferenceBroken"


def test_files_are_stored_and_opened_by_the_next(rig: Rig) -> None:
    output: Any = rig.run("handlers.write_file").output
    assert output["file"]["$ref"] == "outputs/s/op/1.0.0/files/a%2F..%2Fb %C3%A9.txt"
    assert output["file"]["bytes"] == 7
    assert rig.run("handlers.consume", {"file": output["file"]}).output == {"length": 0, "text": "content"}
    assert rig.run("handlers.consume", {"file": output["late"]}).output == {"length": 0, "text": "late"}
    assert os.listdir(rig.home.objects / ".aside") == []


@pytest.mark.parametrize("env", [{"A=B": "x"}, {"A": "x\0y"}])
def test_a_variable_that_cannot_be_set_fails_the_task_and_nothing_else(rig: Rig, env: dict[str, str]) -> None:
    assert rig.run("handlers.nothing", env={**env, "LANG": "C"}).error == "Bunsui.WorkerNotStarted"
    assert rig.run("handlers.nothing").error is None


def test_a_missing_folder_is_named(rig: Rig) -> None:
    outcome = rig.run("handlers.nothing", folder="/no/such/folder")
    assert outcome.error == "Bunsui.WorkerNotStarted"
    assert "/no/such/folder cannot be entered: No such file" in cause(outcome)["errorMessage"]


def test_text_that_is_no_unicode_breaks_nothing(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_text(
        "import logging, sys\nfrom bunsui import task\n"
        "def f(e):\n"
        "    print('out \\udcff'); logging.info('log \\ud800'); task.progress(1, 2, '\\ud800')\n"
        "    sys.stdout.buffer.write(b'raw \\xff\\n'); sys.stdout.flush()\n"
        "    raise ValueError('bad \\ud800')\n"
    )
    outcome = rig.run("odd.f", code=str(tmp_path))
    assert (outcome.error, cause(outcome)["errorMessage"]) == ("ValueError", "bad ?")
    assert rig.messages()[:3] == ["out \\udcff", "log ?", "raw \ufffd"]


def test_a_worker_that_closes_its_channel_fails_its_task_only(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_text("import os, time\ndef f(e):\n    os.closerange(3, 100)\n    time.sleep(60)\n")
    assert rig.run("odd.f", code=str(tmp_path)).error == "Bunsui.WorkerDied"
    assert rig.run("handlers.nothing").error is None


def test_a_worker_that_writes_garbage_into_its_channel_fails_its_task_only(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_text(
        "import os, stat, time\n"
        "def f(e):\n"
        "    for fd in range(3, 50):\n"
        "        try:\n"
        "            if stat.S_ISSOCK(os.fstat(fd).st_mode): os.write(fd, b'\\0\\0\\0\\4oops')\n"
        "        except OSError: pass\n"
        "    time.sleep(60)\n"
    )
    assert rig.run("odd.f", code=str(tmp_path)).error == "Bunsui.WorkerDied"
    assert rig.run("handlers.nothing").error is None


def test_a_prepared_supervisor_serves_at_once(home: Path) -> None:
    rig = Rig(home)
    rig.client.prepare()
    rig.client.prepare()
    rig.start()
    assert rig.run("handlers.nothing").error is None
    rig.client.prepare()
    rig.close()
