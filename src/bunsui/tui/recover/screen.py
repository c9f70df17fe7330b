"""The recover screen: every way out on the left or above, what the marked one would do beside it."""

from __future__ import annotations

import json
import shlex
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from bunsui.services.views import Action, Ask, RecoveryPlan, Way
from bunsui.text import escape, recovery, width, words
from bunsui.tui import doing, reading
from bunsui.tui.messages import Done, Planned, Ways
from bunsui.tui.paint import STYLE
from bunsui.tui.screen import View
from bunsui.tui.widgets import asking
from bunsui.tui.widgets.asking import Confirm, Pick
from bunsui.tui.widgets.keybar import KeyBar
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Page, Rows


class RecoverScreen(View):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.up", "back"),
    ]
    DEFAULT_CSS = """
    RecoverScreen #advice { max-height: 5; padding: 0 1; }
    RecoverScreen Horizontal { height: 1fr; }
    RecoverScreen Rows { width: 44%; }
    RecoverScreen #way { width: 1fr; border-left: solid $panel; }
    """

    def __init__(self, session: str) -> None:
        super().__init__()
        self.session = session
        self._plan: RecoveryPlan | None = None
        self._ways: dict[str, Way] = {}

    def compose(self) -> ComposeResult:
        yield Line(f"{STYLE.bold('recover')} {escape.line(self.session)}", id="top")
        yield Line(STYLE.dim("looking for ways out ..."), id="advice")
        with Horizontal():
            yield Rows(self._draw, id="ways")
            yield Page(id="way")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Rows).focus()
        self.loader.read(self, "plan", reading.plan(self.session))

    @property
    def marked(self) -> str | None:
        """The way under the cursor."""
        return self.query_one(Rows).key

    def on_planned(self, told: Planned) -> None:
        """Possible ways first, the suggested one on top."""
        plan = self._plan = told.plan
        ranked = sorted(plan.ways, key=lambda way: (not way.possible, way.action != plan.suggested))
        self._ways = {str(way.action): way for way in ranked}
        self._tell(plan)
        self.query_one(Rows).fill(list(self._ways))

    def _tell(self, plan: RecoveryPlan) -> None:
        status = STYLE.status(plan.status, f"{STYLE.glyph(plan.status)} {plan.status}")
        self.query_one("#top", Line).say(f"{STYLE.bold('recover')} {escape.line(plan.session)}  {status}")
        columns = self.size.width - 2
        lines = [part for line in plan.advice for part in width.wrap(escape.line(line), columns)]
        self.query_one("#advice", Line).say(*(lines[:5] or [STYLE.dim("Choose a way out: what it does is beside it.")]))

    def _draw(self, key: str, columns: int) -> str:
        way = self._ways[key]
        if not way.possible:
            return STYLE.dim(width.cut(f"  {key:<9} not possible", columns))
        marked = self._plan is not None and self._plan.suggested == way.action
        about = "" if way.seconds is None else f"  {words.duration(way.seconds)}"
        counts = "" if way.action is Action.CANCEL else f"runs {len(way.rerun)}, keeps {len(way.reused)}"
        text = width.cut(f"{counts}{about}", max(columns - 12, 0))
        glyph = STYLE.paint("▸", "green") if marked else " "
        return f"{glyph} {STYLE.bold(f'{key:<9}')} {STYLE.paint(text, 'green') if marked else text}"

    def on_rows_moved(self, event: Rows.Moved) -> None:
        event.stop()
        way = self._ways[event.key]
        columns = max(self.size.width * 56 // 100 - 4, 20)
        suggested = self._plan is not None and self._plan.suggested == way.action
        self.query_one("#way", Page).show(_told(way, columns, suggested=suggested))

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        way = self._ways[event.key]
        if not way.possible:
            self.complain(way.why)
        elif way.choices:
            names = {name: escape.line(name) for name in way.choices}
            self.app.push_screen(Pick(f"{event.key} which operation?", names), lambda name: self._named(way, name))
        else:
            self._confirm(way)

    def _named(self, way: Way, name: str | None) -> None:
        if name is None:
            return
        if way.action is not Action.SKIP:
            self._exactly(way, name, {})
            return
        title = f"the output of {escape.line(name)}, as JSON"
        self.app.push_screen(asking.Ask(title, value="{}"), lambda text: self._given(way, name, text))

    def _given(self, way: Way, name: str, text: str | None) -> None:
        if text is None:
            return
        try:
            self._exactly(way, name, {name: json.loads(text)})
        except ValueError as error:
            self.complain(f"that is no JSON: {error}")

    def _exactly(self, way: Way, name: str, outputs: dict[str, object]) -> None:
        ask = Ask((name,), outputs)  # type: ignore[arg-type]  # json.loads gives JSON
        self.loader.read(self, "way", reading.way(self.session, way.action, ask))

    def on_ways(self, told: Ways) -> None:
        if told.way.possible:
            self._confirm(told.way)
        else:
            self.complain(told.way.why)

    def _confirm(self, way: Way) -> None:
        command = f"bunsui session recover {shlex.quote(way.session)} {recovery.flag(way, way.names)}"
        lines = [*recovery.way_lines(way), "", STYLE.dim(escape.line(command))]
        title = f"{way.action}: {recovery.what(way)}"
        self.app.push_screen(Confirm(title, lines, "do it"), lambda sure: self._take(way, sure))

    def _take(self, way: Way, sure: bool | None) -> None:
        if sure:
            self.loader.do(self, "recover", doing.recover(way))

    def on_done(self, told: Done) -> None:
        """Watch it go on."""
        self.bunsui.show_again(told.session.id)
        self.notify(escape.line(f"{told.what} began"), markup=False)


def _told(way: Way, columns: int, *, suggested: bool) -> list[str]:
    head = [STYLE.bold(part) for part in width.wrap(recovery.what(way), columns)]
    head += [STYLE.paint("suggested: it throws nothing away", "green")] if suggested else []
    if not way.possible:
        return [*head, "", *(STYLE.paint(part, "yellow") for part in width.wrap(escape.line(way.why), columns))]
    lines = [part for line in recovery.way_lines(way) for part in _wrapped(line, columns)]
    choose = [STYLE.dim(f"counted for {escape.line(way.names[0])}; enter lets you choose")] if way.names else []
    return [*head, "", *lines, *choose]


def _wrapped(line: str, columns: int) -> list[str]:
    if not line.startswith("  "):
        return [line]
    title, text = line[2:9], line[9:]
    if line.startswith("  ! "):
        title, text = "", line[2:]
    first, *others = width.wrap(text, columns - len(title))
    painted = first if title else STYLE.paint(first, "yellow")
    return [STYLE.dim(title) + painted, *(" " * len(title) + part for part in others)]
