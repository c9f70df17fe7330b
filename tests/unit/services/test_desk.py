"""The desk: files browsed, read and written as people edit them, on real folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bunsui.errors import BunsuiError, Conflict, InvalidInput, NotFound
from bunsui.services.folders import LocalFolders
from bunsui.services.pipelines.desk import Desk, Draft
from bunsui.services.pipelines.views import LoadedConfig

PIPELINE = "version: 1\nname: a\noperations:\n  x: {wait: {for: 1s}}\n"


@pytest.fixture
def desk() -> Desk:
    return Desk(LocalFolders(), lambda text, path: LoadedConfig(path, text, ()))


def test_a_file_is_saved_whole_and_keeps_its_permissions(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("one")
    path.chmod(0o640)

    saved = desk.save(desk.open(str(path)), "two")

    assert path.read_text() == "two"
    assert path.stat().st_mode & 0o777 == 0o640
    assert desk.is_as_read(saved)
    assert [one.name for one in tmp_path.iterdir()] == ["a.yaml"]


def test_a_file_that_somebody_else_changed_is_not_overwritten(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("one")
    draft = desk.open(str(path))
    path.write_text("theirs")

    assert not desk.is_as_read(draft)
    with pytest.raises(Conflict, match="somebody else"):
        desk.save(draft, "mine")

    assert path.read_text() == "theirs"
    path.unlink()
    with pytest.raises(Conflict):
        desk.save(draft, "mine")


def test_a_new_file_is_not_written_over_one_that_is_there(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    desk.save(Draft(str(path)), "one")

    with pytest.raises(Conflict):
        desk.save(Draft(str(path)), "two")

    assert path.read_text() == "one"


def test_a_link_stays_a_link_and_a_byte_order_mark_stays_in_front(desk: Desk, tmp_path: Path) -> None:
    path, link = tmp_path / "a.yaml", tmp_path / "link.yaml"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo")
    link.symlink_to(path)

    draft = desk.open(str(link))
    desk.save(draft, "three\r\n")

    assert draft.text == "one\r\ntwo"
    assert link.is_symlink()
    assert path.read_bytes() == b"\xef\xbb\xbfthree\r\n"


@pytest.mark.parametrize(
    ("body", "why"),
    [(b"\xff\xfe", "UTF-8 from line 1"), (b"a\nb\0c", "no text"), (b"x" * (1 << 20) + b"yy", "larger than")],
)
def test_what_is_no_text_is_not_opened(desk: Desk, tmp_path: Path, body: bytes, why: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(body)
    with pytest.raises(InvalidInput, match=why):
        desk.open(str(path))


def test_what_is_not_there_or_no_file_is_refused_without_waiting(desk: Desk, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(NotFound):
        desk.open(str(tmp_path / "none.yaml"))
    with pytest.raises(BunsuiError):
        desk.open(str(tmp_path))
    assert desk.open(str(tmp_path / "pipe.yaml")).text == ""


def test_a_folder_lists_folders_first_and_marks_what_could_be_a_pipeline(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "b.yaml").write_text(PIPELINE)
    (tmp_path / "a.yaml").write_text("services: {}\n")
    (tmp_path / "c.json").write_text('{\n  "version": 1,\n  "operations": {}\n}')
    (tmp_path / "notes.txt").write_text(PIPELINE)
    os.mkfifo(tmp_path / "pipe.yaml")

    found = desk.entries(str(tmp_path)).entries

    assert [one.name for one in found] == ["sub", "a.yaml", "b.yaml", "c.json", "notes.txt", "pipe.yaml"]
    assert [one.name for one in found if one.pipeline] == ["b.yaml", "c.json"]


def test_links_in_circles_and_to_nowhere_are_told(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    (tmp_path / "sub" / "nowhere").symlink_to(tmp_path / "gone")

    found = {one.name: one for one in desk.entries(str(tmp_path / "sub")).entries}

    assert found["up"].loops
    assert found["up"].link == str(tmp_path)
    assert (found["nowhere"].readable, found["nowhere"].is_folder) == (False, False)


def test_of_a_huge_folder_a_part_is_listed_and_it_says_so(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number}.txt").touch()

    found = LocalFolders().entries(str(tmp_path), 20)

    assert (len(found.entries), found.more) == (20, True)


def test_a_folder_that_is_gone_has_a_problem(desk: Desk, tmp_path: Path) -> None:
    assert "No such file" in desk.entries(str(tmp_path / "gone")).problem
