"""Pipelines in the full-screen interface, by their keys, on a real home with the real engine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.widgets import Input

from bunsui.errors import Refused
from bunsui.model.status import SessionStatus
from bunsui.tui.app import BunsuiApp
from bunsui.tui.editor.code import Code
from bunsui.tui.editor.screen import EditorScreen
from bunsui.tui.pipelines.form import RunForm
from bunsui.tui.pipelines.list import PipelinesScreen
from bunsui.tui.session.screen import SessionScreen
from tui.pilot import Keys, Project, at, foot, seen

_S = SessionStatus
TYPED = """
version: 1
name: typed
params:
  count: {type: integer, minimum: 1, maximum: 9, default: 2}
  share: {type: number, default: 0.5}
  full: {type: boolean, default: false}
  carrier: {choices: [UA, DL, AA]}
  day: {default: "2013-01-31"}
  names: {type: list, default: []}
  api_token: {default: ""}
operations:
  hold: {wait: {for: 1s}}
outputs: {count: "{% $params.count %}"}
"""


def code(app: BunsuiApp) -> str:
    """What the text of a definition shows."""
    found = app.screen.query_one(Code)
    return "\n".join("".join(part.text for part in found.render_line(y)).rstrip() for y in range(found.size.height))


async def shows(keys: Keys, wanted: str) -> str:
    """Until the definition shows it."""
    await keys.until(lambda: bool(keys.app.screen.query(Code)) and bool(re.search(wanted, code(keys.app))))
    return code(keys.app)


async def command(keys: Keys, text: str) -> None:
    await keys.press("colon")
    await keys.type(text)
    await keys.press("enter")


def test_the_list_shows_how_pipelines_fared_lately_the_registered_ones_and_those_from_files(project: Project) -> None:
    project.workspace.pipelines.register(project.numbers)
    (project.folder / "other.yaml").write_text(TYPED.replace("carrier: {choices: [UA, DL, AA]}", ""))
    project.run("first")
    project.fail("second")
    session = project.workspace.run("other.yaml", name="third")
    project.workspace.sessions.wait(session.id, 60)

    async def flow(keys: Keys) -> None:
        await keys.press("p")
        text = await keys.until(r"numbers +v1 +[▁-█]✘ +50%")
        assert re.search(r"typed +– +█ +100%", text)
        await keys.press("slash")
        await keys.type("num")
        await keys.until("1 pipeline of 2")
        await keys.press("enter", "enter")
        await shows(keys, "name: numbers")

    at(project.app(), flow)


def test_a_session_that_was_rejected_counts_for_nothing(project: Project) -> None:
    one = "concurrency: {max_sessions: 1, on_excess: reject}\n"
    (project.folder / "one.yaml").write_text(
        Path(project.asking).read_text().replace("operations:", one + "operations:")
    )
    running = project.workspace.run("one.yaml", name="running")
    with pytest.raises(Refused):
        project.workspace.run("one.yaml", name="rejected")
    assert project.workspace.sessions.get("rejected").status is _S.FAILED

    async def flow(keys: Keys) -> None:
        await keys.press("p")
        text = await keys.until(r"asking +– +● ")
        assert "✘" not in text

    at(project.app(), flow)
    project.workspace.sessions.cancel(running.id)


def test_a_pipeline_is_loaded_run_with_its_form_and_watched_to_its_end(project: Project) -> None:
    async def flow(keys: Keys) -> None:
        await command(keys, f"run {project.numbers}")
        await keys.until("valid")
        await keys.press("x")
        await keys.until("integer 1 to 9")
        await keys.type("77")
        await keys.until("77 is more than 9, the maximum")
        await keys.until("bunsui run numbers.yaml -p n=77")
        await keys.press("enter")
        assert isinstance(keys.app.screen, RunForm)
        await keys.press("backspace")
        await keys.until("(?m)-p n=7$")
        await keys.press("enter")
        await keys.until(r"✔ COMPLETED")

    at(project.app(), flow)
    ended = project.workspace.sessions.get("@last")
    assert (ended.status, ended.params, ended.owner) == (_S.COMPLETED, {"n": 7}, "tester")


def test_every_type_of_parameter_has_a_field_of_its_own_and_the_command_is_seen_to_grow(project: Project) -> None:
    Path("typed.yaml").write_text(TYPED)

    async def flow(keys: Keys) -> None:
        await command(keys, "run typed.yaml")
        await keys.until("valid")
        await keys.press("x")
        await keys.until("count +integer 1 to 9")
        await keys.press("ctrl+up")  # 3
        await keys.press("tab")
        await keys.type("x")
        await keys.until("expected a number, not 'x'")
        await keys.press("backspace", "tab", "right", "tab", "right", "right", "tab")  # full: true, carrier: DL
        await keys.press("ctrl+up", "tab")  # the next day
        await keys.type("[1, ")
        await keys.until("It is written as JSON")
        await keys.type("2]")
        await keys.press("tab")
        await keys.type("hunter2")
        text = await keys.until("kept with the session")
        assert "hunter2" not in text
        assert keys.app.screen.query_one("#p6", Input).password
        wanted = "-p count=3 -p full=true -p carrier=DL -p day=2013-02-01 -p 'names=[1, 2]' -p api_token=•••"
        assert wanted in " ".join(text.split())
        await keys.press("enter")
        await keys.until(lambda: isinstance(keys.app.screen, SessionScreen))
        await keys.until("COMPLETED")

    at(project.app(), flow, size=(100, 44))
    given = project.workspace.sessions.get("@last").params
    expected = {"count": 3, "share": 0.5, "full": True, "carrier": "DL", "day": "2013-02-01", "names": [1, 2]}
    assert given == {**expected, "api_token": "hunter2"}


def test_what_is_required_is_asked_for_before_anything_starts_and_last_values_are_offered(project: Project) -> None:
    Path("typed.yaml").write_text(TYPED)
    session = project.workspace.run("typed.yaml", {"carrier": "AA", "count": 4, "api_token": "hunter2"}, name="before")
    project.workspace.sessions.wait(session.id, 60)

    async def flow(keys: Keys) -> None:
        await command(keys, "run typed.yaml")
        await keys.until("valid")
        await keys.press("x")
        await keys.until(lambda: "as last time" in foot(keys.app))
        await keys.press("enter")
        await keys.until("it is missing")
        await keys.press("ctrl+l")
        text = await keys.until("(?m)-p count=4 -p carrier=AA$")
        assert "it is missing" not in await keys.until(lambda: "it is missing" not in seen(keys.app))
        assert "hunter2" not in text
        await keys.press("escape")

    at(project.app(), flow, size=(100, 44))
    assert project.workspace.sessions.get("@last").id == "before"


def test_an_invalid_file_is_shown_with_its_problems_at_their_lines(project: Project) -> None:
    async def flow(keys: Keys) -> None:
        await command(keys, f"run {project.broken}")
        text = await keys.until("2 errors")
        assert "5:18" in text
        assert "'fetsch', which does not exist" in text
        assert "●" in await shows(keys, r"5● +load: \{needs: \[fetsch\]")
        await keys.press("x")
        assert not isinstance(keys.app.screen, RunForm)
        Path(project.broken).write_text(Path(project.numbers).read_text())
        await keys.press("u")
        await keys.until("valid")
        assert "●" not in await shows(keys, "fetch")

    at(project.app(), flow)


def test_panes_show_definition_graph_sessions_versions_and_plan(project: Project) -> None:
    project.workspace.pipelines.register(project.numbers)
    project.run("first")

    async def flow(keys: Keys) -> None:
        await keys.press("p", "enter")
        await shows(keys, "name: numbers")
        await keys.press("2")
        await keys.until("┌.*\n.*fetch")
        await keys.press("3")
        await keys.until("COMPLETED +first")
        await keys.press("4")
        await keys.until("The first version")
        await keys.press("5")
        await keys.until("CAN RUN BESIDE")
        await keys.press("1")
        await shows(keys, "name: numbers")
        await keys.resize(150, 40)
        await keys.until("┌.*\n.*fetch")  # beside the definition

    at(project.app(), flow)


def test_two_versions_are_compared_by_operations_and_lines_and_the_old_one_is_opened_and_run(project: Project) -> None:
    project.workspace.pipelines.register(project.numbers)
    text = Path(project.numbers).read_text()
    Path(project.numbers).write_text(text.replace("outputs:", "  more: {needs: [total], wait: {for: 1s}}\noutputs:"))
    project.workspace.pipelines.register(project.numbers)

    async def flow(keys: Keys) -> None:
        await command(keys, "versions numbers")
        shown = await keys.until("numbers@1 → numbers@2\n1 added, 1 line")
        assert re.search(r"\+ more +added", shown)
        assert "bunsui pipeline diff numbers@1 numbers@2" in shown
        assert re.search(r"\+ +more: \{needs", shown)
        await keys.press("m", "j")
        await keys.until("numbers@2 → numbers@1\n1 removed")
        await keys.press("x")
        await keys.until(r"bunsui run numbers@1")
        await keys.press("escape", "enter")
        assert "more" not in await shows(keys, "name: numbers")
        await keys.until("pipeline numbers@1 +v1 of")

    at(project.app(), flow, size=(120, 30))


def test_a_file_that_cannot_be_read_says_so_and_the_screens_stay(project: Project) -> None:
    Path("binary.yaml").write_bytes(b"version: 1\n\xff\xfe\x00operations:")
    Path("huge.yaml").write_bytes(b"version: 1\noperations:\n" + b"x" * (10 << 20))
    Path("gone.yaml").write_text(TYPED)

    async def flow(keys: Keys) -> None:
        for name, why in (
            ("none.yaml", "there is no file"),
            ("binary.yaml", "not UTF-8"),
            ("huge.yaml", "larger than"),
        ):
            await command(keys, f"run {name}")
            await keys.until(why)
            await keys.press("escape")
        await command(keys, "run gone.yaml")
        await keys.until("valid")
        Path("gone.yaml").unlink()
        await keys.press("u")
        await keys.until("there is no file 'gone.yaml'")
        for name in ("binary.yaml", "huge.yaml"):
            await command(keys, f"edit {name}")
            await keys.until(lambda: isinstance(keys.app.screen, EditorScreen) and keys.app.screen.code.read_only)
            await keys.press("escape")
        await keys.press("escape", "p")
        await keys.until(lambda: isinstance(keys.app.screen, PipelinesScreen))

    at(project.app(), flow)


@pytest.mark.parametrize(
    ("size", "theme"),
    [((200, 60), "bunsui-light"), ((24, 8), "bunsui")],
)
def test_screens_of_pipelines_stand_at_every_size(project: Project, size: tuple[int, int], theme: str) -> None:
    project.workspace.pipelines.register(project.numbers)
    Path("typed.yaml").write_text(TYPED)
    app = project.app()

    async def flow(keys: Keys) -> None:
        app.theme = theme
        for text in (
            "pipelines",
            "versions numbers",
            "run broken.yaml",
            "run typed.yaml",
            "edit broken.yaml",
            "load",
            "new",
        ):
            before = len(app.screen_stack)
            app.command(text)
            await keys.until(lambda before=before: len(app.screen_stack) > before and bool(app.screen.query("#top")))
            await keys.press("end")
            await keys.resize(size[0] + 41, size[1] + 3)
            await keys.resize(*size)
        app.go("edit", "typed.yaml")
        await shows(keys, "version")
        await keys.press("f2")
        app.show_pipeline("typed.yaml")
        await shows(keys, "version")
        await keys.press("x")
        await keys.until(lambda: isinstance(app.screen, RunForm))
        await keys.resize(size[0] + 41, size[1] + 3)
        await keys.press("tab", "tab", "escape")

    at(app, flow, size)


def test_the_versions_of_what_is_not_there_say_so_where_they_would_be(project: Project) -> None:
    async def flow(keys: Keys) -> None:
        await keys.until("No session yet")
        await keys.type(":versions nope")
        await keys.press("enter")
        await keys.until("4 versions(?s:.*)there is no pipeline 'nope'")

    at(project.app(), flow)
