"""Hosting and reaching an engine: election, the inbox, callers in the same process and in others."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bunsui.asl.effects import Ended
from bunsui.errors import AlreadyExists, BackendError, InvalidInput, NotFound
from bunsui.local import host as hosting
from bunsui.local import telling
from bunsui.local.home import Home, open_home
from bunsui.local.host import EngineHost
from bunsui.local.inbox import Inbox
from bunsui.local.journal import Fenced, Journal
from bunsui.local.launch import Launch, Outcome, Report
from bunsui.local.machines import body_of
from bunsui.local.reading import EngineReader
from bunsui.local.state_machines import LocalStateMachines
from bunsui.model.machine import CompiledMachine, FunctionResource
from bunsui.model.status import ExecutionStatus
from bunsui.settings import Settings

STATES = {
    "StartAt": "a",
    "States": {
        "a": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {"FunctionName": "${Function_a}", "Payload": {}},
            "End": True,
        }
    },
    "QueryLanguage": "JSONata",
}


class Obedient:
    """A supervisor whose tasks succeed at once."""

    def __init__(self) -> None:
        self.launched: list[str] = []

    def ear(self) -> None:
        return None

    def start(self, deliver: Callable[[Report], None]) -> frozenset[str]:
        self._deliver = deliver
        return frozenset()

    def launch(self, launches: Sequence[Launch]) -> None:
        for launch in launches:
            self.launched.append(launch.id)
            self._deliver(Outcome(launch.id, {"ok": True}))

    def cancel(self, ids: Sequence[str]) -> None: ...

    def acknowledge(self, ids: Sequence[str]) -> None: ...

    def stop(self) -> None: ...


def machine() -> CompiledMachine:
    return CompiledMachine("flow", STATES, json.dumps(STATES), "", {"Function_a": FunctionResource("m.f", "c")})


def waits() -> CompiledMachine:
    definition = {"StartAt": "w", "States": {"w": {"Type": "Wait", "Seconds": 600, "End": True}}}
    return CompiledMachine("waits", definition, json.dumps({"QueryLanguage": "JSONata", **definition}), "", {})


def host_of(home: Home, **more: Any) -> EngineHost:
    return EngineHost(home, Settings(home.path, "me", 2), supervisor=Obedient, **more)


def wait_for(true: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline, "it did not happen within 10 seconds"
        time.sleep(0.005)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return open_home(tmp_path / "home")


def test_a_hosted_engine_runs_what_its_own_process_starts(home: Home) -> None:
    told: list[tuple[str, Any]] = []
    host = host_of(home, on_event=lambda arn, event: told.append((arn, event)))
    host.start_in_thread()
    machines = LocalStateMachines(home, host)
    arn = machines.start(machines.deploy(machine()), "run-1", {})
    wait_for(lambda: told)
    assert machines.describe(arn).status is ExecutionStatus.SUCCEEDED
    assert isinstance(told[0][1], Ended)
    host.stop()


def test_another_process_reaches_the_engine_through_the_inbox(home: Home) -> None:
    host = host_of(home)
    host.start_in_thread()
    machines = LocalStateMachines(home)  # knows of no host
    arn = machines.start(machines.deploy(machine()), "run-1", {})
    wait_for(lambda: machines.describe(arn).status is ExecutionStatus.SUCCEEDED)
    with pytest.raises(AlreadyExists):
        machines.start(machines.describe(arn).machine_arn, "run-1", {"other": 1})
    with pytest.raises(NotFound):
        machines.stop(arn + "x", "", "")
    assert Inbox(home).waiting() == []
    host.stop()


def test_a_command_waits_in_the_inbox_until_there_is_an_engine(home: Home) -> None:
    hosts: list[EngineHost] = []

    def ensure() -> None:
        if not hosts:
            hosts.append(host_of(home))
            hosts[0].start_in_thread()

    machines = LocalStateMachines(home, ensure=ensure)
    assert machines.deploy(machine()).endswith(":flow:1")
    hosts[0].stop()


def test_nobody_waits_for_ever_for_an_engine(home: Home) -> None:
    machines = LocalStateMachines(home, ensure=lambda: None, patience=0.05)
    with pytest.raises(BackendError, match="did not answer deploy"):
        machines.deploy(machine())


def test_a_command_delivered_twice_acts_once(home: Home) -> None:
    inbox = Inbox(home)
    inbox.send("deploy", body_of(machine()), id="one")
    inbox.send("deploy", body_of(machine()), id="one")
    arn = "arn:aws:states:local:000000000000:stateMachine:flow:1"
    inbox.send("start", {"machine": arn, "name": "run-1", "input": {}}, id="two")
    host_of(home).run_until_idle()
    first = inbox.reply("two")
    inbox._connection.execute("UPDATE inbox SET reply = NULL")  # as after a crash between commit and reply
    host_of(home).run_until_idle()
    assert inbox.reply("two") == first == {"value": "arn:aws:states:local:000000000000:execution:flow:run-1"}
    assert Journal(home).connection.execute("SELECT count(*) FROM journal").fetchone() == (2,)


def test_two_who_start_the_same_at_once_start_it_once_however_large_its_input(home: Home) -> None:
    inbox = Inbox(home)
    inbox.send("deploy", body_of(machine()), id="one")
    arn = "arn:aws:states:local:000000000000:stateMachine:flow:1"
    for id in ("two", "three"):  # who starts it, and who looks at it and finds that it was to be started
        inbox.send("start", {"machine": arn, "name": "run-1", "input": {"text": "x" * 100_000}}, id=id)
    host_of(home).run_until_idle()
    assert inbox.reply("two") == inbox.reply("three")
    assert inbox.reply("two") == {"value": "arn:aws:states:local:000000000000:execution:flow:run-1"}


def test_a_refusal_is_the_same_when_delivered_again(home: Home) -> None:
    inbox = Inbox(home)
    inbox.send("stop", {"arn": "arn:none", "error": "", "cause": ""}, id="one")
    host_of(home).run_until_idle()
    reply = inbox.reply("one")
    assert reply is not None
    assert reply["error"] == "NotFound"


def test_only_one_of_many_engines_is_elected_and_another_takes_over(home: Home) -> None:
    hosts = [host_of(home) for _ in range(4)]
    threads = [threading.Thread(target=host.start_in_thread) for host in hosts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [host.elected for host in hosts].count(True) == 1
    first = next(host for host in hosts if host.elected)
    first.stop()
    wait_for(lambda: [host.elected for host in hosts if host is not first].count(True) == 1)
    for host in hosts:
        if host is not first:
            host.stop()


def test_an_engine_that_slept_cannot_write(home: Home) -> None:
    slept = Journal(home)
    newer = Journal(home)
    assert newer.epoch == slept.epoch + 1
    with pytest.raises(Fenced):
        slept.begin()
    newer.begin()
    newer.commit()


def test_a_failing_listener_is_told_again_and_never_ends_the_engine(home: Home) -> None:
    told: list[str] = []

    def listener(arn: str, event: Any) -> None:
        told.append(arn)
        if len(told) < 3:
            raise RuntimeError("not now")

    host = host_of(home, on_event=listener)
    host.start_in_thread()
    machines = LocalStateMachines(home, host)
    machines.start(machines.deploy(machine()), "run-1", {})
    wait_for(lambda: len(told) == 3)
    assert host.elected
    host.stop()
    assert Journal(home).untold() == []


def test_an_end_that_nobody_took_is_told_by_the_next_engine(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "_PAUSE", 0.0)

    def refuses(arn: str, event: Any) -> None:
        raise SystemExit

    host = host_of(home, on_event=refuses)
    host.start_in_thread()
    machines = LocalStateMachines(home, host)
    arn = machines.start(machines.deploy(machine()), "run-1", {})
    wait_for(lambda: machines.describe(arn).status is ExecutionStatus.SUCCEEDED)
    host.stop()
    told: list[str] = []
    host_of(home, on_event=lambda arn, event: told.append(arn)).run_until_idle()
    assert told == [arn]


def test_a_listener_may_call_the_engine(home: Home) -> None:
    """Automatic recovery does: it starts the next execution when one failed."""
    host = host_of(home, on_event=lambda arn, event: again(arn))
    machines = LocalStateMachines(home, host)

    def again(arn: str) -> None:
        if arn.endswith("run-1"):
            machines.start(machines.describe(arn).machine_arn, "run-2", {})

    host.start_in_thread()
    arn = machines.start(machines.deploy(machine()), "run-1", {})
    second = arn[:-1] + "2"
    wait_for(lambda: _exists(home, second))
    host.stop()


def _exists(home: Home, arn: str) -> bool:
    try:
        return EngineReader(home).describe(arn).status is ExecutionStatus.SUCCEEDED
    except NotFound:
        return False


def test_only_one_engine_waits_for_the_lock(home: Home) -> None:
    first = host_of(home)
    first.start_in_thread()
    waiting = host_of(home)
    thread = threading.Thread(target=waiting.run_until_idle)
    thread.start()
    time.sleep(0.02)
    host_of(home).run_until_idle()  # returns at once: one waits already
    assert thread.is_alive()
    first.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_a_full_disk_stops_nothing_for_good(home: Home) -> None:
    host = host_of(home)
    host.start_in_thread()
    machines = LocalStateMachines(home, host)
    arn = machines.deploy(machine())
    engine = host._engine
    assert engine is not None
    pages = engine._journal.connection.execute("PRAGMA page_count").fetchone()[0]
    engine._journal.connection.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(BackendError, match="no room"):
        machines.start(arn, "big-1", {"text": "x" * 200_000})
    engine._journal.connection.execute("PRAGMA max_page_count=1000000")
    started = machines.start(arn, "run-1", {})
    wait_for(lambda: machines.describe(started).status is ExecutionStatus.SUCCEEDED)
    host.stop()


def test_an_engine_in_the_background_outlives_a_bad_start(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosting, "_AGAIN_SECONDS", 0.01)
    starts: list[int] = []

    def supervisor() -> Obedient:
        starts.append(1)
        if len(starts) < 3:
            raise BackendError("the task supervisor did not start")
        return Obedient()

    inbox = Inbox(home)
    inbox.send("deploy", body_of(machine()))
    EngineHost(home, Settings(home.path, "test", 2), supervisor=supervisor).run_until_idle()
    assert len(starts) == 3
    assert inbox.waiting() == []


def test_an_engine_in_the_background_gives_up_when_it_never_starts(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosting, "_AGAIN_SECONDS", 0.01)
    starts: list[int] = []

    def supervisor() -> Obedient:
        starts.append(1)
        raise BackendError("the task supervisor did not start")

    EngineHost(home, Settings(home.path, "test", 2), supervisor=supervisor).run_until_idle()
    assert len(starts) == 5


def test_what_is_not_json_is_refused_before_it_reaches_the_engine(home: Home) -> None:
    host = host_of(home)
    host.start_in_thread()
    machines = LocalStateMachines(home, host)
    arn = machines.deploy(machine())
    nested: Any = []
    for _ in range(5000):
        nested = [nested]
    for given in ({1, 2}, "\ud800", nested):
        with pytest.raises(InvalidInput):
            machines.start(arn, "run-1", given)
    assert host.elected
    host.stop()


def test_a_command_that_breaks_the_engine_does_not_break_it_for_ever(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosting, "_AGAIN_SECONDS", 0.0)
    inbox = Inbox(home)
    inbox.send("no such command", {}, id="one")
    host = host_of(home)
    host.start_in_thread()
    wait_for(lambda: inbox.reply("one"))
    reply = inbox.reply("one")
    assert reply is not None
    assert "report this as a bug" in reply["hint"]
    assert LocalStateMachines(home, host).deploy(machine())
    host.stop()


def test_an_engine_whose_home_was_removed_ends(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosting, "_INBOX_SECONDS", 0.01)
    monkeypatch.setattr(hosting, "_WAIT_SECONDS", 0.01)
    host = host_of(home)
    host.start_in_thread()
    machines = LocalStateMachines(home, host)
    machines.start(machines.deploy(waits()), "run-1", {})
    shutil.rmtree(home.path)
    wait_for(lambda: not host.elected)
