"""The doctor's quick checks of a local home and of the machine it is on. They only look.

The slow ones are in `verify`; how findings are shown is the command line's.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bunsui.local import schema
from bunsui.local.database import connect_readonly, schema_number, translated
from bunsui.local.election import is_held
from bunsui.local.home import Home
from bunsui.local.reading import EngineReader
from bunsui.model.check import Check
from bunsui.settings import Settings

_ANOTHER = "Use another home: BUNSUI_HOME=DIR"
_LEAST_SQLITE = (3, 35, 0)
_LEAST_PYTHON = (3, 11)
_LITTLE_SPACE, _NO_SPACE = 1 << 30, 50 << 20  # bytes


def examinations(settings: Settings) -> Mapping[str, Callable[[], Sequence[Check]]]:
    home = Home(settings.home)
    general: dict[str, Callable[[], Sequence[Check]]] = {
        "python": lambda: [_python()],
        "sqlite": lambda: [_sqlite()],
        "home": lambda: [_home(home)],
    }
    if _home(home).status == "error":
        return general  # of what is no home of ours, nothing more can be said
    return general | {
        "permissions": lambda: list(_permissions(home)),
        "disk": lambda: [_disk(home)],
        "schema": lambda: list(_schemas(home)),
        "engine": lambda: list(_engine(home)),
        "supervisor": lambda: [_supervisor(home)],
    }


def _python() -> Check:
    version = platform.python_version()
    if sys.version_info < _LEAST_PYTHON:
        return Check("python", "error", f"{version} is too old", "Use Python 3.11 or later")
    return Check("python", "ok", f"{version} at {sys.executable}")


def _sqlite() -> Check:
    if sqlite3.sqlite_version_info < _LEAST_SQLITE:
        return Check(
            "sqlite", "error", f"{sqlite3.sqlite_version} is too old", "Use a Python with SQLite 3.35 or later"
        )
    return Check("sqlite", "ok", sqlite3.sqlite_version)


def _home(home: Home) -> Check:
    there = next(path for path in (home.path, *home.path.parents) if os.path.lexists(path))
    if not there.is_dir():
        return Check("home", "error", f"{there} is not a folder", _ANOTHER)
    if not os.access(there, os.W_OK | os.X_OK):
        return Check("home", "error", f"no permission to write {there}", _ANOTHER)
    if there != home.path:
        return Check("home", "ok", f"{home.path} will be made when something is run")
    if there.stat().st_uid != os.geteuid():
        return Check("home", "error", f"{there} belongs to another user (uid {there.stat().st_uid})", _ANOTHER)
    return Check("home", "ok", str(home.path))


def _permissions(home: Home) -> Iterator[Check]:
    """Nobody else may read what passes through a pipeline."""
    open_to_others = [path for path in _private(home) if stat.S_IMODE(path.stat().st_mode) & 0o077]
    for path in open_to_others:
        yield Check("permissions", "warning", f"other users can look at {path}", f"chmod go= {shlex.quote(str(path))}")
    if not open_to_others:
        yield Check("permissions", "ok", "only you can look at it")


def _private(home: Home) -> list[Path]:
    paths = (home.path, home.objects, home.spool, home.run, home.records, home.engine)
    return [path for path in paths if path.exists()]


def _disk(home: Home) -> Check:
    place = next(path for path in (home.path, *home.path.parents) if path.exists())
    free = shutil.disk_usage(place).free
    detail = f"{free / (1 << 30):.1f} GiB free"
    if free < _NO_SPACE:
        return Check("disk", "error", detail, "Free some disk space: nothing can be recorded without it")
    return Check("disk", "ok" if free > _LITTLE_SPACE else "warning", detail)


def _schemas(home: Home) -> Iterator[Check]:
    for path, known in ((home.records, schema.RECORDS), (home.engine, schema.ENGINE)):
        if path.exists():
            yield _schema(path, len(known))


def _schema(path: Path, known: int) -> Check:
    with translated(path):
        connection = connect_readonly(path)
        try:
            number = schema_number(connection)
            (journal_mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        finally:
            connection.close()
    if number > known:
        return Check("schema", "error", f"{path.name} has schema {number}; this Bunsui knows {known}", "Upgrade Bunsui")
    if journal_mode != "wal":
        return Check("schema", "error", f"{path.name} is in mode {journal_mode}, not WAL", "Use a local file system")
    return Check("schema", "ok", f"{path.name} has schema {number}")


def _engine(home: Home) -> Iterator[Check]:
    running = is_held(home.lock)
    if not home.engine.exists():
        yield Check("engine", "ok", "nothing was run yet")
        return
    reader = EngineReader(home)
    try:
        open_ = reader.open_count()
    finally:
        reader.close()
    if open_ and not running:
        hint = "Any look at the session brings it back: bunsui session watch @last"
        yield Check("engine", "warning", f"not running, with {open_} open executions", hint)
    else:
        yield Check("engine", "ok", f"{'running' if running else 'not running'}, {open_} open executions")


def _supervisor(home: Home) -> Check:
    waiting = sum(1 for path in home.spool.rglob("*") if path.is_file()) if home.spool.exists() else 0
    return Check("supervisor", "ok", f"{waiting} files in the spool")
