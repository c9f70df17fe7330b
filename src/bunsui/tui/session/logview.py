"""The lines of a log on the screen: only what is seen is drawn; it follows, or stays where somebody reads.

Which lines there are is in `book`, what stands in one in `loglines`, what the keys above it do in `log`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from bunsui.model.log import LogLine
from bunsui.text import escape, width
from bunsui.text.language import mark
from bunsui.text.parts import Part
from bunsui.tui.paint import STYLE, palette
from bunsui.tui.session import loglines
from bunsui.tui.session.book import Book
from bunsui.tui.widgets.sheet import Sheet, over

TIMES = ("absolute", "relative", "off")
_MOST_WHO = 22
_SMALLEST = 20  # columns of a message


class LogView(Sheet):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", mark("down"), show=False, id="log.down"),
        Binding("k,up", "move(-1)", mark("up"), show=False, id="log.up"),
        Binding("g,home", "first", mark("first"), show=False, id="log.first"),
        Binding("G,end", "last", mark("last, and follow"), show=False, id="log.last"),
        Binding("space,ctrl+d,pagedown", "leap(1)", mark("page down"), show=False, id="log.page-down"),
        Binding("b,ctrl+u,pageup", "leap(-1)", mark("page up"), show=False, id="log.page-up"),
        Binding("h,left", "shift(-1)", mark("left"), show=False, id="log.left"),
        Binding("l,right", "shift(1)", mark("right"), show=False, id="log.right"),
        Binding("enter", "choose", mark("whole line"), id="log.line"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"log--cursor"}
    DEFAULT_CSS = """
    LogView { padding: 0 1; scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; }
    LogView > .log--cursor { background: $primary 30%; }
    """

    class Chosen(Message):
        def __init__(self, line: LogLine) -> None:
            super().__init__()
            self.line = line

    class Moved(Message):
        """By hand, or by what came."""

    def __init__(self, book: Book, id: str) -> None:
        super().__init__(id=id)
        self.book = book
        self.cursor = 0
        self.following = True
        self.new = 0  # lines that came below since somebody reads above
        self.wrapped = False
        self.times = 0
        self.start = 0.0  # that relative times count from
        self.found = ""  # text that is marked
        self.evidence: frozenset[int] = frozenset()
        self._left = 0  # columns of messages that are out of sight
        self._who = 8
        self._tops: list[int] = []  # wrapped: the row below each line, counted since the first ever
        self._above = 0  # of these, rows of lines that are gone

    # What comes

    def added(self, more: int, gone: int) -> None:
        """After the book took lines: whoever reads above stays on the lines that they read."""
        height = self._rows_before(gone) if self.wrapped else gone
        self.cursor = max(self.cursor - gone, 0)
        if self.wrapped:
            self._above = self._tops[gone - 1] if gone else self._above
            del self._tops[:gone]
            self._measure_from(len(self._tops))
        self._grow(more)
        self._sized()
        if self.following:
            self.to_end()
        else:
            self.new += more
            if height:
                self.scroll_to(y=max(self.scroll_y - height, 0), animate=False, immediate=True)
        self.redraw()

    def again(self, number: int | None = None) -> None:
        """All lines anew; the cursor goes to the line of this number, if it does not follow."""
        self._who = 8
        self._grow(len(self.book))
        self._remeasure()
        self.new = 0
        if self.following and number is None:
            self.to_end()
        else:
            self.go(self.book.index(number) if number is not None else self.cursor)
        self.redraw()

    def _grow(self, more: int) -> None:
        """The column of who wrote is as wide as it must be."""
        count = len(self.book)
        for index in range(max(count - more, 0), count):
            if self._who >= _MOST_WHO:
                return
            self._who = min(max(self._who, width.columns(loglines.who(self.book.line(index)))), _MOST_WHO)

    def to_end(self) -> None:
        self.following, self.new = True, 0
        self.cursor = max(len(self.book) - 1, 0)
        self.scroll_to(y=self.max_scroll_y, animate=False, immediate=True)
        self.call_after_refresh(self._hold_end)

    def _hold_end(self) -> None:
        if self.following:
            self.scroll_to(y=self.max_scroll_y, animate=False, immediate=True)

    # Rows

    @property
    def _room(self) -> int:
        return max(self.scrollable_content_region.width - self._head_columns, _SMALLEST)

    @property
    def _head_columns(self) -> int:
        return 1 + loglines.columns(TIMES[self.times], self._who)

    def _rows_before(self, index: int) -> int:
        """Rows above the line of this index."""
        if not self.wrapped:
            return index
        return self._tops[index - 1] - self._above if index > 0 and self._tops else 0

    def _remeasure(self) -> None:
        if self.wrapped:
            self._tops, self._above = [], 0
            self._measure_from(0)
        self._sized()

    def _measure_from(self, index: int) -> None:
        room = self._room
        top = self._tops[-1] if self._tops else self._above
        for at in range(index, len(self.book)):
            top += loglines.rows(escape.line(self.book.line(at).message), room)
            self._tops.append(top)

    def _sized(self) -> None:
        rows = (self._tops[-1] - self._above if self._tops else 0) if self.wrapped else len(self.book)
        self.measure(Size(0, rows))

    def _at(self, row: int) -> tuple[int, int]:
        """Index of the line, and which of its rows."""
        if not self.wrapped:
            return row, 0
        index = bisect_right(self._tops, row + self._above)
        return index, row - self._rows_before(index)

    def drawing(self, number: int) -> tuple[str, bool]:
        index, part = self._at(number)
        if index >= len(self.book):
            return "", False
        line = "".join(STYLE.paint(text, style) for text, style in self._parts(index, part))
        return line, index == self.cursor and self.has_focus

    def strip(self, number: int) -> Strip:
        room = self.scrollable_content_region.width
        line, marked = self.drawing(number)
        strip = Strip(palette(self.app).segments(line)).crop(0, room)
        strip = strip.extend_cell_length(room).apply_style(self.ground)
        if not marked:
            return strip
        style = self.get_component_rich_style("log--cursor")
        return Strip([Segment(one.text, over(one.style, style)) for one in strip])

    def _parts(self, index: int, part: int) -> Iterator[Part]:
        line = self.book.line(index)
        yield ("▌", "red") if self.book.shown[index] in self.evidence else (" ", "")
        if part:
            yield " " * (self._head_columns - 1), ""
        else:
            yield from loglines.head(line, TIMES[self.times], self.start, self._who)
        text = escape.line(line.message)
        paint = loglines.PAINT.get(line.level, "")
        if self.wrapped:
            rows = width.chunks(text, self._room)
            yield from loglines.marked(rows[part] if part < len(rows) else "", self.found, paint)
        else:
            yield from loglines.marked(loglines.seen(text, self._left, self._room), self.found, paint)

    # Where somebody reads

    def go(self, index: int, *, follow: bool = False) -> None:
        if not len(self.book):
            return
        self.cursor = min(max(index, 0), len(self.book) - 1)
        self.following = follow
        if follow:
            self.new = 0
        self._reveal()
        self.redraw()
        self.post_message(self.Moved())

    def _reveal(self) -> None:
        height = max(self.scrollable_content_region.height, 1)
        top, end = self._rows_before(self.cursor), self._rows_before(self.cursor + 1)
        if top < self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, immediate=True)
        elif end > self.scroll_offset.y + height:
            self.scroll_to(y=min(end - height, top), animate=False, immediate=True)

    def centre(self, index: int) -> None:
        """With what is around it in sight."""
        self.go(index)
        height = max(self.scrollable_content_region.height, 1)
        self.scroll_to(y=max(self._rows_before(self.cursor) - height // 2, 0), animate=False, immediate=True)

    def _in_sight(self) -> tuple[int, int]:
        """Indexes of the first and the last line in sight."""
        top = self.scroll_offset.y
        last = self._at(top + max(self.scrollable_content_region.height, 1) - 1)[0]
        return self._at(top)[0], min(last, max(len(self.book) - 1, 0))

    def action_move(self, by: int) -> None:
        """After the wheel, from what is in sight."""
        first, last = self._in_sight()
        index = min(max(self.cursor, first), last) + by
        self.go(index, follow=by > 0 and index >= len(self.book) - 1)

    def action_leap(self, pages: int) -> None:
        self.action_move(pages * max(self.scrollable_content_region.height - 1, 1))

    def action_first(self) -> None:
        self.go(0)

    def action_last(self) -> None:
        self.to_end()
        self.redraw()
        self.post_message(self.Moved())

    def action_shift(self, by: int) -> None:
        self._left = 0 if self.wrapped else max(self._left + by * 20, 0)
        self.redraw()

    def action_choose(self) -> None:
        if len(self.book):
            self.post_message(self.Chosen(self.book.line(self.cursor)))

    def lay(self, *, wrapped: bool | None = None, times: int | None = None) -> None:
        self.wrapped = self.wrapped if wrapped is None else wrapped
        self.times = self.times if times is None else times
        self._left = 0
        self._remeasure()
        self.to_end() if self.following else self.call_after_refresh(self._reveal)
        self.redraw()

    def hold(self) -> None:
        """Stay here."""
        self.following = False
        self.post_message(self.Moved())

    def on_resize(self, _: Resize) -> None:
        self._remeasure()
        self.call_after_refresh(self._hold_end if self.following else self._reveal)

    def watch_scroll_y(self, old: float, new: float) -> None:
        """The wheel and the bar: away from the end it stays, back at the end it follows."""
        super().watch_scroll_y(old, new)
        at_end = new >= self.max_scroll_y - 0.5
        if new < old and not at_end and self.following:
            self.following = False
            self.post_message(self.Moved())

    def on_mouse_scroll_down(self) -> None:
        if not self.following and self.scroll_target_y >= self.max_scroll_y - 1:
            self.action_last()

    def on_click(self, event: Click) -> None:
        index = self._at(event.y - self.gutter.top + self.scroll_offset.y)[0]
        if index < len(self.book):
            again = index == self.cursor and event.chain > 1
            self.go(index, follow=self.following and index == len(self.book) - 1)
            if again:
                self.action_choose()
