"""What is drawn takes as many columns for us, for what draws it, and for a terminal that counts by characters."""

from __future__ import annotations

import pyte
import pytest
from rich.cells import cell_len

from bunsui.text import escape, width
from bunsui.tui.steady import steady


@pytest.mark.parametrize(
    "text",
    [
        "実行中 █▇─ ● ✔",
        "が",  # as file names of some systems write it: a letter and its mark
        "\u1112\u1161\u11ab",  # a Korean syllable in its parts
        "क्षि",
        "🇯🇵 flags",
        "👍🏽",
        "❤\ufe0f 1\ufe0f\u20e3",
        "👩\u200d👩\u200d👧",
        "z" + "\u0301" * 50,
        "\u2630",  # wide for some
    ],
)
def test_columns_are_counted_alike_by_all(text: str) -> None:
    safe = escape.line(text)
    drawn = steady(safe)
    screen = pyte.Screen(400, 2)
    pyte.Stream(screen).feed(drawn)
    assert {width.columns(drawn), cell_len(drawn), screen.cursor.x} == {width.columns(safe)}


def test_letters_keep_their_marks_and_a_flood_of_marks_is_spelt_out() -> None:
    assert escape.line("e\u0301 ก็ x\u0323\u0302") == "e\u0301 ก็ x\u0323\u0302"
    assert escape.line("z" + "\u0301" * 6) == "z" + "\u0301" * 4 + "\\u0301\\u0301"


def test_what_is_the_same_everywhere_is_left_alone() -> None:
    assert steady("plain │ 日本 ハンカク ─━ ▲ ✔ …") == "plain │ 日本 ハンカク ─━ ▲ ✔ …"


def test_what_was_not_escaped_before_steers_nothing() -> None:
    assert steady("a\x1b[2J\u202eb") == r"a\e[2J\u202eb"
