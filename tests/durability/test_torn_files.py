"""A journal torn at any byte after the last fsync opens with all that was committed before."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bunsui.asl.inputs import TaskHeartbeat
from bunsui.local.home import Home, open_home
from bunsui.local.journal import Journal
from bunsui.local.objects import FolderObjectStore
from bunsui.local.supervisor.logs import AttemptLog
from bunsui.local.supervisor.spill import Spill
from bunsui.local.table import SqliteTable
from bunsui.ports import Record
from bunsui.services.logs.reader import LogFilter, LogReader
from bunsui.task.redaction import Redactor


def commit(journal: Journal, seq: int) -> None:
    journal.begin()
    journal.append(1, seq, TaskHeartbeat(1.0, f"task {seq} " + "x" * 3000), {"set": {"events": seq}}, [])
    journal.commit()


def torn_copy(home: Home, folder: Path, length: int, tail: bytes = b"") -> Home:
    """The home as a power cut leaves it: the last write-ahead frames cut off, or overwritten by what was there."""
    copy = Home(folder)
    shutil.copytree(home.path, folder, ignore=shutil.ignore_patterns("*-shm"))
    wal = folder / "engine.db-wal"
    wal.write_bytes(wal.read_bytes()[:length] + tail)
    return copy


def rows(home: Home) -> list[int]:
    journal = Journal(home)
    found = [row[0] for row in journal.connection.execute("SELECT seq FROM journal ORDER BY seq")]
    journal.close()
    return found


@pytest.mark.parametrize("tail", [b"", b"\xa5" * 4096, b"\xff" * 333])
def test_a_torn_journal_recovers_to_the_last_commit(tmp_path: Path, tail: bytes) -> None:
    home = open_home(tmp_path / "home")
    journal = Journal(home)
    wal = home.path / "engine.db-wal"
    for seq in range(1, 4):
        commit(journal, seq)
    before = wal.stat().st_size
    commit(journal, 4)
    after = wal.stat().st_size
    cuts = sorted({before, before + 1, after - 1, *range(before, after, 997)})
    assert len(cuts) > 5
    for number, cut in enumerate(cuts):
        copy = torn_copy(home, tmp_path / f"{number}", cut, tail)
        assert rows(open_home(copy.path)) == [1, 2, 3], cut
    assert rows(torn_copy(home, tmp_path / "whole", after, tail)) == [1, 2, 3, 4]


def test_a_journal_goes_on_after_it_was_torn(tmp_path: Path) -> None:
    home = open_home(tmp_path / "home")
    journal = Journal(home)
    commit(journal, 1)
    commit(journal, 2)
    copy = torn_copy(home, tmp_path / "copy", (home.path / "engine.db-wal").stat().st_size - 100)
    again = Journal(copy)
    commit(again, 2)
    again.close()
    assert rows(copy) == [1, 2]


def torn_table(home: Home, folder: Path, length: int) -> list[str]:
    """What a table has whose last write-ahead frames were cut off."""
    shutil.copytree(home.path, folder, ignore=shutil.ignore_patterns("*-shm"))
    wal = folder / "records.db-wal"
    wal.write_bytes(wal.read_bytes()[:length])
    table = SqliteTable(open_home(folder))
    found = [record.sort for record in table.query("p").records]
    table.close()
    shutil.rmtree(folder)
    return found


@pytest.mark.parametrize("step", [499, pytest.param(1, marks=pytest.mark.soak)])
def test_a_table_torn_at_any_byte_keeps_what_was_committed(tmp_path: Path, step: int) -> None:
    home = open_home(tmp_path / "home")
    table, wal = SqliteTable(home), home.path / "records.db-wal"
    table.put(Record("p", "kept", {"n": 1}))
    before = wal.stat().st_size
    table.put(Record("p", "torn", {"n": 2}))
    after = wal.stat().st_size
    for cut in sorted({before, before + 1, after - 1, *range(before, after, step)}):
        assert torn_table(home, tmp_path / "copy", cut) == ["kept"], cut
    assert torn_table(home, tmp_path / "copy", after) == ["kept", "torn"]


@pytest.mark.soak
def test_a_journal_torn_at_every_byte_recovers_to_the_last_commit(tmp_path: Path) -> None:
    home = open_home(tmp_path / "home")
    journal, wal = Journal(home), home.path / "engine.db-wal"
    commit(journal, 1)
    before = wal.stat().st_size
    commit(journal, 2)
    for cut in range(before, wal.stat().st_size):
        assert rows(torn_copy(home, tmp_path / "copy", cut)) == [1], cut
        shutil.rmtree(tmp_path / "copy")


@pytest.mark.parametrize("tail", [b"", b"\0" * 60])
def test_a_log_chunk_torn_at_any_byte_still_shows_its_whole_lines(tmp_path: Path, tail: bytes) -> None:
    """Chunks are not synced one by one: a power cut may leave a short one, or zeros in the place of its end."""
    objects = FolderObjectStore(tmp_path)
    context = {"session": "s", "operation": "op", "attempt": "1.0.0"}
    log = AttemptLog(context, Redactor([]), Spill(tmp_path / "spool", tmp_path))
    for number in range(3):
        log.feed("stdout", b"line %d\n" % number, 100.0 + number)
    assert log.close()
    (key,) = objects.list("logs/s/")
    body = objects.get(key)
    ends = [index for index, byte in enumerate(body) if byte == ord("\n")]
    for cut in sorted({*ends, *range(0, len(body), 5)}):
        (tmp_path / key).write_bytes(body[:cut] + tail)
        lines = list(LogReader(objects).read("s", LogFilter()))
        whole = sum(end <= cut for end in ends)
        assert [line.message for line in lines[:whole]] == ["line 0", "line 1", "line 2"][:whole]
        assert len(lines) <= whole + 1
        assert [line.time for line in lines] == sorted(line.time for line in lines)


@pytest.mark.parametrize("step", [997, pytest.param(61, marks=pytest.mark.soak)])
def test_a_journal_whose_log_was_lengthened_recovers_to_the_last_commit(tmp_path: Path, step: int) -> None:
    """A busy journal writes over bytes that are there: a torn commit leaves some of them."""
    home = open_home(tmp_path / "home")
    journal, wal = Journal(home), home.path / "engine.db-wal"
    for seq in range(1, 41):
        commit(journal, seq)
    before = wal.read_bytes()
    commit(journal, 41)
    after = wal.read_bytes()
    assert len(before) == len(after) > 1 << 20
    changed = [at for at in range(0, len(after), 64) if before[at : at + 64] != after[at : at + 64]]
    for cut in range(changed[0], changed[-1], step):
        copy = torn_copy(home, tmp_path / "copy", cut, before[cut:])
        assert rows(open_home(copy.path)) == list(range(1, 41)), cut
        shutil.rmtree(tmp_path / "copy")
    assert rows(torn_copy(home, tmp_path / "whole", len(after))) == list(range(1, 42))
