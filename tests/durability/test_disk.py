"""A disk that is full, a home that is newer or goes away while it is used: told with what to do, and nothing lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from processes import bunsui, engines, finished, processes, supervisors, tasks, until, words

from bunsui.local.home import Home
from bunsui.local.table import SqliteTable
from bunsui.local.verify import verify

CODE = """
import pathlib, time
HERE = pathlib.Path(__file__).parent

def work(name):
    with open(HERE / "ran.txt", "a") as file:
        file.write(name + "\\n")
    while name == "waits" and not (HERE / "gate").exists():
        time.sleep(0.02)
    return {"did": name}
"""
PIPELINE = """
version: 1
name: some
operations:
  a: {python: {call: "code_of:work"}, with: {name: waits}}
  b: {needs: [a], python: {call: "code_of:work"}, with: {name: b}}
"""


@pytest.fixture
def place(home: Path, tmp_path: Path) -> Iterator[Home]:
    (tmp_path / "code_of.py").write_text(CODE)
    (tmp_path / "some.yaml").write_text(PIPELINE)
    yield Home(home)
    for pid in (*engines(Home(home)), *supervisors(Home(home)), *tasks(Home(home))):
        subprocess.run(["kill", "-9", str(pid)], check=False)


def ran(folder: Path) -> list[str]:
    path = folder / "ran.txt"
    return path.read_text().split() if path.exists() else []


def limit(pid: int, size: str) -> None:
    subprocess.run(["prlimit", "--pid", str(pid), f"--fsize={size}:unlimited"], check=True)


def completes(home: Home, folder: Path, *command: str) -> None:
    """From here on it goes as if nothing had been."""
    (folder / "gate").touch()
    code, _, err = finished(bunsui(folder, *command))
    assert code == 0, err
    assert ran(folder) == ["waits", "b"]
    assert [found for found in verify(home) if found.status != "ok"] == []


def waiting(home: Home, folder: Path) -> subprocess.Popen[str]:
    process = bunsui(folder, "run", "some.yaml", "--name", "mine")
    until(lambda: ran(folder) or process.poll() is not None, "the first task")
    until(lambda: status(home) == "RUNNING" or process.poll() is not None, "the end of the start")
    return process


def status(home: Home) -> object:
    table = SqliteTable(home)
    try:
        record = table.get("session#mine", "session")
        return record.body["status"] if record else None
    finally:
        table.close()


@pytest.mark.parametrize("size", [0, 5_000, 40_000])
def test_a_run_without_room_says_so_and_may_be_repeated(place: Home, tmp_path: Path, size: int) -> None:
    command = ["prlimit", f"--fsize={size}:unlimited", *bunsui_argv("run", "some.yaml", "--name", "mine")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 6, done.stderr
    assert "no room left" in done.stderr
    assert "Free some disk space" in done.stderr
    assert "Traceback" not in done.stderr
    completes(place, tmp_path, "run", "some.yaml", "--name", "mine")


def bunsui_argv(*arguments: str) -> list[str]:
    import sys

    return [sys.executable, "-m", "bunsui", *arguments]


def test_an_engine_whose_disk_fills_up_goes_on_when_there_is_room(place: Home, tmp_path: Path) -> None:
    process = waiting(place, tmp_path)
    limit(process.pid, "0")
    (tmp_path / "gate").touch()
    until(lambda: list(place.spool.glob("*.outcomes")), "the outcome in the spool")
    assert process.stderr is not None
    until(lambda: "waiting, nothing is lost: no room left" in process.stderr.readline(), "the complaint")
    assert ran(tmp_path) == ["waits"]
    limit(process.pid, "unlimited")
    code, _, err = finished(process)
    assert code == 0, err
    assert "Traceback" not in err
    completes(place, tmp_path, "session", "watch", "mine")


def test_a_supervisor_and_an_engine_without_room_lose_no_outcome(place: Home, tmp_path: Path) -> None:
    process = waiting(place, tmp_path)
    (supervisor,) = supervisors(place)
    for pid in (process.pid, supervisor):
        limit(pid, "0")
    (tmp_path / "gate").touch()
    until(lambda: "cannot be recorded" in (place.run / "supervisor.log").read_text() or _full(place), "its complaint")
    for pid in (supervisor, process.pid):
        limit(pid, "unlimited")
    code, _, err = finished(process)
    assert code == 0, err
    completes(place, tmp_path, "session", "watch", "mine")


def _full(home: Home) -> bool:
    """The supervisor's log is a file too: it may not say so. Its task has ended then, and nothing was recorded."""
    return not any(path.stat().st_size for path in home.spool.iterdir()) and bool(list(home.spool.iterdir()))


def test_a_newer_home_is_refused_and_left_alone(place: Home, tmp_path: Path) -> None:
    (tmp_path / "gate").touch()
    assert finished(bunsui(tmp_path, "run", "some.yaml", "--name", "mine"))[0] == 0
    for path in (place.engine, place.records):
        with closing(sqlite3.connect(path)) as connection:
            (number,) = connection.execute("PRAGMA user_version").fetchone()
            connection.execute(f"PRAGMA user_version={number + 1}")
            for command in (["run", "some.yaml"], ["session", "list"], ["session", "show", "mine"]):
                code, _, err = finished(bunsui(tmp_path, *command))
                assert (code, "Upgrade Bunsui" in err, "Traceback" in err) == (6, True, False), err
            connection.execute(f"PRAGMA user_version={number}")
    completes(place, tmp_path, "session", "watch", "mine")


def test_a_home_that_goes_away_ends_all_that_used_it(place: Home, tmp_path: Path) -> None:
    process = waiting(place, tmp_path)
    shutil.rmtree(place.path, ignore_errors=True)
    code, out, err = finished(process)
    assert code in (4, 6), (out, err)
    assert "Traceback" not in err
    assert str(place.path) in err
    until(lambda: not _of(place), "the end of its processes")
    completes(place, _fresh(tmp_path), "run", "some.yaml", "--name", "mine")


def _of(home: Home) -> list[int]:
    return [pid for pid in processes() if any(word.startswith(os.fsencode(home.path)) for word in words(pid))]


def _fresh(folder: Path) -> Path:
    (folder / "ran.txt").unlink()
    return folder
