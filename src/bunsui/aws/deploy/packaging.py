"""Zip files for Lambda and containers: the same files give the same bytes and the same key, on every machine.

What comes from a package index or from this installation is found in `wheels`.
"""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bunsui import __file__ as _installed
from bunsui.aws import runtime
from bunsui.errors import NotFound, Refused

_TIME = (1980, 1, 1, 0, 0, 0)
_MOST_BYTES = 250 * 1024 * 1024  # unpacked, as Lambda takes it
_ROOT = Path(_installed).parent
_REQUIREMENTS = "requirements.txt"
_NOT_ON_AWS = ("tui", "demo", "cli", "server")  # of Bunsui: the controller needs no face

CodeOf = Callable[[str], Iterator[str]]  # the files of a folder that are code
Required = Callable[[str], Mapping[str, "File"]]  # what the text of a requirements.txt installs


@dataclass(frozen=True, slots=True)
class File:
    body: bytes
    runs: bool = False  # it may be executed


@dataclass(frozen=True, slots=True)
class Package:
    """A zip, written when it is asked for, and its key in the bucket: by the names and contents of its files."""

    key: str
    files: Mapping[str, File]

    def body(self) -> bytes:
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for name in sorted(self.files):
                info = zipfile.ZipInfo(name, _TIME)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.create_system = 3
                info.external_attr = (0o100755 if self.files[name].runs else 0o100644) << 16
                archive.writestr(info, self.files[name].body)
        return written.getvalue()


def packed(files: Mapping[str, File], what: str) -> Package:
    """Raises Refused when it is larger than Lambda takes; `what` names it there."""
    size = sum(len(file.body) for file in files.values())
    if size > _MOST_BYTES:
        message = f"{what} has {size / 1024**2:,.0f} MB unpacked, but Lambda takes {_MOST_BYTES // 1024**2}"
        raise Refused(message, "Leave out data and what is not imported, or use an image: command with image")
    return Package(f"code/{_digest(files)}.zip", files)


def _digest(files: Mapping[str, File]) -> str:
    """Of the contents: compressors of other machines may write other bytes."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name}\0{int(files[name].runs)}\0{hashlib.sha256(files[name].body).hexdigest()}\n".encode())
    return whole.hexdigest()


def function(folder: str, code: str | None, handler: str, code_of: CodeOf, required: Required) -> Package:
    """The code of an operation at the root, what it requires, and the runtime. Raises NotFound, Refused."""
    found = dict(_code(folder, code, handler, code_of))
    where = Path(folder, code) if code is not None else Path(folder)
    if not found:
        raise NotFound(f"there is no code for {handler!r} in {where}", "Look at `code` and `handler` in the file")
    wanted = where / _REQUIREMENTS
    libraries = required(wanted.read_text()) if wanted.is_file() else {}
    return packed({**libraries, **found, **runtime_files()}, f"the code of {handler!r}")


def folder_package(folder: str, code_of: CodeOf) -> Package:
    """All of a pipeline's folder, for its commands."""
    return packed(dict(_below(folder, folder, code_of)), f"the folder {folder}")


def _code(folder: str, code: str | None, handler: str, code_of: CodeOf) -> Iterator[tuple[str, File]]:
    """A folder, or without one the module or package beside the pipeline."""
    if code is not None:
        where = str(Path(folder, code))
        yield from _below(where, where, code_of)
        return
    top = handler.partition(":")[0].partition(".")[0]
    for place in (os.path.join(folder, f"{top}.py"), os.path.join(folder, top)):
        yield from _below(place, folder, code_of)


def _below(place: str, root: str, code_of: CodeOf) -> Iterator[tuple[str, File]]:
    for path in code_of(place):
        if not path.endswith((".pyc", ".pyo")):
            yield os.path.relpath(path, root).replace(os.sep, "/"), read(path)


def runtime_files() -> dict[str, File]:
    """The bare package and the task runtime: what a user's code sees of Bunsui."""
    return {name: File(body) for name, body in runtime.files().items()}


def runtime_archive() -> Package:
    """The task runtime as one file that python3 runs: in containers."""
    with zipfile.ZipFile(io.BytesIO(runtime.task_archive())) as archive:
        files = {name: File(archive.read(name)) for name in archive.namelist()}
    return Package(f"runtime/task-{_digest(files)}.pyz", files)


def own_files() -> dict[str, File]:
    """Bunsui itself, but for its faces."""
    return dict(_own())


def _own() -> Iterator[tuple[str, File]]:
    for path in sorted(_ROOT.rglob("*")):
        inside = path.relative_to(_ROOT)
        if path.is_file() and "__pycache__" not in inside.parts and inside.parts[0] not in _NOT_ON_AWS:
            yield f"bunsui/{inside.as_posix()}", File(path.read_bytes())


def read(path: str) -> File:
    with open(path, "rb") as opened:
        return File(opened.read(), bool(os.stat(path).st_mode & 0o100))
