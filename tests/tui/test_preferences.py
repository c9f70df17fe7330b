"""What somebody wrote into tui.toml: read as far as it can be, every slip told with its place."""

from __future__ import annotations

from pathlib import Path

from bunsui.tui.keys import Bound, Kind
from bunsui.tui.preferences import Known, Preferences, parsed, read

BOUND = (
    Bound("app.help", "BunsuiApp", "everywhere", Kind.APP, ("question_mark",), "help"),
    Bound("session.log", "SessionScreen", "session", Kind.SCREEN, ("l",), "log"),
    Bound("session.recover", "SessionScreen", "session", Kind.SCREEN, ("r",), "recover"),
    Bound("home.log", "Home", "home", Kind.SCREEN, ("l",), "log"),
    Bound("ask.yes", "Confirm", "everywhere", Kind.QUESTION, ("y", "enter"), "do it"),
)
KNOWN = Known(("en", "ja"), ("bunsui", "bunsui-light", "nord"), BOUND)


def _read(text: str) -> Preferences:
    return parsed("tui.toml", text, KNOWN)


def _told(text: str) -> list[str]:
    return [str(one) for one in _read(text).problems]


def test_language_theme_and_keys_are_read() -> None:
    found = _read('language = "ja"\ntheme = "nord"\n[keys]\n"session.log" = "L, f5"\nsession.recover = "?"\n')

    assert (found.language, found.theme) == ("ja", "nord")
    assert found.keys == {"session.log": ("L", "f5")}
    assert [str(one) for one in found.problems] == [
        "tui.toml:5:1  session.recover cannot have ?: app.help has it. Give that another"
    ]


def test_no_file_is_no_preference(tmp_path: Path) -> None:
    assert read(tmp_path / "tui.toml", KNOWN) == Preferences()


def test_an_unknown_setting_is_told_with_its_place_and_what_was_meant() -> None:
    assert _told('\nlanguge = "ja"') == ["tui.toml:2:1  there is no setting 'languge'. Did you mean 'language'?"]


def test_an_unknown_theme_language_id_and_key_are_told_and_the_rest_holds() -> None:
    found = _read('theme = "nrod"\nlanguage = 3\n[keys]\n  "sesion.log" = "L"\n"home.log" = "pagedwn"\nask.yes = "j"\n')

    assert (found.theme, found.language, found.keys) == ("", "", {"ask.yes": ("j",)})
    assert [str(one) for one in found.problems] == [
        "tui.toml:1:1  theme: there is no 'nrod'. Did you mean 'nord'?",
        "tui.toml:2:1  language: there is no 3. There is: en, ja",
        "tui.toml:4:3  nothing has the id 'sesion.log'. Did you mean 'session.log'?",
        "tui.toml:5:1  'pagedwn' is no key. Did you mean 'pagedown'?",
    ]


def test_two_keys_may_change_places_but_not_share_one() -> None:
    swapped = '[keys]\n"session.log" = "r"\n"session.recover" = "l"'
    shared = '[keys]\n"session.log" = "r"'

    assert _read(swapped) == Preferences(keys={"session.log": ("r",), "session.recover": ("l",)})
    assert _told(shared) == ["tui.toml:2:1  session.log cannot have r: session.recover has it. Give that another"]


def test_what_never_holds_at_the_same_moment_may_share_a_key() -> None:
    assert _read('[keys]\n"ask.yes" = "?"\n"home.log" = "r"').problems == ()


def test_what_is_no_toml_is_told_at_its_line(tmp_path: Path) -> None:
    assert _told("theme = \n")[0].startswith("tui.toml:1:9  that is no TOML: Invalid value")
    assert _told("keys = 3") == ['tui.toml:1:1  keys is a table. Like this: [keys], and below it "session.log" = "L"']
    (tmp_path / "tui.toml").write_bytes(b"\xff")
    assert "it is not UTF-8" in str(read(tmp_path / "tui.toml", KNOWN).problems[0])
    (tmp_path / "dir").mkdir()
    assert "it cannot be read" in str(read(tmp_path / "dir", KNOWN).problems[0])
