"""The files of this machine: bounded, and hashed as code."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bunsui.errors import InvalidInput, NotFound
from bunsui.services.surroundings import LocalFiles, surroundings

FILES = LocalFiles()


def test_a_file_is_read_whole_up_to_its_limit(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"12345")
    assert FILES.read(str(tmp_path / "f"), 5) == b"12345"
    with pytest.raises(InvalidInput, match="larger than 4 bytes"):
        FILES.read(str(tmp_path / "f"), 4)


def test_what_is_no_readable_file_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        FILES.read(str(tmp_path / "none"), 9)
    with pytest.raises(InvalidInput, match="is a folder"):
        FILES.read(str(tmp_path), 9)
    with pytest.raises(InvalidInput, match="cannot be read"):
        FILES.read(str(tmp_path / "a\0b"), 9)


def test_a_digest_changes_with_names_and_contents_and_not_with_caches(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    before = FILES.digest([str(tmp_path)])
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("x")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("x")
    assert FILES.digest([str(tmp_path)]) == before
    (tmp_path / "a.py").write_text("2")
    assert FILES.digest([str(tmp_path)]) != before
    (tmp_path / "a.py").write_text("1")
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert FILES.digest([str(tmp_path)]) != before


def test_a_digest_notices_a_change_of_a_file_that_it_has_read_before(tmp_path: Path) -> None:
    code = tmp_path / "a.py"
    code.write_text("1")
    os.utime(code, (1, 1))
    seen = {FILES.digest([str(tmp_path)]), FILES.digest([str(tmp_path)])}
    for text in "23":  # as long, at once, and as old as before
        code.write_text(text)
        os.utime(code, (1, 1))
        seen.add(FILES.digest([str(tmp_path)]))
    assert len(seen) == 3


def test_a_file_that_has_long_been_as_it_is_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    settled = LocalFiles(settled=-1.0)
    first = settled.digest([str(tmp_path)])
    assert settled.digest([str(tmp_path)]) == first
    (tmp_path / "a.py").write_text("22")
    assert settled.digest([str(tmp_path)]) not in (first, "")


def test_a_digest_takes_no_link_for_a_folder_and_survives_one_to_itself(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    before = FILES.digest([str(tmp_path)])
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "up").symlink_to(tmp_path)
    assert FILES.digest([str(tmp_path)]) == before


def test_a_digest_survives_missing_folders_and_odd_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert FILES.digest([str(tmp_path), str(tmp_path / "missing")])
    assert FILES.digest([]) == ""


def test_chance_is_of_the_asked_length_and_alphabet() -> None:
    made = {surroundings("ada").chance(6) for _ in range(50)}
    assert len(made) == 50
    assert all(len(one) == 6 and set(one) <= set("abcdefghijklmnopqrstuvwxyz234567") for one in made)
