"""The drawings of a session: boxes and their neighbours, bars over time, lines that fit."""

from __future__ import annotations

import re

from bunsui.analysis.gantt import gantt
from bunsui.analysis.progress import Items, OperationView
from bunsui.analysis.run import Operation
from bunsui.analysis.work import Try
from bunsui.graph.layers import Node
from bunsui.model.status import OperationStatus
from bunsui.text import width
from bunsui.text.folding import folded
from bunsui.text.graph.chart import Box, Face, chart
from bunsui.text.parts import fitted
from bunsui.text.style import Style
from bunsui.tui.session import bars

_S = OperationStatus
PLAIN = Style(colour=False)
DIAMOND = [
    Node("a", "✔ a"),
    Node("left", "✔ left", ("a",)),
    Node("right", "✔ right", ("a",)),
    Node("end", "✔ end", ("left", "right")),
]


def _face(box: Box) -> Face:
    return Face("✔", box.name, "")


def _plain(text: str, _style: str) -> str:
    return text


def test_a_chart_is_filled_in_with_what_is_known_now_and_stays_where_it_stands() -> None:
    drawn = chart(DIAMOND, 60, 30)
    assert drawn is not None
    before = [drawn.line(y, _face, _plain) for y in range(len(drawn.lines))]
    after = [drawn.line(y, lambda box: Face("✘", "x", ""), _plain) for y in range(len(drawn.lines))]
    assert "✔ left" in "\n".join(before)
    assert [len(line.rstrip()) for line in before] == [len(line.rstrip()) for line in after]
    assert "left" not in "\n".join(after)


def test_wide_characters_in_a_box_do_not_move_its_edges() -> None:
    drawn = chart([Node("東京", "✔ 東京"), Node("b", "✔ b", ("東京",))], 60, 30)
    assert drawn is not None
    box = drawn.boxes["東京"]
    line = drawn.line(box.y + 1, _face, _plain)
    assert width.columns(line.rstrip()) == box.x + box.width


def test_the_cursor_goes_along_lines_first_and_to_the_nearest_box_else() -> None:
    drawn = chart(DIAMOND, 60, 30)
    assert drawn is not None
    assert drawn.beyond("a", 1, ["right"]) == "right"
    assert drawn.beside("left", 1) == "right"
    assert drawn.beside("right", 1) == "right"
    assert drawn.beyond("end", -1, []) in ("left", "right")
    assert drawn.beyond("end", 1, []) == "end"
    box = drawn.boxes["right"]
    assert drawn.at(box.x + 1, box.y + 2) == "right"
    assert drawn.at(box.x + box.width, box.y) is None


def test_how_far_a_box_is_shows_on_its_lower_edge() -> None:
    drawn = chart(DIAMOND[:1], 60, 30)
    assert drawn is not None
    half = drawn.line(2, lambda box: Face("●", "a", "", share=0.5), _plain)
    assert 0 < half.count("━") < half.count("━") + half.count("─")


def test_three_hundred_boxes_are_drawn_and_every_one_can_be_reached() -> None:
    nodes = [Node(f"n{n}", f"✔ n{n}", (f"n{(n - 1) // 3}",) if n else ()) for n in range(300)]
    drawn = chart(nodes, 120, 1)
    assert drawn is not None
    assert len(drawn.boxes) == 300
    assert all(drawn.at(box.x, box.y) == name for name, box in drawn.boxes.items())


def _sheet(tries: tuple[Try, ...], zoom: float = 1.0) -> bars.Sheet:
    view = OperationView("load", "python", _S.SUCCEEDED, (), 0.0, 10.0, len(tries))
    made = gantt([Operation(view, tries)], 10.0)
    assert made is not None
    return bars.Sheet.of(made, 80, zoom, 0.0)


def test_two_tries_are_two_bars_with_a_dashed_line_between() -> None:
    sheet = _sheet((Try("load", None, 1, 0.0, 2.0, "E"), Try("load", None, 2, 8.0, 10.0)))
    line = bars.line(sheet, sheet.chart.tracks[0], 80, PLAIN)
    assert re.search("▇+╌+▇+", line)
    assert line.endswith("10.0s ×2")


def test_the_scale_has_round_ticks_and_a_larger_one_shows_a_part() -> None:
    labels, rule = bars.ticks(_sheet(()), PLAIN)
    assert labels.split() == ["0s", "5s"] or labels.split()[:3] == ["0s", "2s", "4s"]
    assert rule.count("┴") >= 2
    assert "5s" not in bars.ticks(_sheet((), zoom=4.0), PLAIN)[0]


def test_a_fan_out_is_as_high_as_items_ran() -> None:
    tries = (*(Try("each", n, 1, 0.0, 5.0) for n in range(7)), Try("each", 7, 1, 0.0, 10.0))
    view = OperationView("each", "python", _S.SUCCEEDED, (), 0.0, 10.0, 1, Items(8, 8))
    made = gantt([Operation(view, tries)], 10.0)
    assert made is not None
    line = bars.line(bars.Sheet.of(made, 80, 1.0, 0.0), made.tracks[0], 80, PLAIN)
    assert re.search("▇+▁+", line)


def test_parts_are_cut_as_one_text_with_a_mark() -> None:
    assert fitted([("abc", ""), ("日本語", "")], 7, PLAIN) == "abc日…"
    assert fitted([("abc", ""), ("def", "")], 6, PLAIN) == "abcdef"
    assert width.columns(fitted([("abcdef", "red"), ("x", "")], 6, PLAIN)) == 6


def test_json_is_folded_and_large_lists_are_shut_at_first() -> None:
    value = {"rows": list(range(1000)), "file": {"$ref": "x/files/totals.csv", "bytes": 1638, "sha256": "0"}, "n": None}
    lines = ["".join(text for text, _ in one.parts) for one in folded("output", value, lambda _, itself: itself, "o")]
    assert lines == ["▾ output: ", "  ▸ rows: 1000 items", "    file: totals.csv (1.6 KiB)", "    n: null"]
    opened = list(folded("output", value, lambda _key, _itself: True, "o"))
    assert len(opened) == 1 + 1 + 500 + 1 + 2
    assert len({one.key for one in opened}) == len(opened)


def test_rows_of_a_message_are_broken_where_they_are_full_and_lose_nothing() -> None:
    text = "日本語 テキスト と ascii e\u0301"
    rows = width.chunks(text, 7)
    assert "".join(rows) == text
    assert all(width.columns(row) <= 7 for row in rows)
    assert width.chunks("", 7) == [""]
    assert width.chunks("  two  ", 4) == ["  tw", "o  "]
