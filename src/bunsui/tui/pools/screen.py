"""The screen of pools: all of them, and of the marked one who holds its slots and who waits, in order."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical

from bunsui.services.views import HeldSlots, Place, PoolPage, PoolView
from bunsui.text import escape
from bunsui.text.language import _, mark, plural
from bunsui.tui.paint import STYLE
from bunsui.tui.pools import jobs, lines
from bunsui.tui.pools.jobs import Changed, Pool, Pools, Released
from bunsui.tui.screen import View
from bunsui.tui.sideways import sideways
from bunsui.tui.widgets import columns
from bunsui.tui.widgets.asking import Ask, Confirm
from bunsui.tui.widgets.columns import Columns
from bunsui.tui.widgets.keybar import KeyBar
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Rows

_EVERY = 1.0  # seconds between looks
_WIDE = 110  # columns from which on the pools stand beside what is in the marked one
_LISTS = ("pools", "held", "queue")


class PoolsScreen(View):
    IS_LIST = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", mark("new pool"), id="pools.new"),
        Binding("s", "set", mark("slots"), id="pools.set", tooltip=mark("how many slots it has")),
        Binding("D", "drain", mark("drain"), id="pools.drain", tooltip=mark("admit nobody any more, or again")),
        Binding("x", "release", mark("release"), id="pools.release", tooltip=mark("give the slots of a session back")),
        Binding("tab", "turn(1)", mark("next list"), id="pools.turn", tooltip=mark("pools, who holds, who waits")),
        Binding("shift+tab", "turn(-1)", mark("list before"), show=False, id="pools.back_turn"),
        *sideways("pools", "pools"),
        Binding("escape", "back", mark("back"), show=False, id="pools.back", tooltip=mark("to the pools, or back")),
    ]
    DEFAULT_CSS = """
    PoolsScreen #whole { height: 1fr; layout: vertical; }
    PoolsScreen #left { height: auto; max-height: 38%; }
    PoolsScreen #right { height: 1fr; border-top: solid $panel; }
    PoolsScreen.wide #whole { layout: horizontal; }
    PoolsScreen.wide #left { width: 40%; max-width: 66; height: 1fr; max-height: 100%; }
    PoolsScreen.wide #right { width: 1fr; border-top: none; border-left: solid $panel; }
    PoolsScreen #pools { height: auto; max-height: 100%; }
    PoolsScreen.wide #pools { height: 1fr; }
    PoolsScreen #held { height: auto; max-height: 40%; }
    PoolsScreen #queue { height: 1fr; }
    PoolsScreen .head { height: 1; }
    PoolsScreen #in { margin-bottom: 1; }
    PoolsScreen #queue-head { margin-top: 1; }
    """

    def __init__(self, pool: str = "") -> None:
        """`pool`: the one to begin with."""
        super().__init__()
        self._begin = pool
        self._pools: dict[str, PoolView] = {}
        self._page: PoolPage | None = None
        self._held: dict[str, HeldSlots] = {}
        self._queue: dict[str, Place] = {}
        self._known = False

    def compose(self) -> ComposeResult:
        yield Line(id="top")
        with Container(id="whole"):
            with Vertical(id="left"):
                yield Line(id="pools-head", classes="head")
                yield Rows(self._draw_pool, id="pools", enter=mark("look into"))
            with Vertical(id="right"):
                yield Line(id="in")
                yield Line(id="held-head", classes="head")
                yield Rows(self._draw_held, id="held", enter=mark("open"))
                yield Line(id="queue-head", classes="head")
                yield Rows(self._draw_queued, id="queue", enter=mark("open"))
        yield KeyBar()

    def on_mount(self) -> None:
        self._rows("pools").focus()
        self._say()
        self._look()
        self.set_interval(_EVERY, self._look)

    def _rows(self, id: str) -> Rows:
        return self.query_one(f"#{id}", Rows)

    # What comes

    def _look(self) -> None:
        if self.is_current:
            self.loader.read(self, "pools", jobs.pools)
            self._look_into(self._rows("pools").key)

    def _look_into(self, name: str | None) -> None:
        if name:
            self.loader.read(self, f"pool {name}", jobs.pool(name))

    def on_pools(self, told: Pools) -> None:
        waits = next((one.name for one in told.pools if one.waiting), "")
        begin = self._begin or ("" if self._known else waits)
        self._pools = {one.name: one for one in told.pools}
        self._known, self._begin = True, ""
        self._rows("pools").fill(list(self._pools), begin or None)
        self._say()

    def on_pool(self, told: Pool) -> None:
        if told.page.pool.name != self._rows("pools").key:
            return
        self._page = told.page
        self._held = {one.session: one for one in told.page.held}
        self._queue = {one.session: one for one in told.page.queue}
        self._rows("held").fill(list(self._held))
        self._rows("queue").fill(list(self._queue))
        self._say()

    # What is shown

    def on_resize(self) -> None:
        self.set_class(self.size.width >= _WIDE, "wide")
        self.call_after_refresh(self._say)

    def _say(self) -> None:
        self.query_one("#top", Line).say(self._title())
        for id, shape in zip(_LISTS, (lines.POOLS, lines.HELD, lines.QUEUE), strict=True):
            self._head(id, shape)
        self.query_one("#in", Line).say(lines.heading(self._page, STYLE), self._note())

    def _title(self) -> str:
        waiting = sum(one.waiting for one in self._pools.values())
        told = plural("{count} session waits", "{count} sessions wait", waiting)
        told = STYLE.paint(told, "yellow") if waiting else STYLE.dim(_("nobody waits"))
        if not self._known:
            told = STYLE.dim(_("reading ..."))
        elif not self._pools:
            told = STYLE.dim(_("There are no pools. n makes one: bunsui pool set NAME --slots N"))
        return f"{STYLE.bold(_('pools and queues'))}  {told}"

    def _head(self, id: str, shape: Columns) -> None:
        rows = self._rows(id)
        room = max(rows.scrollable_content_region.width, 20)
        head = self.query_one(f"#{id}-head", Line)
        head.display = bool(rows.keys)
        head.say(columns.head(shape, room, STYLE))

    def _note(self) -> str:
        if self._page is None:
            return ""
        if not self._held and not self._queue:
            return STYLE.dim(_("nobody holds its slots, nobody waits"))
        room = max(self._rows("queue").scrollable_content_region.width, 20)
        return lines.note(self._page, room, STYLE)

    def _draw_pool(self, key: str, room: int) -> str:
        return lines.pool(self._pools[key], room, STYLE)

    def _draw_held(self, key: str, room: int) -> str:
        return lines.held(self._held[key], time.time(), room, STYLE)

    def _draw_queued(self, key: str, room: int) -> str:
        return lines.place(self._queue[key], time.time(), room, STYLE)

    # The cursor

    def on_rows_moved(self, event: Rows.Moved) -> None:
        event.stop()
        if event.rows.id == "pools" and (self._page is None or self._page.pool.name != event.key):
            self._page, self._held, self._queue = None, {}, {}
            self._rows("held").fill([])
            self._rows("queue").fill([])
            self._say()
            self._look_into(event.key)

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        if event.rows.id == "pools":
            self.action_turn(1)
        else:
            self.bunsui.show_session(event.key)

    def action_turn(self, by: int) -> None:
        """The next list that has rows."""
        at = next((number for number, id in enumerate(_LISTS) if self._rows(id).has_focus), 0)
        order = [_LISTS[(at + by * step) % len(_LISTS)] for step in range(1, len(_LISTS) + 1)]
        self._rows(next(id for id in order if self._rows(id).keys or id == _LISTS[at])).focus()

    def action_back(self) -> None:
        if self._rows("pools").has_focus:
            self.app.pop_screen()
        else:
            self._rows("pools").focus()

    def copyable(self) -> Mapping[str, str]:
        focused = next((id for id in _LISTS if self._rows(id).has_focus), "pools")
        key = self._rows(focused).key
        return {_("pool") if focused == "pools" else _("id"): key} if key else {}

    # What people do

    @property
    def _pool(self) -> PoolView | None:
        """The marked one, if it is a pool of its own."""
        found = self._pools.get(self._rows("pools").key or "")
        if found is None:
            self.complain(_("there is no pool yet"), _("n makes one"))
        elif "/" in found.name:
            self.complain(_("this is the limit of a pipeline"), _("max_sessions in its file changes it"))
            return None
        return found

    def action_new(self) -> None:
        shown = [STYLE.dim("bunsui pool set NAME --slots N")]
        self.app.push_screen(Ask(_("the name of the new pool"), shown, hint="warehouse"), self._named)

    def _named(self, name: str | None) -> None:
        if name and name.strip():
            wanted = name.strip()
            shown = [STYLE.dim(f"bunsui pool set {escape.line(wanted)} --slots N")]
            title = _("how many slots has {pool}?").format(pool=escape.line(wanted))
            self.app.push_screen(Ask(title, shown, value="1"), lambda text: self._set(wanted, text))

    def action_set(self) -> None:
        pool = self._pool
        if pool is not None:
            title = _("how many slots has {pool}?").format(pool=pool.name)
            shown = list(lines.setting(pool, STYLE))
            value = str(pool.slots or 1)
            self.app.push_screen(Ask(title, shown, value=value), lambda text: self._set(pool.name, text))

    def _set(self, name: str, text: str | None) -> None:
        if text is None:
            return
        if text.strip().isascii() and text.strip().isdecimal() and len(text) < 9:
            self._begin = name
            self.loader.do(self, "set", jobs.set_(name, int(text)))
        else:
            self.complain(_("{text!r} is not a number of slots").format(text=text))

    def action_drain(self) -> None:
        pool = self._pool
        if pool is not None:
            title = _("admit sessions to {pool} again?") if pool.drained else _("drain {pool}?")
            question = Confirm(title.format(pool=pool.name), list(lines.draining(pool, STYLE)), _("do it"))
            self.app.push_screen(question, lambda sure: self._drain(pool, sure))

    def _drain(self, pool: PoolView, sure: bool | None) -> None:
        if sure:
            self.loader.do(self, "drain", jobs.drain(pool.name, drained=not pool.drained))

    def action_release(self) -> None:
        """Of the session that holds slots and is marked."""
        name, held = self._rows("pools").key, self._held.get(self._rows("held").key or "")
        if held is None or name is None or not self._rows("held").has_focus:
            self.complain(_("mark a session that holds slots first"), _("tab goes to them"))
            return
        title = _("give its slots back?")
        question = Confirm(title, list(lines.releasing(name, held, STYLE)), _("give them back"))
        self.app.push_screen(question, lambda sure: self._release(name, held, sure))

    def _release(self, name: str, held: HeldSlots, sure: bool | None) -> None:
        if sure:
            self.loader.do(self, "release", jobs.release(name, held.session))

    def on_changed(self, told: Changed) -> None:
        one = told.pool
        state = _("drained") if one.drained else plural("{count} slot", "{count} slots", one.slots or 0)
        self.notify(escape.line(f"{one.name}: {state}"), markup=False)
        self._look()

    def on_released(self, told: Released) -> None:
        text = plural("{count} slot given back", "{count} slots given back", told.held.slots)
        self.notify(escape.line(f"{told.pool}: {text}"), markup=False)
        self._look()
