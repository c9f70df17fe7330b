"""English and Japanese: whole catalogues, the language of the surroundings, and another one at once."""

from __future__ import annotations

import gettext
import re
import string
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

import pytest
from textual.app import App
from textual.binding import Binding
from textual.containers import ScrollableContainer
from textual.screen import Screen
from textual.widgets import Input, TextArea

import catalog
from bunsui.text import language, width
from bunsui.text.said import said
from bunsui.text.sentences import SENTENCES
from bunsui.tui.app import BunsuiApp
from bunsui.tui.editor.code import Code
from bunsui.tui.state import State
from bunsui.tui.textuals import WORDS
from bunsui.tui.widgets.sheet import Page
from bunsui.tui.widgets.tabs import Tabs
from tui.pilot import Keys, Project, at, plain, seen, until

JAPANESE = "ja_JP.UTF-8"
LANGUAGES = [one for one in language.NAMES if one != language.ENGLISH]


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    language.use(language.ENGLISH)


def _forms(text: str | tuple[str, ...] | tuple[str, str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def _fields(text: str) -> set[str]:
    """With what is done to them: {name!r}, {n:,}."""
    found = string.Formatter().parse(text)
    return {f"{name}!{conversion}:{spec}" for _, name, spec, conversion in found if name is not None}


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_text_that_is_marked_is_translated(name: str) -> None:
    done = catalog.translations(name)

    assert [f"{text} ({place})" for text, place in catalog.texts().items() if not any(_forms(done.get(text, "")))] == []


@pytest.mark.parametrize("name", LANGUAGES)
def test_no_translation_is_left_of_a_text_that_is_gone(name: str) -> None:
    assert set(catalog.translations(name)) - set(catalog.texts()) == set()


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_compiled_catalogue_says_what_the_readable_one_says(name: str) -> None:
    compiled = gettext.translation("bunsui", language.FOLDER, [name])
    for text, other in catalog.translations(name).items():
        if isinstance(text, str):
            assert compiled.gettext(text) == other
        else:
            assert compiled.ngettext(*text, 2) == other[-1]


@pytest.mark.parametrize("name", LANGUAGES)
def test_what_is_filled_in_is_the_same_in_every_language(name: str) -> None:
    for text, other in catalog.translations(name).items():
        wanted = _fields(_forms(text)[-1])
        for form in _forms(other):
            assert _fields(form) == wanted, text


def test_a_text_never_holds_a_value_of_its_own() -> None:
    """`_(f"...")` would never be found in a catalogue."""
    for floor in catalog.SPOKEN:
        for file in (catalog.ROOT / "src/bunsui" / floor).rglob("*.py"):
            text = file.read_text()
            assert not re.search(r"\b(_|mark|plural)\(f\"", text), file


def test_a_text_inside_of_an_f_string_is_marked_as_well() -> None:
    assert {"errors of all sessions", ("{count} error", "{count} errors")} <= set(catalog.texts())


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, "en"),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ja"}, "ja"),
        ({"LANG": "ja_JP.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
    ],
)
def test_the_language_is_that_of_the_surroundings_if_there_is_a_catalogue(environ: dict[str, str], wanted: str) -> None:
    assert language.of_locale(environ) == wanted


def test_an_empty_text_stays_empty_in_every_language() -> None:
    language.use("ja")

    assert language._("") == ""


def test_the_language_written_down_comes_before_the_one_chosen_and_that_before_the_surroundings(
    project: Project,
) -> None:
    home = project.settings.home
    home.mkdir(mode=0o700, exist_ok=True)

    def used() -> str:
        project.app(language=JAPANESE)
        return language.used()

    assert used() == "ja"
    State(home).put("language", "en")
    assert used() == "en"
    (home / "tui.toml").write_text('language = "ja"')
    assert used() == "ja"


def test_the_interface_speaks_the_language_of_the_terminal(project: Project) -> None:
    project.fail("down")

    async def flow(keys: Keys) -> None:
        assert "セッション" in await keys.until("down")
        await keys.press("question_mark")
        await keys.until("絞り込み")

    at(project.app(language=JAPANESE), flow)


_SCREENS = {
    "sessions": "down",
    "session down": "warehouse",
    "pipelines": "numbers",
    "errors": "ConnectionError",
    "pools": "There are no pools",
    "alerts": "console",
    "settings": "tui.toml",
    "run numbers.yaml": "numbers",
}


def test_the_language_changes_at_once_on_every_screen(project: Project) -> None:
    project.workspace.pipelines.register(project.numbers)
    project.fail("down")
    app = project.app()

    async def flow(keys: Keys) -> None:
        await keys.until("down")
        for command, wanted in _SCREENS.items():
            app.command(command)
            await keys.until(wanted)
            app.command("language ja")
            with suppress(AssertionError):
                await until(app, lambda: not _english(app), 5)
            assert (command, _english(app)) == (command, "")
            app.command("language en")
            app.action_go_home()

    at(app, flow, (120, 40))


def _english(app: BunsuiApp) -> str:
    """Words of ours that stand there although there is a translation: titles, heads, notes."""
    done = catalog.translations("ja").items()
    texts = {text for text, other in done if isinstance(text, str) and len(text) > 12 and text != other}
    for label in [label for one in app.screen.query(Tabs) for label in one.labels.values()]:
        if label.isascii():
            return label
    shown = "\n".join([seen(app), *(one.placeholder for one in app.screen.query(Input))])
    return next((text for text in texts if "{" not in text and text in shown), "")


def test_wide_characters_keep_the_columns_of_tables(project: Project) -> None:
    project.fail("down")
    app = project.app(language=JAPANESE)

    async def flow(keys: Keys) -> None:
        text = await keys.until("FAILED +down")
        head, row = next(pair for pair in pairwise(text.split("\n")) if "down" in pair[1])
        assert width.columns(head[: head.index("セッション")]) == width.columns(row[: row.index("down")])

    at(app, flow)


def test_what_lower_floors_say_is_known_word_by_word() -> None:
    """Their sentences stand there once more, to be translated: here, that they still stand there."""
    folder = catalog.ROOT / "src/bunsui"
    floors = ("analysis", "services", "channels", "compiler", "definition", "local", "model")
    files = [file for name in floors for file in (folder / name).rglob("*.py")]
    files += [folder / name for name in ("text/cause.py", "errors.py", "backend.py")]
    source = re.sub(r'"\s*\n\s*f?"', "", "\n".join(file.read_text() for file in files))  # a text in two lines is one

    # What they are put together from: "by itself" and "after 2 s", "(3 of 5)" ...
    joints = "it is |by itself|after|only|sure|tried|characters|items|may|does|It is "
    for sentence in SENTENCES:
        for part in re.split(rf"\{{\w+\}}|, which (?:is|are) not done|[:,.] | (?:{joints})|(?:{joints}) ", sentence):
            assert part.strip(" (") in source, sentence


def test_a_sentence_of_a_lower_floor_is_told_in_the_language_in_use() -> None:
    refused = "it is RUNNING, and only what has ended can be run again: cancel it first"
    needs = "load needs fetch, clean, which are not done"
    assert (said(refused), said(needs), said("")) == (refused, needs, "")

    language.use("ja")

    assert "RUNNING" in said(refused)
    assert said(refused) != refused
    assert "fetch, clean" in said(needs)
    assert said(needs) != needs
    assert said("something else") == "something else"


STORED = (  # as they are made below, with what varies in them, and what must be left of that
    ("2 of 5 operations failed: load (KeyError), fetch (OSError); not run because of that: publish", "publish"),
    ("resumed by ada, rerunning load: the row is mended", "ada"),
    ("resume by itself after 2.5 s (1 of 3): load failed (transient)", "(transient)"),
    ("load failed (bad data, only 30% sure): that is left to a person", "30%"),
    ("rejected: 2 of 2 sessions of etl are open", "etl"),
    ("session night was rejected: 2 of 2 sessions of etl are open", "night"),
    ("4 of 4 slots of pool warehouse are taken", "warehouse"),
    ("session night cannot be resumed: it is COMPLETED, so that there is nothing to resume", "COMPLETED"),
    ("there is no session 'nigth'", "'nigth'"),
    ("See every way out: bunsui session recover night", "bunsui session recover night"),
    ("expected a whole number, not 'x'.", "'x'"),
    ("etl failed: load: KeyError (code)", "load: KeyError (code)"),
    ("transient, may pass by itself, tried 3 times", "3"),
)


@pytest.mark.parametrize(("stored", "kept"), STORED)
def test_what_was_stored_in_english_is_told_in_the_language_in_use(stored: str, kept: str) -> None:
    assert said(stored) == stored

    language.use("ja")

    told = said(stored)
    assert kept in told
    assert not re.search(r"[a-z]{3,} [a-z]{3,} [a-z]{3,} ", told.replace(kept, "")), told


def test_what_a_task_said_is_never_taken_for_a_sentence_of_ours() -> None:
    language.use("ja")

    for text in ("KeyError: 'sum'", "States.TaskFailed: command failed: exit 1", "psycopg2: connection refused"):
        assert said(text) == text


def test_why_a_session_ended_and_what_is_refused_is_told_in_japanese(project: Project) -> None:
    project.workspace.run(project.asking, {}, name="waits")
    project.workspace.sessions.cancel("waits")
    project.fail("down")
    app = project.app(language=JAPANESE)

    async def flow(keys: Keys) -> None:
        text = await keys.until("FAILED +down")
        assert "tester がキャンセル" in text
        app.command("session nowhere")
        await keys.until(lambda: any("はありません" in one.message for one in app._notifications))

    at(app, flow, (120, 30))


def test_every_key_of_textuals_own_widgets_is_told_in_our_words() -> None:
    owners = {base for widget in (Input, TextArea, ScrollableContainer, Screen, App) for base in widget.__mro__}
    found = {
        binding.description
        for owner in owners
        for binding in Binding.make_bindings(owner.__dict__.get("BINDINGS", []))
        if binding.description
    }

    assert found - set(WORDS) == set()


def test_the_help_of_the_editor_has_no_english_in_japanese(project: Project) -> None:
    app = project.app(language=JAPANESE)

    async def flow(keys: Keys) -> None:
        await keys.until("セッション")
        app.command(f"edit {project.numbers}")
        await keys.until(lambda: any("steps:fetch" in one.text for one in app.screen.query(Code)))
        await keys.press("f1")
        await keys.until("単語単位で左へ")
        page = app.screen.query_one(Page)
        assert [
            plain(line) for line in page.lines if re.search(r"\b(Cursor|Delete|Select|Undo|Cut|Copy)\b", line)
        ] == []

    at(app, flow, (120, 40))
