"""The palette: everything that can be done or opened from here, found by a few letters.

What there is comes from the commands, the bindings of the screen and the names that are known; the app does it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical
from textual.dom import DOMNode
from textual.widgets import Input

from bunsui.text import escape, width
from bunsui.text.language import NAMES, _, mark
from bunsui.tui import matching
from bunsui.tui.commands import COMMANDS
from bunsui.tui.completion import Names
from bunsui.tui.keys import shown, told
from bunsui.tui.paint import STYLE
from bunsui.tui.widgets.box import Box
from bunsui.tui.widgets.keybar import Chip
from bunsui.tui.widgets.sheet import Rows

_MOST = 22  # entries in sight
_KINDS = 10  # columns


@dataclass(frozen=True, slots=True)
class Entry:
    """Does the command `line`, or `action` on the node that it belongs to."""

    kind: str
    name: str
    about: str = ""
    key: str = ""
    line: str = ""
    action: str = ""
    node: DOMNode | None = None

    @property
    def text(self) -> str:
        return f"{self.kind} {self.name} {self.about}"


def entries(bindings: Mapping[str, ActiveBinding], names: Names) -> list[Entry]:
    return [*_actions(bindings), *_commands(), *_names(names)]


def _actions(bindings: Mapping[str, ActiveBinding]) -> Iterator[Entry]:
    done = set()
    for active in bindings.values():
        one = active.binding
        said = told(active)
        moves = not one.show and not one.tooltip
        if said and not moves and (one.action, active.node) not in done:
            done.add((one.action, active.node))
            yield Entry(_("here"), said, key=one.key_display or shown(one.key), action=one.action, node=active.node)


def _commands() -> Iterator[Entry]:
    for one in COMMANDS:
        line = one.name if one.optional or not one.argument else f"{one.name} "
        yield Entry(_("command"), f":{one.usage}", _(one.about), line=line)


def _names(names: Names) -> Iterator[Entry]:
    yield from (Entry(_("session"), id, about, line=f"session {id}") for id, about in names.sessions)
    yield from (Entry(_("pipeline"), name, about, line=f"run {name}") for name, about in names.pipelines)
    yield from (Entry(_("theme"), name, line=f"theme {name}") for name in names.themes)
    yield from (Entry(_("language"), name, about, line=f"language {name}") for name, about in NAMES.items())


class Palette(Box[Entry | None]):
    DEFAULT_CSS = """
    Palette { align: center top; background: $background 60%; }
    Palette > Vertical { width: 90%; max-width: 96; height: auto; max-height: 90%; margin-top: 1; background: $surface;
        border: round $primary; }
    Palette Rows { scrollbar-background: $surface; height: auto; padding: 0 1; }
    Palette Rows > .rows--quiet { background: $primary 35%; text-style: bold; }
    Palette Input { height: 1; border: none; padding: 0 1; background: $panel; }
    Palette Input:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+p", "leave", mark("leave it"), id="palette.leave"),
        Binding("down,tab,ctrl+n", "move(1)", mark("down"), show=False, id="palette.down", priority=True),
        Binding("up,shift+tab", "move(-1)", mark("up"), show=False, id="palette.up", priority=True),
        Binding("pagedown", "leap(1)", mark("page down"), show=False, id="palette.page-down", priority=True),
        Binding("pageup", "leap(-1)", mark("page up"), show=False, id="palette.page-up", priority=True),
    ]

    def __init__(self, found: Sequence[Entry]) -> None:
        super().__init__()
        self._all = {str(number): one for number, one in enumerate(found)}

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Input(placeholder=_("a few letters of what you look for"))
            yield Rows(self._draw)

    def chips(self) -> Sequence[Chip]:
        return Chip("enter", _("do it"), "choose", self), *super().chips()

    def on_mount(self) -> None:
        self.query_one(Rows).can_focus = False
        self.query_one(Input).focus()
        self._fill("")

    def on_resize(self) -> None:
        self.query_one(Rows).styles.max_height = min(max(self.size.height - 6, 1), _MOST)

    def _fill(self, wanted: str) -> None:
        keys = matching.best(wanted, self._all, lambda key: self._all[key].text)
        rows = self.query_one(Rows)
        rows.cursor = 0
        rows.fill(keys)

    def _draw(self, key: str, columns: int) -> str:
        one = self._all[key]
        kind = STYLE.dim(width.pad(width.cut(one.kind, _KINDS), _KINDS))
        right = f"  {one.key}" if one.key else ""
        room = columns - _KINDS - 2 - width.columns(right)
        name = width.cut(escape.line(one.name), max(room, 0))
        about = width.cut(f"  {escape.line(one.about)}", max(room - width.columns(name), 0))
        blanks = " " * max(room - width.columns(name) - width.columns(about), 0)
        return f"{kind}  {name}{STYLE.dim(about)}{blanks}{STYLE.paint(right, 'cyan')}"

    def on_input_changed(self, event: Input.Changed) -> None:
        self._fill(event.value)

    def on_input_submitted(self, _: Input.Submitted) -> None:
        self.action_choose()

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        self._choose(event.key)

    def _choose(self, key: str | None) -> None:
        if key is not None:
            self.dismiss(self._all[key])

    def action_choose(self) -> None:
        self._choose(self.query_one(Rows).key)

    def action_move(self, by: int) -> None:
        self.query_one(Rows).action_move(by)

    def action_leap(self, pages: int) -> None:
        self.query_one(Rows).action_leap(pages)

    def action_leave(self) -> None:
        self.dismiss(None)
