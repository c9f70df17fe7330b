"""A long text of which only what is seen is drawn: pages of lines, and rows with a cursor.

Lines are text with the colours of `bunsui.text`, safe by the time they come here.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style as Look
from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from bunsui.text import width
from bunsui.text.language import _, mark
from bunsui.tui.keys import Named
from bunsui.tui.paint import palette


class Sheet(ScrollView, can_focus=True):
    """Lines by number. What looks as before is not drawn again: a terminal far away gets what changed, nothing else."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._drawn: dict[int, object] = {}  # by row of the screen
        self.ground = Look()  # what lines stand on

    @abstractmethod
    def drawing(self, number: int) -> object:
        """All that a line's looks depend on, besides the theme and the size."""

    @abstractmethod
    def strip(self, number: int) -> Strip:
        """A line as wide as there is room."""

    def measure(self, size: Size) -> None:
        """Of all lines together. The screen is laid out anew where that has a say in it; else a scrollbar is drawn."""
        if not self.size or self.styles.is_auto_height:
            self.virtual_size = size
        elif size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)

    def redraw(self) -> None:
        """Only the lines that would look different now."""
        for y in range(self.scrollable_content_region.height):
            if self._drawn.get(y, ()) != self.drawing(y + self.scroll_offset.y):
                self.redraw_line(y)

    def redraw_line(self, y: int) -> None:
        self.refresh(Region(0, y, self.size.width, 1))

    def render_lines(self, crop: Region) -> list[Strip]:
        self.ground = self.rich_style  # asked of all that is around, which costs as much as a line
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        number = y + self.scroll_offset.y
        self._drawn[y] = self.drawing(number)
        return self.strip(number)


class Page(Sheet):
    """Lines to be read. `j k g G` and the usual keys scroll."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_down", mark("down"), show=False, id="page.down"),
        Binding("k,up", "scroll_up", mark("up"), show=False, id="page.up"),
        Binding("h,left", "scroll_left", mark("left"), show=False, id="page.left"),
        Binding("right", "scroll_right", mark("right"), show=False, id="page.right"),
        Binding("g,home", "scroll_home", mark("top"), show=False, id="page.top"),
        Binding("G,end", "scroll_end", mark("bottom"), show=False, id="page.bottom"),
        Binding("space,ctrl+d", "page_down", mark("page down"), show=False, id="page.page-down"),
        Binding("b,ctrl+u", "page_up", mark("page up"), show=False, id="page.page-up"),
    ]
    DEFAULT_CSS = "Page { padding: 0 1; scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; }"

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[str] = []
        self._widest = 0

    @property
    def lines(self) -> Sequence[str]:
        return self._lines

    def show(self, lines: Sequence[str]) -> None:
        """Instead of what was shown; the place stays."""
        if list(lines) == self._lines:
            return
        self._lines = list(lines)
        self._widest = max((_columns(line) for line in lines), default=0)
        self.measure(Size(self._widest, len(self._lines)))
        self.redraw()

    def add(self, lines: Sequence[str], most: int) -> None:
        """Below what is shown; of the whole, the last `most` are kept. Whoever reads above stays where they are."""
        at_end = self.is_at_end
        self._lines.extend(lines)
        over = max(len(self._lines) - most, 0)
        del self._lines[:over]
        self._widest = max([self._widest, *(_columns(line) for line in lines)])
        self.measure(Size(self._widest, len(self._lines)))
        self.redraw()
        if at_end:
            self.scroll_end(animate=False, immediate=True)
        elif over:
            self.scroll_to(y=self.scroll_y - over, animate=False)

    @property
    def is_at_end(self) -> bool:
        return self.scroll_y >= self.max_scroll_y - 1

    def drawing(self, number: int) -> object:
        """All that a line's looks depend on, besides the theme and the size."""
        return self._lines[number] if number < len(self._lines) else None

    def strip(self, number: int) -> Strip:
        """A line as wide as there is room."""
        left, room, ground = self.scroll_offset.x, self.scrollable_content_region.width, self.ground
        if number >= len(self._lines):
            return Strip.blank(room, ground)
        strip = Strip(self.segments(number))
        return strip.crop(left, left + room).extend_cell_length(room).apply_style(ground)

    def segments(self, number: int) -> list[Segment]:
        return list(palette(self.app).segments(self._lines[number]))


def _columns(line: str) -> int:
    return width.columns(line) if "\x1b" not in line else sum(width.columns(part) for part in _plain(line))


def _plain(line: str) -> list[str]:
    first, *others = line.split("\x1b[")
    return [first, *(part.partition("m")[2] for part in others)]


class Rows(Page, Named):
    """Lines of which one is the cursor's; each stands for something, by its key.

    A line is made when it is seen: `draw(key, columns)` gives it. `enter`: what Enter does with it, for the foot.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", mark("down"), show=False, id="rows.down"),
        Binding("k,up", "move(-1)", mark("up"), show=False, id="rows.up"),
        Binding("g,home", "first", mark("first"), show=False, id="rows.first"),
        Binding("G,end", "last", mark("last"), show=False, id="rows.last"),
        Binding("ctrl+d,pagedown,space", "leap(1)", mark("page down"), show=False, id="rows.page-down"),
        Binding("ctrl+u,pageup,b", "leap(-1)", mark("page up"), show=False, id="rows.page-up"),
        Binding("enter", "choose", mark("choose"), id="rows.choose"),
    ]

    class Moved(Message):
        def __init__(self, rows: Rows, key: str) -> None:
            super().__init__()
            self.rows, self.key = rows, key

        @property
        def control(self) -> Rows:
            return self.rows

    class Chosen(Moved):
        pass

    class NearEnd(Message):
        """The cursor comes near the last row: if there is more, now is the time."""

        def __init__(self, rows: Rows) -> None:
            super().__init__()
            self.rows = rows

        @property
        def control(self) -> Rows:
            return self.rows

    def __init__(self, draw: Callable[[str, int], str], id: str | None = None, enter: str = "") -> None:
        super().__init__(id=id)
        self._draw, self._enter = draw, enter
        self._keys: list[str] = []
        self.cursor = 0

    @property
    def named(self) -> Mapping[str, str]:
        return {"choose": _(self._enter)} if self._enter else {}

    @property
    def key(self) -> str | None:
        return self._keys[self.cursor] if self._keys else None

    @property
    def keys(self) -> Sequence[str]:
        return self._keys

    def fill(self, keys: Sequence[str], at: str | None = None) -> None:
        """The cursor stays on the row it was on, if that is still there; at the top it stays at the top."""
        wanted = at or (self.key if self.cursor else None)
        before = self.key
        self._keys = list(keys)
        where = self._keys.index(wanted) if wanted in self._keys else min(self.cursor, len(keys) - 1)
        self.cursor = max(where, 0)
        self.measure(Size(0, len(self._keys)))
        self.redraw()
        if at or self.cursor:
            self._reveal()
        if self.key is not None and self.key != before:
            self.post_message(self.Moved(self, self.key))

    def drawing(self, number: int) -> tuple[str, bool]:
        room = self.scrollable_content_region.width
        line = self._draw(self._keys[number], room) if number < len(self._keys) else ""
        return line, number == self.cursor

    def strip(self, number: int) -> Strip:
        room, ground = self.scrollable_content_region.width, self.ground
        if number >= len(self._keys):
            return Strip.blank(room, ground)
        line, _cursor = self.drawing(number)
        strip = Strip(palette(self.app).segments(line)).crop(0, room).extend_cell_length(room).apply_style(ground)
        if number != self.cursor:
            return strip
        style = self.get_component_rich_style("rows--cursor" if self.has_focus else "rows--quiet")
        return Strip([Segment(part.text, over(part.style, style)) for part in strip])

    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--cursor", "rows--quiet"}
    DEFAULT_CSS = """
    Rows > .rows--cursor { background: $primary 35%; text-style: bold; }
    Rows > .rows--quiet { background: $panel; }
    """

    def action_move(self, by: int) -> None:
        self.go(self.cursor + by)

    def action_leap(self, pages: int) -> None:
        self.go(self.cursor + pages * max(self.scrollable_content_region.height - 1, 1))

    def action_first(self) -> None:
        self.go(0)

    def action_last(self) -> None:
        self.go(len(self._keys) - 1)

    def action_choose(self) -> None:
        if self.key is not None:
            self.post_message(self.Chosen(self, self.key))

    def go(self, number: int) -> None:
        if not self._keys:
            return
        before, self.cursor = self.cursor, min(max(number, 0), len(self._keys) - 1)
        self._reveal()
        for one in (before, self.cursor):
            self.redraw_line(one - self.scroll_offset.y)
        self.post_message(self.Moved(self, self._keys[self.cursor]))
        if self.cursor >= len(self._keys) - self.scrollable_content_region.height:
            self.post_message(self.NearEnd(self))

    def _reveal(self) -> None:
        height = max(self.scrollable_content_region.height, 1)
        if self.cursor < self.scroll_offset.y:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif self.cursor >= self.scroll_offset.y + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, immediate=True)

    def on_resize(self, _: Resize) -> None:
        self._reveal()

    def on_click(self, event: Click) -> None:
        number = event.y - self.gutter.top + self.scroll_offset.y
        if number < len(self._keys):
            again = number == self.cursor and event.chain > 1
            self.go(number)
            if again:
                self.action_choose()


def over(style: Look | None, cursor: Look) -> Look:
    """The cursor's background below the row's own colours."""
    return (style or Look()) + Look(bgcolor=cursor.bgcolor, bold=cursor.bold)
