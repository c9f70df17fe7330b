"""A pipeline file as text that is edited, or only read: colours, problems at their places, indentation by itself.

What the text means it is told: it knows no service.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style as Look
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Key
from textual.message import Message
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import Edit, EditResult

from bunsui.model.problem import Problem, Severity
from bunsui.model.visible import DANGEROUS
from bunsui.text.language import mark
from bunsui.tui.editor.colours import LONGEST, START, Span, State, spans
from bunsui.tui.paint import Palette, palette

_INDENT = 2
_CODES = {
    "key": "34",
    "text": "32",
    "number": "33",
    "word": "33;1",
    "note": "2",
    "mark": "2",
    "code": "",
    "name": "36;1",
    "call": "36",
}
_GROUNDS = ("text-area--cursor-line", "text-area--selection", "text-area--matching-bracket")
_UNSEEN = "�"  # stands for a character that could steer the terminal


class Code(TextArea):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+home", "ends(0)", mark("first line"), show=False, id="editor.first_line"),
        Binding("ctrl+end", "ends(-1)", mark("last line"), show=False, id="editor.last_line"),
        Binding("shift+tab", "outdent", mark("outdent"), show=False, id="editor.outdent"),
        Binding("alt+up", "carry(-1)", mark("line up"), show=False, id="editor.line_up"),
        Binding("alt+down", "carry(1)", mark("line down"), show=False, id="editor.line_down"),
    ]
    DEFAULT_CSS = """
    Code { border: none; padding: 0; background: $background; scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0; }
    Code:focus { border: none; }
    Code .text-area--cursor-line { background: $panel 60%; }
    Code .text-area--cursor-gutter { background: $panel 60%; color: $primary; text-style: bold; }
    Code .text-area--gutter { color: $foreground 38%; }
    Code .text-area--selection { background: $primary 40%; }
    """

    class Intercepted(Message):
        """A key that is somebody else's as long as offers are shown."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, *, read_only: bool = False, id: str | None = None) -> None:
        super().__init__(
            id=id,
            read_only=read_only,
            soft_wrap=False,
            show_line_numbers=True,
            tab_behavior="focus" if read_only else "indent",
            show_cursor=not read_only,
            highlight_cursor_line=not read_only,
            max_checkpoints=500,
        )
        self.indent_width = _INDENT
        self.held: frozenset[str] = frozenset()  # keys that are handed on as Intercepted
        self._states: list[State] = [START]
        self._marks: Mapping[int, Sequence[Problem]] = {}

    # Colours

    def get_line(self, line_index: int) -> Text:
        plain = self.document.get_line(line_index)
        line = Text(DANGEROUS.sub(_seen, plain), end="", no_wrap=True)
        looks = _looks(palette(self.app))
        for begins, ends, tone in self._spans(line_index, plain):
            line.stylize(looks[tone], begins, ends)
        for problem in self._marks.get(line_index, ()):
            begins, ends = _marked(plain, problem.place.column - 1)
            line.stylize(looks[f"bad {problem.severity}"], begins, ends)
        return line

    def _spans(self, number: int, line: str) -> list[Span]:
        while len(self._states) <= number:
            before = len(self._states) - 1
            self._states.append(spans(self.document.get_line(before), self._states[before])[1])
        return spans(line, self._states[number])[0]

    def edit(self, edit: Edit) -> EditResult:
        self._forget(edit.top[0])
        return super().edit(edit)

    def undo(self) -> None:
        self._forget(0)
        super().undo()

    def redo(self) -> None:
        self._forget(0)
        super().redo()

    def load_text(self, text: str) -> None:
        self._forget(0)
        super().load_text(text)

    def _forget(self, line: int) -> None:
        """What is below a line may look otherwise."""
        if line + 1 < len(self._states):
            del self._states[line + 1 :]

    def get_component_rich_style(self, *names: str, partial: bool = False, default: Look | None = None) -> Look:
        """What lies under the text colours its ground alone: the text keeps its own."""
        found = super().get_component_rich_style(*names, partial=partial, default=default)
        return Look(bgcolor=found.bgcolor) if names[0] in _GROUNDS else found

    # Problems

    def show(self, problems: Sequence[Problem]) -> None:
        """Instead of those that were marked. Those of other files are nobody's here."""
        marks: dict[int, list[Problem]] = {}
        for one in problems:
            marks.setdefault(min(one.place.line - 1, self.document.line_count - 1), []).append(one)
        if marks != self._marks:
            self._marks = marks
            self.notify_style_update()
            self.refresh()

    def problems_at(self, line: int) -> Sequence[Problem]:
        return self._marks.get(line, ())

    def go(self, line: int, column: int) -> None:
        """Lines and columns count from 0 here."""
        last = self.document.line_count - 1
        line = min(max(line, 0), last)
        column = min(max(column, 0), len(self.document.get_line(line)))
        self.move_cursor((line, column), center=True)
        if self.read_only:
            height = max(self.scrollable_content_region.height, 1)
            self.scroll_to(y=max(line - height // 2, 0), animate=False)

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        marks = self._marks.get(y + self.scroll_offset.y)
        edge = self.gutter_width
        if not marks or edge < 2:
            return strip
        worst = min(one.severity is Severity.WARNING for one in marks)
        look = _looks(palette(self.app))["gutter warning" if worst else "gutter error"]
        ground = next(iter(strip), Segment(" ")).style or Look()
        number = strip.crop(0, edge - 2).apply_style(Look())
        return Strip([*number, Segment("● ", ground + look), *strip.crop(edge, strip.cell_length)])

    # Keys

    async def _on_key(self, event: Key) -> None:
        """What is not taken here is handed on to the text by itself."""
        if event.key in self.held:
            event.stop()
            event.prevent_default()
            self.post_message(self.Intercepted(event.key))
        elif event.key == "escape":
            event.prevent_default()  # it is the screen's
        elif event.key == "enter" and not self.read_only:
            event.stop()
            event.prevent_default()
            self._new_line()

    def _new_line(self) -> None:
        """Indented as the line above, deeper behind a colon."""
        start, end = self.selection
        line = self.document.get_line(start[0])[: start[1]]
        indent = len(line) - len(line.lstrip(" "))
        deeper = _INDENT if line.rstrip().endswith(":") else 0
        self.replace("\n" + " " * (indent + deeper), start, end, maintain_selection_offset=False)

    def action_outdent(self) -> None:
        first, last = sorted((self.selection.start[0], self.selection.end[0]))
        for number in range(first, last + 1):
            line = self.document.get_line(number)
            blanks = min(len(line) - len(line.lstrip(" ")), _INDENT)
            if blanks:
                self.delete((number, 0), (number, blanks))

    def action_ends(self, line: int) -> None:
        last = self.document.line_count - 1
        self.move_cursor((0, 0) if line == 0 else (last, len(self.document.get_line(last))))

    def action_carry(self, by: int) -> None:
        """The line of the cursor changes places with its neighbour."""
        row, column = self.cursor_location
        other = row + by
        if self.read_only or not 0 <= other < self.document.line_count:
            return
        top, below = sorted((row, other))
        upper, lower = self.document.get_line(top), self.document.get_line(below)
        self.replace(f"{lower}\n{upper}", (top, 0), (below, len(lower)))
        self.move_cursor((other, column))


def _seen(match: re.Match[str]) -> str:
    return "\t" if match[0] == "\t" else _UNSEEN


def _marked(line: str, column: int) -> tuple[int, int]:
    """The word at a column; at the end of a line its last character."""
    begins = min(column, max(len(line) - 1, 0))
    ends = begins
    while ends < min(len(line), LONGEST) and (line[ends].isalnum() or line[ends] in "_-.$@"):
        ends += 1
    return begins, max(ends, begins + 1)


@lru_cache(maxsize=8)
def _looks(colours: Palette) -> dict[str, Look]:
    found = {tone: colours.look(codes) for tone, codes in _CODES.items()}
    for severity, codes in ((Severity.ERROR, "31"), (Severity.WARNING, "33")):
        found[f"bad {severity}"] = colours.look(codes) + Look(underline=True)
        found[f"gutter {severity}"] = colours.look(codes)
    return found
