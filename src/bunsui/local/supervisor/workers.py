"""Worker processes: how one is started, given a launch, judged fit for another, and ended. Who gets which: `pool`."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bunsui.local.supervisor.identity import kill_group
from bunsui.local.supervisor.messages import encode
from bunsui.local.supervisor.runtime import ENTRY
from bunsui.local.supervisor.wire import Connection

# What an interpreter and its C library look at when they start: too late to set afterwards.
_READ_AT_START = ("PYTHON", "LD_", "DYLD_", "LANG", "LC_", "TZ", "MALLOC_", "GLIBC_")


@dataclass(frozen=True, slots=True)
class Key:
    """What two launches must share to run in one process, besides the files of their code (`Worker.is_fit`)."""

    python: str
    code: str | None
    folder: str
    environ: tuple[tuple[str, str], ...]
    memory: int | None


class Worker:
    """A process in a session of its own, with the pipes of its output and a channel to it."""

    def __init__(self, key: Key, runtime: Path, umask: int) -> None:
        self.key = key
        self.mark = os.urandom(8).hex().encode()
        self.children: set[int] = set()  # groups that it started for commands
        self._files: dict[str, tuple[int, int] | None] = {}
        ours, theirs = socket.socketpair()
        life_read, self._life = os.pipe()
        self.out, out = os.pipe()
        self.err, err = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 (the interpreter that the session recorded)
                [key.python, str(runtime / ENTRY), str(theirs.fileno()), str(life_read)],
                env=dict(key.environ),
                cwd="/",  # it goes to its folder with each launch
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                pass_fds=(theirs.fileno(), life_read),
                start_new_session=True,
                umask=umask,
            )
        except (OSError, ValueError):  # a null byte in a variable is a ValueError
            ours.close()
            for descriptor in (self._life, self.out, self.err):
                os.close(descriptor)
            raise
        finally:
            theirs.close()
            for descriptor in (life_read, out, err):
                os.close(descriptor)
        os.set_blocking(self.out, False)
        os.set_blocking(self.err, False)
        self.pid = self._process.pid
        self.connection = Connection(ours)

    def can_become(self, key: Key) -> bool:
        """It was started for nothing in particular, and an interpreter started for `key` would be no different."""
        return self.key.python == key.python and _early(self.key) == _early(key)

    def set_up(self, key: Key, objects: Path) -> None:
        """Make it ready for launches with this key. Once, before the first."""
        self.key = key
        setup = {"code": key.code, "folder": key.folder, "memory": key.memory, "environ": dict(key.environ)}
        self.connection.send(encode({**setup, "objects": str(objects), "mark": self.mark.decode()}))

    def note_files(self, files: list[str]) -> None:
        """These files of the user's code are loaded in it."""
        self._files = {path: self._files.get(path) or _version(path) for path in files}

    def is_fit(self) -> bool:
        """It lives, and the code that it loaded was not edited since."""
        return not _is_dead(self.pid) and all(_version(path) == version for path, version in self._files.items())

    def kill(self) -> None:
        for group in (self.pid, *self.children):
            kill_group(group)

    def has_ended(self) -> bool:
        """True once it did; what is left of its group is killed while the number is still its own."""
        if not _is_dead(self.pid):
            return False
        self.kill()
        self._process.wait()
        return True

    @property
    def exit_code(self) -> int:
        """Negative: the signal that ended it."""
        code = self._process.returncode
        return 0 if code is None else code

    def close(self) -> None:
        self.connection.close()
        for descriptor in (self._life, self.out, self.err):
            os.close(descriptor)


def _is_dead(pid: int) -> bool:
    """Without reaping it, where the platform can."""
    if not hasattr(os, "waitid"):
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _version(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _early(key: Key) -> set[tuple[str, str]]:
    return {(name, value) for name, value in key.environ if name.startswith(_READ_AT_START)}


def environ_key(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(environ.items()))
