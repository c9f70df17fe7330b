"""The drawing of graphs: what it shows is exactly the graph, in every width."""

from __future__ import annotations

import random
import re

import pytest

from bunsui.graph.layers import Node, reduced, sorted_topologically
from bunsui.text import width
from bunsui.text.graph.draw import draw, implied_edges

_NORTH, _EAST, _SOUTH, _WEST = 1, 2, 4, 8
_DIRECTIONS = {glyph: bits for bits, glyph in enumerate(" ╵╶└╷│┌├╴┘─┴┐┤┬┼")}


def graph(needs: dict[str, str]) -> list[Node]:
    return [Node(name, name, tuple(of.split())) for name, of in needs.items()]


def random_graph(seed: int, count: int, reach: int = 8) -> list[Node]:
    dice = random.Random(seed)
    needs = {}
    for number in range(count):
        above = range(max(0, number - reach), number)
        needs[f"op_{number:02}"] = " ".join(
            f"op_{n:02}" for n in dice.sample(above, min(len(above), dice.randrange(4)))
        )
    return graph(needs)


class Reader:
    """Follows the lines as a person does: down from a box, sideways, across vertical lines, to the arrow heads."""

    def __init__(self, lines: list[str]) -> None:
        self.cells = {(x, y): glyph for y, line in enumerate(lines) for x, glyph in enumerate(line)}
        self.boxes = dict(self._boxes(lines))

    def _boxes(self, lines: list[str]):
        for y, line in enumerate(lines):
            for found in re.finditer(r"(?=│ +([a-z]\w*) +│)", line):
                left = found.start()
                if self.cells.get((left, y - 1)) == "┌":
                    yield found.group(1), (left, line.index("│", left + 1), y)

    def edges(self) -> set[tuple[str, str]]:
        return {
            (name, target) for name, (left, right, y) in self.boxes.items() for target in self._leads(left, right, y)
        }

    def _leads(self, left: int, right: int, y: int) -> set[str]:
        starts = [(x, y + 2, _SOUTH) for x in range(left + 1, right) if self.cells[x, y + 1] == "┬"]
        found, seen = set(), set()
        while starts:
            place = starts.pop()
            if place in seen:
                continue
            seen.add(place)
            found |= self._arrived(place)
            starts += self._onwards(*place)
        return found

    def _arrived(self, place: tuple[int, int, int]) -> set[str]:
        x, y, _ = place
        if self.cells.get((x, y)) != "▼":
            return set()
        return {name for name, (left, right, row) in self.boxes.items() if left < x < right and row == y + 1}

    def _onwards(self, x: int, y: int, heading: int) -> list[tuple[int, int, int]]:
        bits = _DIRECTIONS.get(self.cells.get((x, y), " "), 0)
        if heading in (_EAST, _WEST) and bits == _NORTH | _SOUTH:
            return [(x + (1 if heading == _EAST else -1), y, heading)]  # another line, crossed
        steps = {_EAST: (x + 1, y), _WEST: (x - 1, y), _SOUTH: (x, y + 1)}
        back = {_EAST: _WEST, _WEST: _EAST, _SOUTH: 0}[heading]
        return [(*at, way) for way, at in steps.items() if bits & way and way != back]


def expected_edges(nodes: list[Node]) -> set[tuple[str, str]]:
    return {(name, target) for name, targets in reduced(sorted_topologically(nodes)).items() for target in targets}


def test_the_lines_of_a_long_chain_are_straight_whatever_its_boxes_measure():
    drawn = draw(graph({"a": "", "of_some_length": "a", "b": "of_some_length", "cc": "b", "ddd": "cc"}), 80)

    lines = {line.index(mark) for line in drawn for mark in "┬▼│" if mark in line and line.count("│") < 2}
    assert len(lines) == 1


def test_a_chain_is_a_column():
    drawn = draw(graph({"extract": "", "load": "extract"}), 80)

    assert drawn == [
        "┌─────────┐",
        "│ extract │",
        "└────┬────┘",
        "     │",
        "  ┌──▼───┐",
        "  │ load │",
        "  └──────┘",
    ]


def test_a_diamond_branches_and_joins():
    drawn = draw(graph({"a": "", "b": "a", "c": "a", "d": "b c"}), 80)

    assert drawn == [
        "   ┌───┐",
        "   │ a │",
        "   └─┬─┘",
        "  ┌──┴───┐",
        "┌─▼─┐  ┌─▼─┐",
        "│ b │  │ c │",
        "└─┬─┘  └─┬─┘",
        "  └──┬───┘",
        "   ┌─▼─┐",
        "   │ d │",
        "   └───┘",
    ]


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("columns", [80, 120])
def test_following_the_lines_gives_back_the_graph(seed, columns):
    nodes = random_graph(seed, 5 + seed)

    drawn = draw(nodes, columns)

    reader = Reader(drawn)
    assert set(reader.boxes) == {node.name for node in nodes}
    assert reader.edges() == expected_edges(nodes)
    assert max(map(width.columns, drawn)) <= columns


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_a_wide_fan_folds_at_the_width(columns):
    parts = [f"part_{number:02}" for number in range(40)]
    nodes = graph({"start": "", **dict.fromkeys(parts, "start"), "join": " ".join(parts)})

    drawn = draw(nodes, columns)

    assert max(map(width.columns, drawn)) <= columns
    assert Reader(drawn).edges() == expected_edges(nodes)


def test_an_edge_that_a_longer_way_implies_is_not_drawn():
    nodes = graph({"a": "", "b": "a", "c": "a b"})

    assert Reader(draw(nodes, 80)).edges() == {("a", "b"), ("b", "c")}
    assert implied_edges(nodes) == 1


def test_where_no_drawing_fits_there_is_a_list():
    drawn = draw(graph({"extraction": "", "loading": "extraction"}), 8)

    assert all(width.columns(line) <= 8 for line in drawn)
    assert "".join(drawn).replace(" ", "").startswith("extraction")


def test_long_names_are_cut_in_their_middle():
    drawn = draw([Node("x", "a_very_long_name_of_an_operation_indeed")], 80)

    assert drawn[1] == "│ a_very_long_nam…eration_indeed │"


def test_wide_characters_keep_boxes_straight():
    drawn = draw([Node("a", "抽出"), Node("b", "変換", ("a",))], 80)

    assert {width.columns(line) for line in drawn if "─" in line or "│ " in line} == {8}


def test_ascii_has_no_other_characters():
    assert all(line.isascii() for line in draw(random_graph(3, 30), 80, unicode=False))


def test_the_same_graph_is_drawn_the_same():
    assert draw(random_graph(7, 40), 80) == draw(random_graph(7, 40), 80)


def test_labels_are_painted_and_lines_too():
    drawn = draw([Node("a", "load", style="FAILED")], 80, paint=lambda text, style: f"<{style}>{text}</>")

    assert drawn[1] == "<line>│ </><FAILED>load </><line>│</>"


def test_a_graph_without_boxes_has_no_lines():
    assert draw([], 80) == []


def test_four_hundred_boxes_are_drawn():
    assert draw(random_graph(1, 400), 120)
