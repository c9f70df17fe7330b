"""Browsing for pipeline files and loading one (diagram 6.1), by its keys."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bunsui.tui.pipelines.addresses import near
from bunsui.tui.pipelines.screen import PipelineScreen
from tui.pilot import Keys, Project, at
from tui.test_pipelines import command, shows


def test_files_are_browsed_the_marked_one_is_previewed_loaded_and_registered(project: Project) -> None:
    (project.folder / "sub").mkdir()
    (project.folder / "sub" / "inner.yaml").write_text(Path(project.numbers).read_text())
    Path("notes.txt").write_text("x")

    async def flow(keys: Keys) -> None:
        await keys.press("p", "o")
        text = await keys.until("▸ sub/")
        assert "◆ numbers.yaml" in text
        assert "notes.txt" in text
        await keys.press("p")
        text = await keys.until("[0-9]+ hidden")
        assert "notes.txt" not in text
        assert "asking  ✔ valid" in await keys.until("valid")  # the first that could be a pipeline is marked
        await keys.press("g", "enter")
        await keys.until("◆ inner.yaml")
        await keys.press("j")
        await keys.until("(?s)numbers  ✔ valid  3 operations.*┌.*fetch")
        await keys.press("enter")
        await keys.until("pipeline sub/inner.yaml")
        await shows(keys, "name: numbers")
        await keys.press("R")
        await keys.until("bunsui pipeline register sub/inner.yaml")
        await keys.press("y")
        await keys.until("pipeline numbers +v1")
        await keys.press("escape", "escape", "left", "left")
        await keys.until("▸ sub/")

    at(project.app(), flow)
    assert [one.name for one in project.workspace.pipelines.list()] == ["numbers"]


def test_an_invalid_file_shows_its_problems_beside_the_list_and_at_its_lines(project: Project) -> None:
    async def flow(keys: Keys) -> None:
        await command(keys, "load")
        await keys.until("◆ broken.yaml")
        while "broken" not in (keys.app.screen.query_one("#files").key or ""):  # type: ignore[attr-defined]  # Rows
            await keys.press("j")
        text = await keys.until("5:18 +operation 'load' needs")
        assert "▲" in text
        await keys.press("enter")
        await keys.until(lambda: isinstance(keys.app.screen, PipelineScreen))
        await shows(keys, "5● +load")

    at(project.app(), flow, size=(120, 30))


def test_folders_that_cannot_be_read_huge_ones_and_circles_do_no_harm(project: Project) -> None:
    os.symlink(".", "circle")
    os.symlink("nowhere", "dead")
    os.mkfifo("pipe.yaml")
    Path("binary.yaml").write_bytes(b"\xff\xfe\x00")
    Path("folder.yaml").mkdir()
    huge = project.folder / "huge"
    huge.mkdir()
    for number in range(2_100):
        (huge / f"{number}.txt").touch()

    async def flow(keys: Keys) -> None:
        await command(keys, "load")
        text = await keys.until(r"circle/ → \. \(leads back\)")
        assert "dead → nowhere (cannot be read)" in text
        await keys.press("g", "enter", "j", "enter")  # the circle is not opened, an empty folder is
        await keys.until("empty")
        await keys.press("enter", "j", "enter")
        await keys.until("2099.txt|1000.txt")
        huge.rename(project.folder / "gone")
        await keys.press("u")
        await keys.until("gone/")
        await keys.press("o")
        await keys.until("load which file")
        await keys.press("ctrl+u")
        await keys.type("gone")
        await keys.press("enter")
        await keys.until("load .*gone")
        await keys.press("G")
        await keys.until("the first 2,000 only")
        await keys.press("backspace")
        await keys.until("gone/")

    at(project.app(), flow, size=(120, 40))


def test_a_current_folder_that_is_gone_does_no_harm(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = project.folder / "going"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    async def flow(keys: Keys) -> None:
        await command(keys, "load")
        await keys.until("empty|No such file")
        await keys.press("o")
        await keys.until("load which file")
        await keys.press("ctrl+u")
        await keys.type(str(project.folder / "numbers.yaml"))
        await keys.press("enter")
        await keys.until("✔ valid")

    at(project.app(), flow)
    assert near(str(gone)) == str(gone)
