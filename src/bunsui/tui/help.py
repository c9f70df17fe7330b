"""The help that `?` shows, made from the bindings that hold right now: what is not built is not in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical

from bunsui.text import width
from bunsui.text.language import _, mark
from bunsui.tui.commands import COMMANDS
from bunsui.tui.keys import shown, told
from bunsui.tui.paint import STYLE
from bunsui.tui.widgets.box import Box
from bunsui.tui.widgets.sheet import Page

_KEYS = 24  # columns at most


class Help(Box[None]):
    DEFAULT_CSS = """
    Help { align: center middle; background: $background 60%; }
    Help > Vertical { width: 80; max-width: 96%; height: auto; max-height: 96%; background: $surface;
        border: round $primary; border-title-color: $primary; border-subtitle-color: $secondary; padding: 0 1; }
    Help Page { scrollbar-background: $surface; height: auto; max-height: 100%; padding: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark", "leave", mark("close"), id="help.leave")]

    def __init__(self, bindings: Mapping[str, ActiveBinding], screen: str) -> None:
        super().__init__()
        self._shown, self._of = dict(bindings), screen

    def compose(self) -> ComposeResult:
        page = Page()
        with Vertical() as box:
            yield page
        box.border_title = _("keys")
        box.border_subtitle = _("j k scroll · esc closes")
        page.show(list(lines(self._shown, self._of)))

    def action_leave(self) -> None:
        self.dismiss()


def lines(bindings: Mapping[str, ActiveBinding], screen: str) -> Iterator[str]:
    found: dict[str, list[ActiveBinding]] = {"here": [], "moving": [], "everywhere": []}
    for active in bindings.values():
        found[_kind(active)].append(active)
    titles = {"here": screen or _("here"), "everywhere": _("everywhere"), "moving": _("moving")}
    for kind, title in titles.items():
        rows = _told(found[kind])
        if rows:
            yield STYLE.bold(title)
            yield from _rows(rows)
            yield ""
    yield STYLE.bold(_("commands, after :"))
    yield from _rows({command.usage: _(command.about) for command in COMMANDS})
    yield ""
    yield STYLE.dim(_("Other keys: :settings tells how."))


def _kind(active: ActiveBinding) -> str:
    if isinstance(active.node, App):
        return "everywhere"
    return "moving" if isinstance(active.node, Page) else "here"


def _told(actives: list[ActiveBinding]) -> dict[str, str]:
    """Keys that do the same stand together."""
    found: dict[str, list[str]] = {}
    for active in actives:
        what, binding = told(active), active.binding
        if what:
            found.setdefault(what, []).append(binding.key_display or shown(binding.key))
    return {" ".join(dict.fromkeys(keys)): what for what, keys in found.items()}


def _rows(rows: Mapping[str, str]) -> Iterator[str]:
    wide = min(max((width.columns(key) for key in rows), default=0), _KEYS)
    for key, what in rows.items():
        yield f"  {STYLE.paint(width.pad(key, wide), 'cyan')}  {what}"
