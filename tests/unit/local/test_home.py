"""The home folder and the files in it."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from bunsui.errors import BackendError, NewerSchema, StorageFull
from bunsui.local import home as homes
from bunsui.local.home import open_home
from bunsui.local.objects import FolderObjectStore
from bunsui.local.table import SqliteTable
from bunsui.ports import Record


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_are_0700_and_files_0600(tmp_path: Path) -> None:
    home = open_home(tmp_path / "home")
    table = SqliteTable(home)
    table.put(Record("p", "s", {}))
    FolderObjectStore(home.objects).put("a/b", b"")
    modes = {p.relative_to(home.path): mode(p) for p in home.path.rglob("*")} | {Path(): mode(home.path)}
    assert {m for p, m in modes.items() if (home.path / p).is_dir()} == {0o700}
    assert {m for p, m in modes.items() if (home.path / p).is_file()} == {0o600}


def test_a_newer_schema_is_refused_with_a_hint(tmp_path: Path) -> None:
    home = open_home(tmp_path)
    with sqlite3.connect(home.engine) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(NewerSchema, match="schema 99") as caught:
        open_home(tmp_path)
    assert "BUNSUI_HOME" in caught.value.hint


def test_a_home_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(homes.os, "geteuid", lambda: 12345)
    with pytest.raises(BackendError, match="another user"):
        open_home(tmp_path)


def test_a_file_in_the_place_of_the_home_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(BackendError, match="not a folder"):
        open_home(tmp_path / "home")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(BackendError, match="permission") as caught:
        open_home(tmp_path / "home")
    assert "BUNSUI_HOME" in caught.value.hint


def test_a_damaged_database_is_named(tmp_path: Path) -> None:
    home = open_home(tmp_path)
    home.records.write_bytes(b"not a database at all" * 100)
    with pytest.raises(BackendError, match=r"records\.db is damaged"):
        open_home(tmp_path)


def test_many_may_create_one_home_at_once(tmp_path: Path) -> None:
    failures: list[Exception] = []

    def create() -> None:
        try:
            open_home(tmp_path / "home")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_full_disk_is_storage_full_and_loses_nothing(tmp_path: Path) -> None:
    table = SqliteTable(open_home(tmp_path))
    kept = table.put(Record("p", "kept", {}))
    table._connection.execute("PRAGMA max_page_count=20")
    with pytest.raises(StorageFull, match="no room"):
        table.put(Record("p", "big", {"text": "x" * 200_000}))
    assert table.get("p", "kept") == kept
    table._connection.execute("PRAGMA max_page_count=100000")
    table.put(Record("p", "big", {"text": "x" * 200_000}))


def test_a_long_home_has_short_sockets(tmp_path: Path) -> None:
    home = open_home(tmp_path / ("x" * 120))
    path = home.socket("engine.sock")
    assert len(str(path)) < 104
    assert mode(path.parent) == 0o700
    assert path == home.socket("engine.sock")


def test_a_short_home_keeps_its_sockets(tmp_path: Path) -> None:
    home = homes.Home(Path("/h"))
    assert home.socket("engine.sock") == Path("/h/run/engine.sock")
