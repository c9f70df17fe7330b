"""A journal torn at any byte after the last fsync opens with all that was committed before."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bunsui.asl.inputs import TaskHeartbeat
from bunsui.local.home import Home, open_home
from bunsui.local.journal import Journal
from bunsui.local.table import SqliteTable
from bunsui.ports import Record


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


def test_a_torn_table_keeps_what_was_committed(tmp_path: Path) -> None:
    home = open_home(tmp_path / "home")
    table = SqliteTable(home)
    table.put(Record("p", "kept", {"n": 1}))
    table.put(Record("p", "torn", {"n": 2}))
    folder = tmp_path / "copy"
    shutil.copytree(home.path, folder, ignore=shutil.ignore_patterns("*-shm"))
    wal = folder / "records.db-wal"
    wal.write_bytes(wal.read_bytes()[:-50])
    found = SqliteTable(open_home(folder)).query("p").records
    assert [record.sort for record in found] == ["kept"]
