"""Nothing from users, files or logs steers the terminal."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bunsui.text import escape

_INVISIBLE = [
    chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp")
]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain text, 日本語, é, 👍", "plain text, 日本語, é, 👍"),
        ("\x1b[31mred\x1b[0m", "\\e[31mred\\e[0m"),
        ("\x1b]0;title\x07", "\\e]0;title\\x07"),
        ("a\rb\nc\td", "a\\rb\\nc\\td"),
        ("\x9b2J", "\\x9b2J"),
        ("safe\u202egnp.exe", "safe\\u202egnp.exe"),
        ("zero\u200bwidth\u2060\ufeff", "zero\\u200bwidth\\u2060\\ufeff"),
        ("\u2066isolated\u2069", "\\u2066isolated\\u2069"),
        ("line\u2028separator", "line\\u2028separator"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("soft\u00adhyphen", "soft\\xadhyphen"),
        ("filler\u3164", "filler\\u3164"),
        ("lone\ud800surrogate", "lone\\ud800surrogate"),
        ("\x7f", "\\x7f"),
    ],
)
def test_what_steers_or_deceives_is_spelt_out(raw, shown):
    assert escape.line(raw) == shown


def test_no_control_or_format_character_of_unicode_is_left():
    left = [character for character in _INVISIBLE if escape.line(character) == character]

    assert left == []


@given(st.text())
def test_a_line_is_one_line_that_can_be_printed(text):
    shown = escape.line(text)

    assert "\n" not in shown
    assert len(shown.splitlines()) <= 1
    shown.encode("utf-8")


def test_lines_keep_their_breaks_and_expand_tabs():
    assert list(escape.lines("a\n\tb\r\nc\rd")) == ["a", "    b", "c\\rd"]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_json_is_safe_and_means_the_same(value):
    text = escape.json_text(value)

    assert all(escape.line(line) == line for line in text.split("\n"))
    assert json.loads(text) == value


def test_json_keeps_what_people_read():
    assert escape.json_text({"名前": "値\u202e\U000e0041"}, indent=None) == '{"名前":"値\\u202e\\udb40\\udc41"}'
