"""The editor of pipeline files, by its keys: from nothing to a registered and running pipeline."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from bunsui.tui.editor import outside
from bunsui.tui.editor.colours import START, spans
from bunsui.tui.editor.screen import EditorScreen
from bunsui.tui.home.screen import Home
from bunsui.tui.pipelines import drawing
from bunsui.tui.session.screen import SessionScreen
from tui.pilot import Keys, Project, at, seen
from tui.test_pipelines import TYPED, code, command, shows


def editor(keys: Keys) -> EditorScreen:
    found = keys.app.screen
    assert isinstance(found, EditorScreen)
    return found


async def opened(keys: Keys, path: str) -> EditorScreen:
    await command(keys, f"edit {path}")
    await keys.until(lambda: isinstance(keys.app.screen, EditorScreen))
    await keys.until(f"edit {re.escape(path)}")
    await keys.until("valid|error|A new file")
    return editor(keys)


async def offered(keys: Keys, wanted: str) -> None:
    await keys.until(lambda: editor(keys).offers.is_shown and bool(re.search(wanted, seen(keys.app))))


def test_a_pipeline_is_written_with_what_is_offered_saved_registered_and_run(project: Project) -> None:
    async def flow(keys: Keys) -> None:
        screen = await opened(keys, "mine.yaml")
        await keys.type("ver")
        await offered(keys, "version +the version of this format")
        await keys.press("enter")
        await keys.type("1")
        await keys.press("enter")
        await keys.type("name: mine")
        await keys.press("enter")
        await keys.type("operations:")
        await keys.press("enter")
        await keys.type("first:")
        await keys.press("enter")
        await keys.type("wai")
        await offered(keys, "wait +a pause")
        await keys.press("tab")
        assert screen.code.text.endswith("  first:\n    wait: {}")
        await keys.type("for: 1s")
        await keys.press("end", "enter", "shift+tab")
        await keys.type("second:")
        await keys.press("enter")
        await keys.type("nee")
        await offered(keys, "needs")
        await keys.press("enter")
        await keys.type("fi")
        await offered(keys, "first +begins at once")
        await keys.press("enter", "end", "enter")
        await keys.until("2 errors|1 error")
        await keys.type("wait: {for: 1s}")
        await keys.until("✔ valid  2 operations")
        await keys.press("ctrl+s")
        await keys.until("Saved")
        await keys.press("f9")
        await keys.until("version 1 of a new pipeline(?s:.*)bunsui pipeline register mine.yaml")
        await keys.press("y")
        await keys.until(lambda: bool(list(project.workspace.pipelines.list())))
        await keys.press("f5")
        await keys.until("it starts at once")
        await keys.press("enter")
        await keys.until(lambda: isinstance(keys.app.screen, SessionScreen))
        await keys.until("COMPLETED")

    at(project.app(), flow)
    assert Path("mine.yaml").read_text().split("\n")[3:] == [
        "  first:",
        "    wait: {for: 1s}",
        "  second:",
        "    needs: [first]",
        "    wait: {for: 1s}",
    ]


def test_problems_come_and_go_at_their_lines_while_one_writes_and_f8_goes_to_them(project: Project) -> None:
    async def flow(keys: Keys) -> None:
        screen = await opened(keys, project.broken)
        await keys.until("5:18 +operation 'load' needs 'fetsch'")
        assert "5● " in code(keys.app)
        await keys.press("f8")
        await keys.until(lambda: screen.code.cursor_location == (4, 17))
        await keys.press("f8")
        await keys.until(lambda: screen.code.cursor_location[0] == 5)
        await keys.press("f8", *["right"] * 3, "delete")  # fetsch -> fetch, around the end
        await keys.until(lambda: "fetch" in code(keys.app) and "fetsch" not in code(keys.app))
        await keys.until("✘ 1 error")
        await keys.press("ctrl+z")
        await keys.until("✘ 2 errors")
        await keys.press("ctrl+y")
        await keys.until("✘ 1 error")

    at(project.app(), flow)


def test_the_graph_follows_the_text_even_where_it_is_not_valid(project: Project) -> None:
    async def flow(keys: Keys) -> None:
        screen = await opened(keys, project.numbers)
        await keys.until("┌.*\n.*fetch")
        await keys.press("ctrl+end")
        screen.code.insert("  unfinished:\n    needs: [total, nothing\n", (9, 0))
        await keys.until("unfinished")
        assert "┌" in await keys.until("✘ ")
        await keys.resize(80, 24)
        await keys.until(lambda: "┌" not in seen(keys.app))
        await keys.press("f2")
        await keys.until("┌")
        await keys.press("escape")
        await keys.until(lambda: "┌" not in seen(keys.app))

    at(project.app(), flow, size=(140, 30))


def test_expressions_are_offered_operations_parameters_and_their_fields(project: Project) -> None:
    async def flow(keys: Keys) -> None:
        Path("typed.yaml").write_text(
            TYPED.replace("{wait: {for: 1s}}", "{wait: {for: 1s}}\n  last:\n    needs: [hold]")
        )
        screen = await opened(keys, "typed.yaml")
        screen.code.insert('    when: "{% $\n', (14, 0))
        screen.code.go(14, 15)
        await keys.type("h")
        await offered(keys, "hold +its output")
        await keys.press("escape", "backspace")
        await keys.type("par")
        await offered(keys, "params +what the run was given")
        await keys.press("enter")
        await keys.type(".")
        await offered(keys, "count +integer")
        await keys.press("enter")
        assert screen.code.document.get_line(14) == '    when: "{% $params.count'

    at(project.app(), flow)


def test_what_somebody_else_wrote_is_neither_lost_nor_kept_silently(project: Project) -> None:
    path = Path(project.numbers)
    text = path.read_text()

    async def flow(keys: Keys) -> None:
        await opened(keys, project.numbers)
        await keys.type("# mine ")
        path.write_text("# theirs\n" + text)
        await keys.press("ctrl+s")
        await keys.until("was changed on disk since it was read")
        await keys.press("j", "j", "enter")
        shown = await keys.until("- ?# theirs")
        assert "+# mine" in shown
        await keys.press("y")
        await keys.until("was changed on disk")
        assert path.read_text().startswith("# theirs")
        await keys.press("enter")
        await keys.until("Saved")
        path.write_text("# theirs again\n" + text)
        await keys.until("changed on disk")
        await keys.press("ctrl+s")
        await keys.until("see how the two differ")
        await keys.press("j", "j", "j", "enter")
        await shows(keys, "# theirs again")
        await keys.press("escape")
        await keys.until(lambda: isinstance(keys.app.screen, Home))

    at(project.app(), flow)


def test_leaving_asks_about_what_is_not_saved(project: Project) -> None:
    async def flow(keys: Keys) -> None:
        await opened(keys, project.numbers)
        await keys.type("# mine ")
        await keys.until("● modified")
        await keys.press("escape")
        await keys.until("not saved")
        await keys.press("j", "j", "enter")
        await keys.until(lambda: isinstance(keys.app.screen, EditorScreen))
        await keys.press("escape")
        await keys.until("not saved")
        await keys.press("enter")
        await keys.until(lambda: isinstance(keys.app.screen, Home))
        await opened(keys, project.numbers)
        await keys.type("# more ")
        await keys.press("escape")
        await keys.until("not saved")
        await keys.press("j", "enter")
        await keys.until(lambda: isinstance(keys.app.screen, Home))

    at(project.app(), flow)
    assert Path(project.numbers).read_text().startswith("# mine \nversion")


def test_a_new_pipeline_begins_with_a_template_and_overwrites_nothing(project: Project) -> None:
    (project.folder / "taken").mkdir()
    (project.folder / "taken" / "pipeline.yaml").write_text("mine")

    async def flow(keys: Keys) -> None:
        await keys.press("p", "n")
        await keys.until("bunsui init DIR")
        await keys.press("j", "j")
        await keys.until("greet ×n(?s:.*)--template each")
        await keys.press("enter")
        await keys.until("into which folder")
        await keys.type("taken")
        await keys.press("enter", "enter")
        await keys.until("into which folder")
        await keys.type("fresh")
        await keys.press("enter")
        await keys.until("edit fresh/pipeline.yaml")
        await keys.until("✔ valid  2 operations")

    at(project.app(), flow)
    assert (project.folder / "taken" / "pipeline.yaml").read_text() == "mine"
    assert "name: fresh\n" in (project.folder / "fresh" / "pipeline.yaml").read_text()


def test_a_text_without_a_file_asks_where_it_is_saved_and_never_overwrites_silently(project: Project) -> None:
    async def flow(keys: Keys) -> None:
        await command(keys, "new")
        await keys.press("G", "enter")
        await keys.until("a new pipeline")
        screen = editor(keys)
        screen.code.load_text(TYPED)
        await keys.until("✔ valid")
        await keys.press("ctrl+s")
        await keys.until("save as which file")
        await keys.press("ctrl+u")
        await keys.type(project.numbers)
        await keys.press("enter")
        await keys.until("numbers.yaml is there already")
        await keys.press("escape", "ctrl+s")
        await keys.until("numbers.yaml is there already")
        await keys.press("j", "enter")
        await keys.until("save as which file")
        await keys.press("enter")  # typed.yaml, by its name
        await keys.until("Saved")

    at(project.app(), flow)
    assert Path("typed.yaml").read_text() == TYPED
    assert "name: numbers" in Path(project.numbers).read_text()


def test_hostile_text_stays_text(project: Project) -> None:
    text = "version: 1\nname: \x1b[31mred\u202e\u200b\n# 日本語 \x07\ndescription: " + "x" * 50_000 + "\n"
    Path("hostile.yaml").write_text(text)

    async def flow(keys: Keys) -> None:
        screen = await opened(keys, "hostile.yaml")
        await keys.until("error")
        shown = code(keys.app)
        assert "日本語" in shown
        assert not re.search("[\x00-\x09\x0b-\x1f\u202e\u200b]", shown)
        assert screen.code.text == text
        await keys.press("ctrl+end", "pageup", "end")
        await keys.type("y")
        await keys.until("● modified")

    at(project.app(), flow)


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"VISUAL": "code --wait", "EDITOR": "vi"}, ["code", "--wait", "a b.yaml"]),
        ({"EDITOR": "'/opt/my editor/bin/e' -n"}, ["/opt/my editor/bin/e", "-n", "a b.yaml"]),
        ({}, ["vi", "a b.yaml"]),
    ],
)
def test_the_users_own_editor_is_begun_as_words_without_a_shell(environ: dict[str, str], words: list[str]) -> None:
    assert outside.command(environ, "a b.yaml") == words


def test_an_editor_that_is_not_there_or_fails_is_told(tmp_path: Path) -> None:
    assert "No such file" in outside.run([str(tmp_path / "none")])
    assert outside.run([sys.executable, "-c", "raise SystemExit(3)"]).endswith("ended with code 3")
    assert outside.run([sys.executable, "-c", ""]) == ""


def painted(*lines: str) -> list[list[tuple[str, str]]]:
    """For each line its coloured parts."""
    state, found = START, []
    for line in lines:
        parts, state = spans(line, state)
        found.append([(line[one.begins : one.ends], one.tone) for one in parts])
    return found


def test_keys_values_and_expressions_have_colours_of_their_own() -> None:
    assert painted('  - when: "{% $load.rows > 3 and $count($x) %}"  # why')[0] == [
        ("- ", "mark"),
        ("when", "key"),
        (":", "mark"),
        ('"{% $load.rows > 3 and $count($x) %}"', "text"),
        ("{% $load.rows > 3 and $count($x) %}", "code"),
        ("{%", "mark"),
        ("$load.rows", "name"),
        ("3", "number"),
        ("and", "word"),
        ("$count", "call"),
        ("$x", "name"),
        ("%}", "mark"),
        ("# why", "note"),
    ]


def test_a_text_over_several_lines_keeps_its_colour_and_a_block_ends_with_its_indentation() -> None:
    found = painted("a: |", "  b: 1", "", "c: 'open", "  more'  # note", "d: true")
    assert found[1] == [("  b: 1", "text")]
    assert found[3][-1] == ("'open", "text")
    assert found[4] == [("  more'", "text"), ("# note", "note")]
    assert found[5] == [("d", "key"), (":", "mark"), ("true", "word")]


def test_half_written_lines_never_break_the_colours() -> None:
    line = "x: {a: \"{% $b.c > 'd' %}\", e: [1, \"f\", 'g'], h: &i !j |"
    for end in range(len(line) + 1):
        state = START
        for text in (line[:end], "  next: 1", "last"):
            parts, state = spans(text, state)
            assert all(0 <= one.begins < one.ends <= len(text) for one in parts)


def test_a_problem_of_another_file_is_told_with_its_name(project: Project) -> None:
    Path("outer.yaml").write_text("version: 1\nname: outer\noperations:\n  a: {pipeline: {file: broken.yaml}}\n")

    async def flow(keys: Keys) -> None:
        await opened(keys, "outer.yaml")
        await keys.until(r"broken.yaml:5:18")

    at(project.app(), flow, size=(120, 30))


def test_the_sketch_of_a_text_with_circles_has_none() -> None:
    text = "operations:\n  a: {needs: [c]}\n  b: {needs: [a, b, none]}\n  c: {needs: [b]}\n  d: {needs: [c]}\n  e: {}\n"
    found = {one.name: one.needs for one in drawing.nodes(None, text)}
    assert found == {"a": (), "b": ("a",), "c": ("b",), "d": ("c",), "e": ()}
    assert drawing.graph(drawing.nodes(None, text), 60)
