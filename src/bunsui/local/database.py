"""How this backend opens a SQLite file: durable, private, with numbered migrations and errors in our words.

What is in the files is said by their owners: `table`, `inbox` (records.db) and `journal` (engine.db).
"""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from bunsui.errors import BackendError, NewerSchema, StorageFull

BUSY_SECONDS = 20.0
_BUSY = 30  # commits
_FRAME = 24 + 4096  # bytes of a page in the log
_MOST_OF_A_COMMIT = 200  # pages; larger ones are rare
_PART = 1 << 20
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE}
_FULL_ERRNO = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED_ERRNO = {errno.EACCES, errno.EPERM, errno.EROFS}


def connect(path: Path) -> sqlite3.Connection:
    """A writing connection. Transactions are explicit (BEGIN IMMEDIATE); any thread may use it, one at a time."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous=FULL")
    if sys.platform == "darwin":  # fsync alone leaves data in the drive's cache there
        connection.execute("PRAGMA fullfsync=1")
        connection.execute("PRAGMA checkpoint_fullfsync=1")
    return connection


def connect_readonly(path: Path) -> sqlite3.Connection:
    """A connection that sees what is committed and cannot write."""
    address = f"file:{quote(str(path))}?mode=ro"
    return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def create(path: Path, migrations: Sequence[str]) -> None:
    """Make the file, or bring it up to the newest schema number. The caller holds the home's lock."""
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # its -wal and -shm take over this mode
    connection = connect(path)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        number = schema_number(connection)
        for target, script in enumerate(migrations[number:], number + 1):
            connection.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version={target}; COMMIT;")
    finally:
        connection.close()


def schema_number(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def is_current(path: Path, migrations: Sequence[str]) -> bool:
    """Whether the file is there with our schema number. Raises NewerSchema when it is from a newer Bunsui."""
    if not path.exists() or path.stat().st_size == 0:
        return False
    connection = connect_readonly(path)
    try:
        number = schema_number(connection)
    finally:
        connection.close()
    if number > len(migrations):
        raise NewerSchema(f"{path} has schema {number}; this Bunsui knows {len(migrations)}")
    return number == len(migrations)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All or nothing, with the write lock taken at the beginning: a later upgrade of a read lock could deadlock."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite rolls back by itself when the disk is full
            connection.execute("ROLLBACK")
        raise


class Room:
    """Lengthens the write-ahead log of a file that is busy: to overwrite it takes a third of the time, since the file
    system need not note its new length with each commit.

    Bytes behind the last frame mean nothing to SQLite: where a log began anew, frames of before lie there. Nobody
    else writes to the log meanwhile, for we hold the lock.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, pages: int) -> None:
        """`pages` is after how many the log is folded into the file and begins anew."""
        connection.execute(f"PRAGMA wal_autocheckpoint={pages}")
        self._connection = connection
        self._log = f"{path}-wal"
        self._size = (pages + _MOST_OF_A_COMMIT) * _FRAME
        self._commits = 0

    def committed(self) -> None:
        """A short run never gets to it."""
        self._commits += 1
        if self._commits == _BUSY:
            with suppress(OSError, sqlite3.Error), transaction(self._connection):
                _lengthen(self._log, self._size)


def _lengthen(path: str, size: int) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        before = at = os.fstat(descriptor).st_size
        try:
            while at < size:
                at += os.pwrite(descriptor, bytes(min(_PART, size - at)), at)
            os.fsync(descriptor)
        except OSError:  # the disk is full: the last of it is not for us
            os.ftruncate(descriptor, before)
    finally:
        os.close(descriptor)


@contextmanager
def translated(path: Path | str) -> Iterator[None]:
    """Errors of SQLite and of the file system, in our words."""
    try:
        yield
    except sqlite3.Error as error:
        raise _of_sqlite(path, error) from error
    except OSError as error:
        raise _of_system(path, error) from error


def _of_sqlite(path: Path | str, error: sqlite3.Error) -> BackendError:
    code = getattr(error, "sqlite_errorcode", 0)
    if code in _FULL or code == sqlite3.SQLITE_FULL:
        return StorageFull(f"no room left to write {path}")
    primary = code & 0xFF
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return BackendError(f"cannot write {path}: {error}", "Check who owns the folder, or set BUNSUI_HOME=DIR")
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return BackendError(f"{path} is damaged: {error}", "Look closer: bunsui doctor --verify")
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return BackendError(f"{path} stayed locked for {BUSY_SECONDS:.0f} seconds", "Try again, or: bunsui doctor")
    return BackendError(f"{path}: {error}")


def _of_system(path: Path | str, error: OSError) -> BackendError:
    if error.errno in _FULL_ERRNO:
        return StorageFull(f"no room left to write {path}")
    if error.errno in _DENIED_ERRNO:
        return BackendError(
            f"no permission to write {path}: {error.strerror}", "Check who owns the folder, or set BUNSUI_HOME=DIR"
        )
    return BackendError(f"{path}: {error.strerror or error}")
