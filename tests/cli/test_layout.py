"""Widths, words, tables: columns stay aligned whatever is in them."""

from __future__ import annotations

import pytest

from bunsui.text import width, words
from bunsui.text.style import Style
from bunsui.text.table import Column, table

_PLAIN = Style(colour=False)


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("日本", 4), ("é", 1), ("e\u0301", 1), ("👍", 2), ("ｱ", 1)])
def test_wide_characters_take_two_columns(text, columns):
    assert width.columns(text) == columns


def test_cutting_counts_columns_not_characters():
    assert width.cut("日本語の名前", 7) == "日本語…"
    assert width.cut("short", 7) == "short"
    assert width.cut_middle("operation_with_a_long_name", 12) == "operat…_name"


def test_padding_counts_columns():
    assert width.pad("日本", 6) == "日本  "
    assert width.pad("7", 3, right=True) == "  7"


def test_words_are_wrapped_and_long_ones_cut():
    assert width.wrap("one two three", 7) == ["one two", "three"]
    assert width.wrap("abcdefghij", 4) == ["abcd", "efgh", "ij"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0s"),
        (0.44, "0.4s"),
        (12.34, "12.3s"),
        (59.96, "1m 00s"),
        (83, "1m 23s"),
        (3780, "1h 03m"),
        (273600, "3d 04h"),
    ],
)
def test_durations_have_two_figures(seconds, text):
    assert words.duration(seconds) == text


def test_sizes_counts_and_money():
    assert [words.size(n) for n in (512, 3482, 1258291)] == ["512 B", "3.4 KiB", "1.2 MiB"]
    assert words.counted(1, "operation") == "1 operation"
    assert words.counted(2000, "operation") == "2,000 operations"
    assert words.listed(["a", "b", "c", "d"], 2) == "a, b and 2 more"
    assert [words.dollars(n) for n in (0, 0.00125, 12.5)] == ["$0", "$0.00125", "$12.50"]


def test_a_table_is_aligned_with_wide_characters():
    lines = table([Column("NAME"), Column("N", right=True)], [["抽出", "1"], ["load", "12"]], _PLAIN, None)

    assert lines == ["NAME   N", "抽出   1", "load  12"]


def test_only_columns_that_may_be_cut_are_cut():
    lines = table([Column("ID"), Column("WHY", cut=True)], [["session-1", "a reason that is long"]], _PLAIN, 24)

    assert lines == ["ID         WHY", "session-1  a reason tha…"]


def test_colour_does_not_move_columns():
    columns = [Column("STATUS", paint=lambda text: "red"), Column("TIME", right=True)]

    (_, row) = table(columns, [["FAILED", "1s"]], Style(colour=True), None)

    assert row == "\x1b[31mFAILED\x1b[0m    1s"


def test_as_many_names_as_fit_are_listed():
    assert width.fitting(["extract", "load", "join"], 30) == "extract, load, join"
    assert width.fitting(["extract", "load", "join"], 16) == "extract, load +1"
    assert width.fitting(["extract", "load", "join"], 8) == "3 others"
    assert width.fitting([], 8) == ""


def test_parts_are_joined_up_to_the_width():
    assert width.joined(["one", "two", "three"], " - ", 10) == ["one - two", "three"]


def test_japanese_is_wrapped_between_its_characters_but_never_before_what_closes_or_after_what_opens() -> None:
    assert width.wrap("r で復旧方法を表示します。", 12) == ["r で復旧方法", "を表示しま", "す。"]
    assert width.wrap("「あいう」、「えお」", 8) == ["「あい", "う」、", "「えお」"]
    assert width.wrap("状態は COMPLETED です", 12) == ["状態は", "COMPLETED で", "す"]
