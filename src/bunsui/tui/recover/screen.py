"""The recover screen: what failed, every way out, what the marked one would do; chosen, confirmed, and watched.

What is said is in `lines`; ways with operations to be named are planned again for each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from bunsui.model.json import Json
from bunsui.services.views import Action, Ask, Way
from bunsui.text import escape, width
from bunsui.text.language import _, mark
from bunsui.text.said import said
from bunsui.tui import doing
from bunsui.tui.messages import Done, Failed
from bunsui.tui.paint import STYLE
from bunsui.tui.recover import jobs, lines
from bunsui.tui.recover.given import Given
from bunsui.tui.recover.small import SmallGraph
from bunsui.tui.screen import View
from bunsui.tui.widgets.asking import Confirm
from bunsui.tui.widgets.drawing import Drawing
from bunsui.tui.widgets.keybar import KeyBar
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Page, Rows

_WIDE = 110  # columns, from which the graph is drawn
_TALL = 28  # lines, likewise


class Ways(Rows):
    """Ways out, or operations of which several can be marked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "screen.mark", mark("mark"), tooltip=mark("mark several operations"), id="recover.mark")
    ]


class RecoverScreen(View):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "again", mark("look again"), show=False, id="recover.again"),
        Binding("tab", "other", mark("to the graph"), show=False, id="recover.other"),
        Binding("escape", "leave", mark("back"), id="recover.back"),
    ]
    DEFAULT_CSS = """
    RecoverScreen #why { max-height: 6; padding: 0 1; border-bottom: solid $panel; }
    RecoverScreen Horizontal { height: 1fr; }
    RecoverScreen #left { width: 42%; }
    RecoverScreen #title { color: $primary; }
    RecoverScreen #right { width: 1fr; border-left: solid $panel; }
    RecoverScreen #way { height: 1fr; }
    """

    def __init__(self, session: str) -> None:
        super().__init__()
        self.session = session
        self._told: jobs.Planned | None = None
        self._ways: dict[str, Way] = {}
        self._choosing: Way | None = None  # the way whose operations are being chosen
        self._marked: list[str] = []  # of these, in the order in which they were marked
        self._tried: dict[tuple[str, ...], Way] = {}  # ways of this action by the operations named

    def compose(self) -> ComposeResult:
        yield Line(f"{STYLE.dim(_('recover'))} {STYLE.bold(escape.line(self.session))}", id="top")
        yield Line(STYLE.dim(_("looking for ways out ...")), id="why")
        with Horizontal():
            with Vertical(id="left"):
                yield Line(_("ways out"), id="title")
                yield Ways(self._row, id="ways", enter=mark("take it"))
            with Vertical(id="right"):
                yield Page(id="way")
                yield SmallGraph()
        yield KeyBar()

    def on_mount(self) -> None:
        self._list.focus()
        self.action_again()

    def action_again(self) -> None:
        self.loader.read(self, "plan", jobs.plan(self.session))

    @property
    def _list(self) -> Rows:
        return self.query_one("#ways", Rows)

    @property
    def marked(self) -> str | None:
        """The way, or the operation, under the cursor."""
        return self._list.key

    def copyable(self) -> Mapping[str, str]:
        way = self._shown
        return {_("command"): lines.command(way)} if way is not None and way.possible else {}

    # What comes

    def on_planned(self, told: jobs.Planned) -> None:
        """Possible ways first, the suggested one on top."""
        plan = told.plan
        self.session = plan.session
        self._told = told
        ranked = sorted(plan.ways, key=lambda way: (not way.possible, way.action != plan.suggested))
        self._ways = {str(way.action): way for way in ranked}
        self._tried.clear()
        if self._choosing is None:
            self._list.fill(list(self._ways))
        self._show()

    def on_tried(self, told: jobs.Tried) -> None:
        if self._choosing is not None and told.way.action is self._choosing.action:
            self._tried[told.ask.names] = told.way
            self._show()

    def on_failed(self, failed: Failed) -> None:
        """Somebody else may have recovered it meanwhile: what is possible now is looked for again."""
        super().on_failed(failed)
        if failed.asked == "recover":
            self.action_again()

    # What is shown

    @property
    def _named(self) -> tuple[str, ...]:
        return tuple(self._marked) or ((self.marked,) if self.marked else ())

    @property
    def _shown(self) -> Way | None:
        if self._choosing is not None:
            return self._tried.get(self._named)
        return self._ways.get(self.marked or "")

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        told, way = self._told, self._shown
        if told is None:
            return
        room = max(self.size.width - 2, 20)
        self.query_one("#top", Line).say(lines.head(told.plan, room, STYLE))
        self.query_one("#why", Line).say(*lines.why(told.plan, told.failures, room, STYLE))
        self.query_one("#title", Line).say(self._title())
        self._list.redraw()
        page = self.query_one("#way", Page)
        columns = max(page.size.width - 3, 20)
        if way is None:
            page.show([STYLE.dim(_("looking at what that would run ..."))])
            return
        suggested = self._choosing is None and told.plan.suggested == way.action
        page.show(lines.told(way, columns, STYLE, suggested=suggested))
        able = self.size.width >= _WIDE and self.size.height >= _TALL and way.possible
        self.query_one(SmallGraph).show(told.view, way if able else None, self.size.width * 58 // 100 - 5)

    def _title(self) -> str:
        if self._choosing is None:
            return _("ways out")
        columns = max(self._list.size.width - 2, 10)
        return width.cut(_("{way}: which operation?").format(way=self._choosing.action), columns)

    def _readers(self, name: str) -> Sequence[str]:
        """Those that get its output."""
        return [one.name for one in self._told.view.operations if name in one.needs] if self._told else ()

    def _row(self, key: str, columns: int) -> str:
        if self._choosing is not None and self._told is not None:
            return lines.choice(self._choosing, key, self._told.view, columns, STYLE, marked=key in self._marked)
        way = self._ways.get(key)
        suggested = self._told is not None and way is not None and self._told.plan.suggested == way.action
        return lines.row(way, columns, STYLE, suggested=suggested) if way else ""

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._choosing is not None if action == "mark" else True

    def on_rows_moved(self, event: Rows.Moved) -> None:
        event.stop()
        self._try()
        self._show()

    def _try(self) -> None:
        if self._choosing is not None and self._named and self._named not in self._tried:
            job = jobs.way(self.session, self._choosing.action, Ask(self._named))
            self.loader.read(self, f"way {' '.join(self._named)}", job)

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        if self._choosing is not None:
            self._go_on()
            return
        way = self._ways[event.key]
        if not way.possible:
            self.complain(escape.line(said(way.why)))
        elif way.choices:
            self._choose(way)
        else:
            self._confirm(way)

    def _choose(self, way: Way) -> None:
        self._choosing, self._marked = way, []
        self._tried = {way.names: way} if way.names else {}
        self._list.fill(list(way.choices), way.names[0] if way.names else None)
        self._try()
        self._show()
        self.refresh_bindings()

    def action_mark(self) -> None:
        if self._choosing is None or self.marked is None:
            return
        if self.marked in self._marked:
            self._marked.remove(self.marked)
        else:
            self._marked.append(self.marked)
        self._try()
        self._show()

    def action_other(self) -> None:
        small = self.query_one(Drawing)
        self._list.focus() if small.has_focus or not self.query_one(SmallGraph).display else small.focus()

    def action_leave(self) -> None:
        """From the operations back to the ways, from these to the session."""
        if self._choosing is None:
            self.call_later(self.run_action, "app.up")
            return
        before, self._choosing = str(self._choosing.action), None
        self._marked.clear()
        self._list.fill(list(self._ways), before)
        self._show()
        self.refresh_bindings()

    # Doing it

    def _go_on(self) -> None:
        way = self._shown
        if way is None:
            return
        if not way.possible:
            self.complain(escape.line(said(way.why)))
        elif way.action is Action.SKIP:
            self._give(way, {})
        else:
            self._confirm(way)

    def _give(self, way: Way, outputs: dict[str, Json]) -> None:
        """The output of each that is skipped, one after the other."""
        left = [name for name in way.names if name not in outputs]
        if not left:
            self.loader.read(self, "given", jobs.exactly(self.session, way.action, Ask(way.names, outputs)))
            return
        readers = self._readers(left[0])

        def given(value: dict[str, Json] | None) -> None:
            if value is not None:
                self._give(way, {**outputs, left[0]: value})

        self.app.push_screen(Given(left[0], readers), given)

    def on_exact(self, told: jobs.Exact) -> None:
        if told.way.possible:
            self._confirm(told.way)
        else:
            self.complain(escape.line(said(told.way.why)))

    def _confirm(self, way: Way) -> None:
        columns = min(self.size.width * 9 // 10, 100) - 6
        shown = lines.told(way, max(columns, 20), STYLE, suggested=False)
        self.app.push_screen(Confirm(_("do this?"), shown, _("do it")), lambda sure: self._take(way, sure))

    def _take(self, way: Way, sure: bool | None) -> None:
        if sure:
            self.loader.do(self, "recover", doing.recover(way))

    def on_done(self, told: Done) -> None:
        """Watch it go on."""
        self.bunsui.show_again(told.session.id)
        self.notify(escape.line(_("{what} began").format(what=told.what)), markup=False)
