"""Logs while the object store takes nothing: kept in the spool, in order, bounded; what is lost is counted and told."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rig import Rig, context, function

from bunsui.local.supervisor import chunks, spill
from bunsui.local.supervisor.chunk_files import write_chunk
from bunsui.local.supervisor.logs import AttemptLog
from bunsui.local.supervisor.spill import Spill
from bunsui.task.redaction import Redactor


class Disk:
    """A home whose two places for logs can be broken: a file is where their folder should be."""

    def __init__(self, folder: Path, most: int = 1 << 20) -> None:
        self.folder, self.most = folder, most
        (folder / "objects").mkdir(parents=True)
        (folder / "spool").mkdir()
        self.spill = self.open()

    def open(self) -> Spill:
        return Spill(self.folder / "spool" / "logs", self.folder / "objects", self.most)

    def works(self, name: str, works: bool = True) -> None:
        path = self.folder / name
        if works and path.is_file():
            path.unlink()
            if (aside := path.with_name(path.name + ".aside")).exists():
                aside.rename(path)
        elif not works and not path.is_file():
            if path.exists():
                path.rename(path.with_name(path.name + ".aside"))
            path.touch()

    def drain(self) -> None:
        for _ in range(20):
            self.spill.drain(float("inf"))

    def log(self, attempt: str = "1.0.0") -> AttemptLog:
        return AttemptLog(context(attempt=attempt), Redactor(()), self.spill)

    def messages(self, attempt: str = "1.0.0") -> list[str]:
        files = sorted((self.folder / "objects/logs/s/op" / attempt).glob("*.jsonl"))
        return [json.loads(line)["message"] for file in files for line in file.read_text().splitlines()]


@pytest.fixture
def disk(tmp_path: Path, monkeypatch) -> Disk:
    monkeypatch.setattr(spill, "_AGAIN", 0.0)
    return Disk(tmp_path / "disk")


def write(log: AttemptLog, *texts: object) -> None:
    for text in texts:
        log.feed("stdout", f"{text}\n".encode(), 1.0)
    log.write()


def test_lines_that_the_store_does_not_take_come_later_and_in_order(disk) -> None:
    log = disk.log()
    write(log, "one")
    disk.works("objects/logs", False)
    write(log, "two")
    disk.works("objects/logs")
    write(log, "three")  # not before those that wait
    assert disk.messages() == ["one"]
    disk.drain()
    write(log, "four")
    assert log.close()
    assert disk.messages() == ["one", "two", "three", "four"]
    assert list((disk.folder / "spool/logs").iterdir()) == []


def test_lines_that_come_after_the_log_was_archived_get_numbers_of_their_own(disk) -> None:
    log = disk.log()
    write(log, "one")
    shutil.rmtree(disk.folder / "objects/logs/s")
    write(log, "two")
    assert log.close()
    (chunk,) = (disk.folder / "objects/logs/s/op/1.0.0").iterdir()
    assert (chunk.name, disk.messages()) == ("000002.jsonl", ["two"])


def test_what_a_dead_supervisor_spilled_is_stored_by_the_next(disk) -> None:
    log = disk.log()
    disk.works("objects/logs", False)
    write(log, "one", "two")
    (file,) = (disk.folder / "spool/logs").iterdir()
    with file.open("ab") as torn:
        torn.write(b'{"time": 1, "mess')
    disk.works("objects/logs")
    disk.spill = disk.open()
    write(disk.log(), "of the attempt that was launched again")
    disk.drain()
    assert disk.messages() == ["one", "two", "of the attempt that was launched again"]


def test_a_crash_while_lines_are_handed_over_repeats_none(disk) -> None:
    write(disk.log(), "one")
    disk.spill = disk.open()
    disk.works("objects/logs", False)
    log = disk.log()
    write(log, "two")
    disk.works("objects/logs")
    (file,) = (disk.folder / "spool/logs").iterdir()
    before = file.read_bytes()
    disk.drain()
    assert disk.messages() == ["one", "two"]
    file.write_bytes(before.replace(b"      -1", b"       1"))  # killed before the file was removed
    disk.spill = disk.open()
    disk.drain()
    assert disk.messages() == ["one", "two"]


def test_when_both_are_full_the_loss_is_counted_and_told(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(spill, "_AGAIN", 0.0)
    monkeypatch.setattr(chunks, "_BUFFER_CAP", 3000)
    disk = Disk(tmp_path, most=3000)
    disk.works("objects/logs", False)
    log = disk.log()
    for number in range(200):
        write(log, number)
    disk.works("objects/logs")
    disk.drain()
    log.close()
    *kept, told = disk.messages()
    lost = 200 - len(kept)
    assert kept == [str(number) for number in range(len(kept))]
    assert told == f"{lost} lines of this log were lost: they could not be stored"


def test_a_slow_store_is_left_alone_for_a_while(disk, monkeypatch) -> None:
    monkeypatch.setattr(spill, "_SLOW", -1.0)
    log = disk.log()
    write(log, "one")
    monkeypatch.setattr(disk.spill, "_retry_at", float("inf"))
    write(log, "two")
    assert disk.messages() == ["one"]
    monkeypatch.setattr(disk.spill, "_retry_at", 0.0)
    disk.drain()
    assert disk.messages() == ["one", "two"]


class Hanging:
    """A store whose writes do not return until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hangs, self.returned = True, threading.Event()
        self._go = threading.Event()
        monkeypatch.setattr(spill, "_HUNG", 0.05)
        monkeypatch.setattr(spill, "write_chunk", self.write)

    def write(self, objects: Path, prefix: str, last: int, body: bytes) -> None:
        hung = self.hangs
        if hung:
            self._go.wait(30)
        write_chunk(objects, prefix, last, body)
        if hung:
            self.returned.set()

    def let_go(self) -> None:
        self.hangs = False
        self._go.set()
        assert self.returned.wait(30)


@pytest.fixture
def hanging(disk, monkeypatch) -> Hanging:
    hanging = Hanging(monkeypatch)
    disk.spill = disk.open()
    return hanging


def settled(disk: Disk) -> None:
    """What hung has returned; its thread may need a moment to say so."""
    while not disk.spill.may_store():
        time.sleep(0.001)


def test_lines_of_a_write_that_hung_and_came_after_all_are_there_once(disk, hanging) -> None:
    log = disk.log()
    write(log, "one", "two")
    write(log, "three")
    assert disk.messages() == []
    hanging.let_go()
    settled(disk)
    assert disk.messages() == ["one", "two"]
    disk.drain()
    write(log, "four")
    assert log.close()
    assert disk.messages() == ["one", "two", "three", "four"]
    assert list((disk.folder / "spool/logs").iterdir()) == []


def test_a_store_that_hangs_for_ever_keeps_nobody_and_the_next_supervisor_stores_the_lines(disk, hanging) -> None:
    log = disk.log()
    write(log, "one")
    write(log, "two")
    assert not disk.spill.may_store()
    assert log.close()  # the attempt is over: its lines wait in the spool
    hanging.hangs = False
    disk.spill = disk.open()
    disk.drain()
    assert disk.messages() == ["one", "two"]


def test_what_hung_without_room_in_the_spool_is_not_stored_again(disk, hanging, monkeypatch) -> None:
    disk.works("spool/logs", False)
    log = disk.log()
    write(log, "one")
    write(log, "two")
    hanging.let_go()
    settled(disk)
    write(log, "three")
    assert log.close()
    assert disk.messages() == ["one", "two", "three"]


def test_a_hand_over_that_hung_and_came_after_all_repeats_nothing(disk, hanging) -> None:
    hanging.hangs = False
    log = disk.log()
    disk.works("objects/logs", False)
    write(log, "one")
    disk.works("objects/logs")
    hanging.hangs = True
    disk.drain()
    write(log, "two")
    hanging.let_go()
    settled(disk)
    disk.drain()
    assert log.close()
    assert disk.messages() == ["one", "two"]


@settings(max_examples=30)
@given(st.integers(0, 10**9))
def test_through_any_failures_every_line_is_there_once_or_counted(tmp_path_factory, seed: int) -> None:
    dice = random.Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spill, "_AGAIN", 0.0)
        patch.setattr(chunks, "_BUFFER_CAP", 1500)
        disk = Disk(tmp_path_factory.mktemp("d"), most=dice.choice([600, 5000, 1 << 20]))
        logs = [disk.log("1.0.0"), disk.log("1.0.1")]
        for number in range(60):
            if dice.random() < 0.3:
                disk.works(dice.choice(["objects/logs", "spool/logs"]), dice.random() < 0.5)
            if dice.random() < 0.3:
                disk.spill.drain(float("inf"))
            write(logs[number % 2], number)
        for name in ("objects/logs", "spool/logs"):
            disk.works(name)
        disk.drain()
        for log in logs:
            log.close()
        disk.drain()
    for parity, attempt in enumerate(["1.0.0", "1.0.1"]):
        told = [m for m in disk.messages(attempt) if "lost" in m]
        kept = [int(m) for m in disk.messages(attempt) if "lost" not in m]
        assert kept == sorted(set(kept))
        assert {number % 2 for number in kept} <= {parity}
        assert len(kept) + sum(int(m.split()[0]) for m in told) == 30


def test_a_task_that_says_much_runs_on_though_the_store_is_gone_and_its_supervisor_dies(home: Path, tmp_path) -> None:
    rig = Rig(home).start()
    (tmp_path / "talk.py").write_text(
        "def f(e):\n    for n in range(20000): print('line', n, 'x' * 100)\n    return {}\n"
    )
    blocked = rig.home.objects / "logs"
    blocked.write_text("a file where the folder of logs should be")
    launch = function("talk.f", code=str(tmp_path))
    rig.client.launch([launch])
    assert rig.outcome(launch.id).error is None
    os.kill(rig.supervisor_pid(), signal.SIGKILL)
    rig.wait_lost()
    blocked.unlink()
    rig.client = rig.new_client()
    rig.start()
    rig.eventually(lambda: len(rig.messages()) == 20000, "the lines, from the spool")
    assert [message.split()[1] for message in rig.messages()] == [str(number) for number in range(20000)]
    rig.close()


def test_a_task_runs_on_though_writes_to_the_store_never_return(home: Path, tmp_path) -> None:
    rig = Rig(home).start()
    (tmp_path / "talk.py").write_text("def f(e):\n    for n in range(3000): print('line', n)\n    return {}\n")
    aside = rig.home.objects / ".aside"
    aside.mkdir(exist_ok=True)
    for number in range(200):  # whoever opens a pipe that nobody reads, waits for ever
        os.mkfifo(aside / f"log-{rig.supervisor_pid()}-{number}")
    launch = function("talk.f", code=str(tmp_path))
    rig.client.launch([launch])
    assert rig.outcome(launch.id).error is None
    os.kill(rig.supervisor_pid(), signal.SIGKILL)
    rig.wait_lost()
    rig.client = rig.new_client()
    rig.start()
    rig.eventually(lambda: len(rig.messages()) == 3000, "the lines, from the spool")
    assert [message.split()[1] for message in rig.messages()] == [str(number) for number in range(3000)]
    rig.close()
