"""What is synced for an object: its bytes, its name, and the names of the folders above, whoever made them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bunsui.local.objects import FolderObjectStore


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    seen: list[tuple[int, int]] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        found = os.fstat(descriptor)
        seen.append((found.st_dev, found.st_ino))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    return seen


def place(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def test_a_line_of_a_log_waits_for_no_disk(tmp_path: Path, synced: list[tuple[int, int]]) -> None:
    assert FolderObjectStore(tmp_path).put_if_absent("logs/s/1", b"x", lasting=False)
    assert synced == []


@pytest.mark.parametrize("same", [True, False])
def test_a_lasting_object_syncs_the_folders_that_others_made(
    tmp_path: Path, synced: list[tuple[int, int]], same: bool
) -> None:
    store = FolderObjectStore(tmp_path)
    store.put_if_absent("logs/s/1", b"x", lasting=False)
    (store if same else FolderObjectStore(tmp_path)).put("logs/s/archive/all", b"whole")
    wanted = [tmp_path, tmp_path / "logs", tmp_path / "logs/s", tmp_path / "logs/s/archive"]
    assert {place(folder) for folder in wanted} <= set(synced)
    assert place(tmp_path / "logs/s/archive/all") in synced


def test_folders_above_are_synced_once_and_again_when_they_were_made_again(
    tmp_path: Path, synced: list[tuple[int, int]]
) -> None:
    store = FolderObjectStore(tmp_path)
    store.put("a/b/1", b"x")
    synced.clear()
    store.put("a/b/2", b"x")
    assert place(tmp_path / "a") not in synced
    for path in ("a/b/1", "a/b/2"):
        (tmp_path / path).unlink()
    (tmp_path / "a/b").rmdir()
    synced.clear()
    store.put("a/b/3", b"x")
    assert place(tmp_path / "a") in synced
