"""The home folder of the local backend: where its files are, that they are private, ours and of a known schema.

What is inside the files is not known here; see `table`, `inbox`, `journal` and `objects`.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bunsui.errors import BackendError
from bunsui.local import database, schema

_LONGEST_SOCKET = 96  # sun_path holds 104 bytes on macOS, 108 on Linux
_WRITABLE = "Make it writable, or use another home: BUNSUI_HOME=DIR"
_ANOTHER = "Use a home of your own: BUNSUI_HOME=DIR"


@dataclass(frozen=True, slots=True)
class Home:
    path: Path

    @property
    def records(self) -> Path:
        return self.path / "records.db"

    @property
    def engine(self) -> Path:
        return self.path / "engine.db"

    @property
    def objects(self) -> Path:
        return self.path / "objects"

    @property
    def spool(self) -> Path:
        return self.path / "spool"

    @property
    def functions(self) -> Path:
        """The code of functions that were made through the API."""
        return self.path / "functions"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def lock(self) -> Path:
        """Whoever holds this file's lock is the home's engine."""
        return self.run / "engine.lock"

    def socket(self, name: str) -> Path:
        """Where a socket goes: in `run`, or in a private folder with a short path if that is too long."""
        plain = self.run / name
        if len(os.fsencode(plain)) <= _LONGEST_SOCKET:
            return plain
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"bunsui-{os.getuid()}-{digest}"
        if len(os.fsencode(folder / name)) > _LONGEST_SOCKET:  # TMPDIR itself is long
            folder = Path("/tmp") / folder.name  # noqa: S108 (owner and mode are checked below)
        _private(folder)
        return folder / name


def open_home(path: Path) -> Home:
    """Create what is missing; refuse a home that is another user's, cannot be written or is from a newer Bunsui."""
    home = Home(path)
    with database.translated(path):
        if path.exists() and not path.is_dir():
            raise BackendError(f"{path} is a file, not a folder", _ANOTHER)
        for folder in (path, home.objects, home.spool, home.run):
            _private(folder)
        _bring_up_to_date(home)
    return home


def _private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.geteuid():
        raise BackendError(f"{folder} belongs to another user (uid {found.st_uid})", _ANOTHER)
    if found.st_mode & 0o077:
        folder.chmod(0o700)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BackendError(f"no permission to write {folder}", _WRITABLE)


def _bring_up_to_date(home: Home) -> None:
    files = {home.records: schema.RECORDS, home.engine: schema.ENGINE}
    if all(_is_current(file, migrations) for file, migrations in files.items()):
        return
    with locked(home.run / "home.lock"):  # several commands may create one home at the same moment
        for file, migrations in files.items():
            if not _is_current(file, migrations):
                with database.translated(file):
                    database.create(file, migrations)


def _is_current(file: Path, migrations: Sequence[str]) -> bool:
    with database.translated(file):
        return database.is_current(file, migrations)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file. The kernel frees it when the process dies."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
