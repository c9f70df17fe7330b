"""What holds on every screen: keys of one's own, help, commands, the palette, copying, what is kept."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.events import Key
from textual.widget import Widget

from bunsui.tui import keys as bindings
from bunsui.tui.app import BunsuiApp
from bunsui.tui.completion import Names, candidates
from bunsui.tui.everywhere import Everywhere
from bunsui.tui.home.screen import Home
from bunsui.tui.keys import Bound, Kind
from bunsui.tui.matching import best
from bunsui.tui.palette import Palette
from bunsui.tui.prompt import Prompt
from bunsui.tui.session.screen import SessionScreen
from bunsui.tui.settings.screen import SettingsScreen
from bunsui.tui.state import State
from bunsui.tui.widgets.asking import Pick
from bunsui.tui.widgets.keybar import Chip, fitting
from bunsui.tui.widgets.sheet import Page, Rows
from tui.pilot import Keys, Project, at


def _write(project: Project, name: str, text: str) -> None:
    project.settings.home.mkdir(mode=0o700, exist_ok=True)
    (project.settings.home / name).write_text(text)


def _notes(app: BunsuiApp) -> str:
    return "\n".join(one.message for one in app._notifications)


def test_a_key_of_ones_own_does_what_it_was_given_and_help_shows_it(project: Project) -> None:
    _write(project, "tui.toml", '[keys]\n"app.help" = "ctrl+g"\n"app.quit" = "ctrl+x"\n')
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("No session yet")
        await keys.press("question_mark", "q")
        assert isinstance(app.screen, Home)
        await keys.press("ctrl+g")
        await keys.until("everywhere")
        lines = "\n".join(app.screen.query_one(Page).lines)
        assert "ctrl+g" in lines
        assert "ctrl+x" in lines
        await keys.press("escape", "ctrl+x")

    at(app, flow)
    assert app.return_code == 0


def test_what_is_wrong_in_the_settings_is_told_and_the_interface_opens(project: Project) -> None:
    _write(project, "tui.toml", 'them = "nord"\n[keys]\n"app.halp" = "ctrl+g"\n')
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("No session yet")
        assert "tui.toml:1:1  there is no setting 'them'. Did you mean 'theme'?" in _notes(app)
        assert "tui.toml:3:1  nothing has the id 'app.halp'. Did you mean 'app.help'?" in _notes(app)
        await keys.press("colon")
        await keys.type("settings")
        await keys.press("enter")
        await keys.until("1:1  there is no setting 'them'")

    at(app, flow)


def test_a_broken_state_is_told_and_the_interface_opens(project: Project) -> None:
    _write(project, "tui-state.json", "{broken")
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("No session yet")
        assert "tui-state.broken" in _notes(app)

    at(app, flow)


def test_a_theme_that_is_looked_at_and_left_is_not_kept_and_one_that_is_chosen_is(project: Project) -> None:
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.press("colon")
        await keys.type("theme")
        await keys.press("enter", "G")
        await keys.until(lambda: app.theme == "tokyo-night")
        await keys.press("escape")
        await keys.until(lambda: app.theme == "bunsui")
        await keys.press("colon")
        await keys.type("theme nord")
        await keys.press("enter")
        await keys.until(lambda: app.theme == "nord")

    at(app, flow)
    assert State(project.settings.home).get("theme") == "nord"
    assert project.app().theme == "nord"


def test_a_choice_that_cannot_be_kept_holds_and_that_is_told(project: Project) -> None:
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("No session yet")
        (project.settings.home / "tui-state.json").unlink(missing_ok=True)
        (project.settings.home / "tui-state.json").mkdir()
        app.command("theme nord")
        assert app.theme == "nord"
        await keys.until(lambda: "tui-state.json cannot be" in _notes(app))

    at(app, flow)


def test_keys_typed_ahead_are_typed_into_what_they_open(project: Project) -> None:
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("No session yet")
        for key in ("colon", *"settings", "enter"):
            app.post_message(Key(key, ":" if key == "colon" else key if len(key) == 1 else None))
        await keys.until(lambda: isinstance(app.screen, SettingsScreen))

    at(app, flow)


def test_tab_completes_commands_and_what_they_take(project: Project) -> None:
    project.run("first")
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("first")
        await keys.press("colon")
        await keys.type("session ")
        await keys.until("COMPLETED  numbers")
        await keys.type("fi")
        await keys.until(lambda: isinstance(app.screen, Prompt) and app.screen.query_one(Rows).key == "session first")
        await keys.press("tab", "enter")
        await keys.until(lambda: isinstance(app.screen, SessionScreen))

    at(app, flow)


def test_completion_offers_commands_then_sessions_pipelines_files_and_themes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("etl.yaml", "notes.txt", ".hidden.yaml"):
        (tmp_path / name).touch()
    (tmp_path / "more").mkdir()
    names = Names((("june-1", "FAILED  etl"), ("may-1", "")), (("etl", "daily"),), ("bunsui", "nord"))

    def lines(typed: str) -> list[str]:
        return [one.line for one in candidates(typed, names)]

    assert lines("the") == ["theme "]
    assert lines("session ") == ["session @last", "session june-1", "session may-1"]
    assert lines("session ne") == ["session june-1"]
    assert lines(f"run {tmp_path}/") == [f"run {tmp_path}/etl.yaml", f"run {tmp_path}/more/"]
    assert lines(f"run {tmp_path}/.") == [f"run {tmp_path}/.hidden.yaml"]
    monkeypatch.chdir(tmp_path)
    assert lines("run e") == ["run etl", "run etl.yaml"]
    assert lines("theme n") == ["theme nord", "theme bunsui"]
    assert lines("language j") == ["language ja"]
    assert lines("frobnicate x") == []


def test_the_palette_finds_commands_actions_sessions_themes_and_languages(project: Project) -> None:
    project.run("first")
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("first")
        await keys.press("ctrl+p", "escape")  # the names are read meanwhile
        await keys.until(lambda: bool(app.names.sessions))
        await keys.press("ctrl+p")
        screen = app.screen
        assert isinstance(screen, Palette)
        found = {(one.kind, one.name) for one in screen._all.values()}
        assert {("here", "filter"), ("session", "first"), ("theme", "nord"), ("language", "ja")} <= found
        assert ("command", ":quit") in found
        await keys.type("session first")
        await keys.press("enter")
        await keys.until(lambda: isinstance(app.screen, SessionScreen))

    at(app, flow)


def test_letters_in_their_order_find_and_whole_words_come_first() -> None:
    texts = ["recover first", "first aid", "far", "session first"]

    assert best("first", texts, str) == ["first aid", "recover first", "session first"]
    assert best("rf", texts, str)[0] == "recover first"
    assert best("zz", texts, str) == []


def test_y_copies_and_says_what(project: Project) -> None:
    project.run("first")
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("first")
        await keys.press("y")
        await keys.until(lambda: isinstance(app.screen, Pick))
        await keys.press("enter")
        await keys.until(lambda: app.clipboard == "first")
        assert "copied: id  first" in _notes(app)

    at(app, flow)


def test_the_foot_keeps_help_however_narrow_it_is() -> None:
    here = [Chip("l", "log", "a"), Chip("e", "errors", "b"), Chip("r", "recover", "c")]
    everywhere = [Chip(":", "command", "d"), Chip("?", "help", "e")]

    assert fitting(here, everywhere, 80) == (here, everywhere)
    assert fitting(here, everywhere, 36) == (here[:2], everywhere)
    assert fitting(here, everywhere, 17) == ([], everywhere)
    assert fitting(here, everywhere, 10) == ([], everywhere[1:])


def test_a_click_on_a_key_at_the_foot_does_it(project: Project) -> None:
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("No session yet")
        await keys._pilot.click("KeyBar", offset=(97, 0))
        await keys.until("everywhere")

    at(app, flow)


def test_everything_that_has_a_key_can_be_given_another() -> None:
    owners = [Everywhere, *bindings._owners(Widget)]
    without = [
        f"{owner.__name__} {binding.key}"
        for owner in owners
        for binding in Binding.make_bindings(owner.__dict__.get("BINDINGS", []))
        if not binding.id
    ]

    assert len(owners) > 20
    assert without == []


def test_a_key_that_something_else_has_at_the_same_moment_is_a_clash() -> None:
    app = Bound("app.quit", "BunsuiApp", "everywhere", Kind.APP, ("q",), "")
    screen = Bound("session.log", "SessionScreen", "session", Kind.SCREEN, ("l",), "")
    pane = Bound("log.find", "LogPane", "session", Kind.PART, ("slash",), "")
    other = Bound("graph.find", "GraphPane", "session", Kind.PART, ("n",), "")
    asks = Bound("confirm.no", "Confirm", "everywhere", Kind.QUESTION, ("x",), "")
    all_of_them = (app, screen, pane, other, asks)

    def clash(**wanted: str) -> list[str]:
        found = {id.replace("_", "."): (key,) for id, key in wanted.items()}
        return [other.id for _, _, other in bindings.clashes(all_of_them, found)]

    assert clash(session_log="q") == ["app.quit"]
    assert clash(session_log="slash") == ["log.find"]
    assert clash(app_quit="n") == ["graph.find"]
    assert clash(log_find="n") == []  # two panes are never in front together
    assert clash(session_log="x", confirm_no="q") == []  # below a question nothing has keys


def test_keys_typed_behind_the_one_that_quits_do_nothing(project: Project) -> None:
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("No session yet")
        for key in ("colon", "escape", "q", "j", "j", "enter", "j"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        while app.return_code is None:
            await asyncio.sleep(0.02)

    at(app, flow)
    assert app.return_code == 0
