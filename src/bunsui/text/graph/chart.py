"""A drawn DAG whose boxes are known by name: laid out once, filled in and coloured as often as statuses change.

Where boxes and lines stand is decided in `draw`; who looks at it, and marks a box, is higher up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bunsui.graph.layers import Node, sorted_topologically
from bunsui.text import width
from bunsui.text.graph.draw import BOX_HEIGHT, planned

_HEAVY = str.maketrans("─│┌┐└┘┬┴├┤┼", "━┃┏┓┗┛┳┻┣┫╋")


@dataclass(frozen=True, slots=True)
class Box:
    """`x` and `y` are of its upper left corner; it is three lines high."""

    name: str
    x: int
    y: int
    width: int

    @property
    def room(self) -> int:
        """Columns for what stands in it."""
        return self.width - 4

    @property
    def middle(self) -> float:
        return self.x + (self.width - 1) / 2


@dataclass(frozen=True, slots=True)
class Face:
    """How a box looks now: its glyph and its edge in `style`, its label in `text`.

    `share` of its lower edge is heavy: how far it is.
    """

    glyph: str
    label: str
    style: str
    text: str = ""
    share: float | None = None
    heavy: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """`lines` have every character in a column of its own, and nothing in the boxes."""

    lines: tuple[str, ...]
    boxes: Mapping[str, Box]
    rows: Mapping[int, tuple[Box, ...]]  # by their upper line, from left to right
    width: int

    def line(self, number: int, face: Callable[[Box], Face], paint: Callable[[str, str], str]) -> str:
        """With `paint(text, style)` as colours; lines between boxes are of the style ``line``."""
        text, done, parts = self.lines[number], 0, list[str]()
        for box in self._across(number):
            parts.append(paint(text[done : box.x], "line"))
            done = box.x + box.width
            parts.append(_piece(text[box.x : done].ljust(box.width), number - box.y, box, face(box), paint))
        return "".join([*parts, paint(text[done:], "line")])

    def at(self, x: int, y: int) -> str | None:
        """The box there."""
        return next((box.name for box in self._across(y) if box.x <= x < box.x + box.width), None)

    def _across(self, number: int) -> Sequence[Box]:
        return next((self.rows[top] for top in range(number, number - BOX_HEIGHT, -1) if top in self.rows), ())

    def beside(self, name: str, by: int) -> str:
        """The next box of its row, to the right or to the left."""
        row = [box.name for box in self.rows[self.boxes[name].y]]
        return row[min(max(row.index(name) + by, 0), len(row) - 1)]

    def beyond(self, name: str, by: int, linked: Sequence[str]) -> str:
        """The nearest box of those `linked` that stand below (above), else of the next row."""
        here = self.boxes[name]
        ways = [self.boxes[one] for one in linked if one in self.boxes and (self.boxes[one].y - here.y) * by > 0]
        tops = [top for top in self.rows if (top - here.y) * by > 0]
        if not ways and not tops:
            return name
        able = ways or self.rows[min(tops, key=lambda top: abs(top - here.y))]
        return min(able, key=lambda box: (abs(box.middle - here.middle), abs(box.y - here.y))).name


def chart(nodes: Sequence[Node], limit: int, most: int) -> Chart | None:
    """In at most `limit` columns, with labels of at most `most`; None where that cannot be drawn."""
    plan = planned(sorted_topologically([replace(node, style=node.name) for node in nodes]), limit, most=most)
    if plan is None:
        return None
    boxes = [Box(one.node.name, one.x, y, one.width) for one, y in plan.boxes if one.node]
    canvas = plan.drawn(True)
    canvas.texts = {cell: text for cell, text in canvas.texts.items() if not text[1]}  # arrows stay, labels go
    lines = tuple(canvas.render(lambda text, _: text))
    rows = {top: tuple(sorted(_row(boxes, top), key=lambda box: box.x)) for top in sorted({box.y for box in boxes})}
    return Chart(lines, {box.name: box for box in boxes}, rows, max(map(len, lines), default=0))


def _row(boxes: Sequence[Box], top: int) -> Iterator[Box]:
    return (box for box in boxes if box.y == top)


def _piece(text: str, row: int, box: Box, face: Face, paint: Callable[[str, str], str]) -> str:
    edges = text.translate(_HEAVY) if face.heavy else text
    if row == 1:
        label = width.cut(f" {face.label}" if face.label else "", max(box.room - 1, 0))
        spare = box.room - 1 - width.columns(label)
        before, after = " " * (1 + spare // 2), " " * (1 + spare - spare // 2)
        said = paint(before + face.glyph, face.style) + paint(label + after, face.text)
        return paint(edges[0], face.style) + said + paint(edges[-1], face.style)
    if row == 2 and face.share is not None:
        inner = edges[1:-1]
        full = round(min(max(face.share, 0.0), 1.0) * len(inner))
        edges = edges[0] + inner[:full].replace("─", "━") + inner[full:] + edges[-1]
    return paint(edges, face.style)
