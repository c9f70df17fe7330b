"""Outcomes and saved positions on disk until the engine's journal has them. One file holds what ended together.

A file is written aside and then named, so a torn one is never read as whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from bunsui.local.launch import Outcome, Saved
from bunsui.local.supervisor.messages import report_from, report_line

_OUTCOMES = ".outcomes"
_SAVED = ".saved"
_ASIDE = ".new"


class Spool:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file_of: dict[str, str] = {}  # id of an outcome -> its file
        self._left: dict[str, int] = {}  # file -> outcomes in it that are not acknowledged
        self._saved: dict[str, Saved] = {}  # by idempotency key
        self._saver: dict[str, str] = {}  # id -> key
        self._number = 0

    def load(self) -> tuple[list[bytes], list[bytes]]:
        """Saved positions and outcomes that an earlier supervisor left, as report lines."""
        saved: list[bytes] = []
        outcomes: list[bytes] = []
        for name in sorted(os.listdir(self._folder)):
            if name.endswith(_ASIDE):
                (self._folder / name).unlink(missing_ok=True)
            elif name.endswith(_SAVED):
                saved += self._load_saved(name)
            elif name.endswith(_OUTCOMES):
                outcomes += self._load_outcomes(name)
        return saved, outcomes

    def _lines(self, name: str) -> Iterable[tuple[bytes, Any]]:
        for line in (self._folder / name).read_bytes().splitlines():
            try:
                yield line, report_from(orjson.loads(line))
            except (ValueError, TypeError, KeyError):
                continue  # torn by a power cut: as if it had not been recorded, so that task runs again

    def _load_outcomes(self, name: str) -> Iterable[bytes]:
        number = name.split(".")[0]
        self._number = max(self._number, int(number) if number.isdigit() else 0)
        lines = [(line, report) for line, report in self._lines(name) if isinstance(report, Outcome)]
        for _, outcome in lines:
            self._file_of[outcome.id] = name
        self._left[name] = len(lines)
        if not lines:
            self._remove(name)
        return [line for line, _ in lines]

    def _load_saved(self, name: str) -> Iterable[bytes]:
        found = [(line, report) for line, report in self._lines(name) if isinstance(report, Saved)]
        for _, saved in found:
            self._saved[saved.key] = saved
            self._saver[saved.id] = saved.key
        return [line for line, _ in found]

    def add(self, outcomes: dict[str, bytes]) -> None:
        """Record report lines by id, all or none. Raises OSError."""
        self._number += 1
        name = f"{self._number:012d}{_OUTCOMES}"
        self._write(name, b"\n".join(outcomes.values()) + b"\n", sync=False)
        self._left[name] = len(outcomes)
        self._file_of.update(dict.fromkeys(outcomes, name))

    def save(self, saved: Saved) -> None:
        """Durable when it returns, power cuts included. Raises OSError."""
        self._write(_saved_name(saved.key), report_line(saved) + b"\n", sync=True)
        self._saved[saved.key] = saved
        self._saver[saved.id] = saved.key

    def position(self, key: str) -> Saved | None:
        return self._saved.get(key)

    def ids(self) -> list[str]:
        return list(self._file_of)

    def __contains__(self, id: str) -> bool:
        return id in self._file_of

    def forget(self, ids: Iterable[str]) -> None:
        """The engine has them."""
        for id in ids:
            name = self._file_of.pop(id, None)
            if name is not None:
                self._left[name] -= 1
                if not self._left[name]:
                    self._remove(name)
            self._forget_saved(id)

    def _forget_saved(self, id: str) -> None:
        key = self._saver.pop(id, None)
        if key is not None and self._saved[key].id == id:
            del self._saved[key]
            (self._folder / _saved_name(key)).unlink(missing_ok=True)

    def _remove(self, name: str) -> None:
        self._left.pop(name, None)
        (self._folder / name).unlink(missing_ok=True)

    def _write(self, name: str, body: bytes, sync: bool) -> None:
        path = os.path.join(self._folder, name)
        descriptor = os.open(path + _ASIDE, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        try:
            _write_whole(descriptor, body)
            if sync:
                os.fsync(descriptor)
        except OSError:
            os.unlink(path + _ASIDE)
            raise
        finally:
            os.close(descriptor)
        os.rename(path + _ASIDE, path)
        if sync:
            sync_folder(self._folder)


def _write_whole(descriptor: int, body: bytes) -> None:
    view = memoryview(body)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _saved_name(key: str) -> str:
    import hashlib  # not at the start: most pipelines save nothing

    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:40] + _SAVED
