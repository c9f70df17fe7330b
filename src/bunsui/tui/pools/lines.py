"""Pools, who holds their slots and who waits, as lines; and what a change would do. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from bunsui.services.views import HeldSlots, Place, PoolPage, PoolView
from bunsui.text import escape, places, width, words
from bunsui.text.language import _, mark, plural
from bunsui.text.style import STATUS_STYLE, Style
from bunsui.tui.home.lines import moment
from bunsui.tui.widgets import columns as table
from bunsui.tui.widgets.columns import Column

_BAR = 8
POOLS = (
    Column(mark("POOL"), 10, share=1, middle=True),
    Column(mark("SLOTS"), _BAR),
    Column(mark("USED"), 7, right=True),
    Column(mark("FREE"), 4, right=True, least=40),
    Column(mark("RUN"), 4, right=True, least=48),
    Column(mark("WAIT"), 4, right=True),
)
HELD = (
    Column(mark("HOLDS"), 16, share=2, middle=True),
    Column(mark("STATUS"), 11),
    Column(mark("SLOTS"), 5, right=True),
    Column(mark("FOR"), 7, right=True),
    Column(mark("OWNER"), 9, least=60),
    Column(mark("PIPELINE"), 10, share=1, least=80, middle=True),
)
QUEUE = (
    Column(mark("#"), 3, right=True),
    Column(mark("WAITS"), 16, share=2, middle=True),
    Column(mark("PRIO"), 4, right=True),
    Column(mark("SLOTS"), 5, right=True, least=90),
    Column(mark("OWNER"), 9, least=60),
    Column(mark("SINCE"), 11, least=100),
    Column(mark("FOR"), 7, right=True),
    Column(mark("STARTS"), 13),
    Column(mark("WHY"), 12, share=3, least=110),
)


def pool(one: PoolView, columns: int, style: Style) -> str:
    free = "" if one.slots is None else str(max(one.slots - one.used, 0))
    used = str(one.used) if one.slots is None else f"{one.used}/{one.slots}"
    name = escape.line(one.name.removeprefix("pipeline/"))
    texts = [name, _("drained") if one.drained else _bar(one), used, free, str(one.running), str(one.waiting)]
    full = "yellow" if one.drained or (one.slots is not None and one.used >= one.slots) else "cyan"
    waiting = "yellow" if one.waiting else "dim"
    return table.line(POOLS, columns, texts, style, ["", full, "", "dim", "dim", waiting])


def _bar(one: PoolView) -> str:
    """A cell a slot where there are so few."""
    slots = one.slots or one.used
    if not slots:
        return "─" * _BAR
    size = min(slots, _BAR)
    full = min(round(size * one.used / slots) or int(one.used > 0), size)
    return "■" * full + "□" * (size - full)


def heading(page: PoolPage | None, style: Style) -> str:
    if page is None:
        return ""
    one = page.pool
    taken = plural("{count} slot taken", "{count} slots taken", one.used)
    if one.slots is not None:
        taken = _("{used} of {slots} slots taken").format(used=one.used, slots=one.slots)
    state = "  " + style.paint(_("drained: it admits nobody"), "yellow") if one.drained else ""
    return f"{style.bold(places.where(one.name))}  {taken}{state}"


def held(one: HeldSlots, now: float, columns: int, style: Style) -> str:
    status = f"{style.glyph(one.status)} {one.status}" if one.status else _("is no more")
    texts = [
        escape.line(one.session),
        status,
        str(one.slots),
        words.duration(max(now - one.since, 0)),
        escape.line(one.owner),
        escape.line(one.pipeline),
    ]
    colour = STATUS_STYLE.get(one.status, "") if one.status else "red"
    return table.line(HELD, columns, texts, style, ["", colour, "", "", "", "dim"])


def place(one: Place, now: float, columns: int, style: Style) -> str:
    begins = places.when(one, now) or "-"
    texts = [
        str(one.position),
        escape.line(one.session),
        str(one.priority),
        str(one.slots),
        escape.line(one.owner),
        moment(one.since, now, 11),
        words.duration(max(now - one.since, 0)),
        begins,
        escape.line(one.why),
    ]
    starts = "green" if one.starts is not None else "dim"
    return table.line(QUEUE, columns, texts, style, ["bold", "", "", "", "", "dim", "", starts, "dim"])


def draining(one: PoolView, style: Style) -> Iterator[str]:
    """What `drain`, or its opposite, does."""
    if one.drained:
        yield _("admits sessions again: whoever waits and fits is started")
    else:
        yield _("admits no session any more")
        yield plural("{count} session that runs goes on", "{count} sessions that run go on", one.running)
        yield plural("{count} session waits on", "{count} sessions wait on", one.waiting)
    yield ""
    yield style.dim(f"bunsui pool drain {one.name}{' --off' if one.drained else ''}")


def setting(one: PoolView, style: Style) -> Iterator[str]:
    yield _("with fewer, whoever runs goes on; with more, sessions that fit are started")
    yield style.dim(f"bunsui pool set {one.name} --slots N")


def releasing(name: str, one: HeldSlots, style: Style) -> Iterator[str]:
    status = style.status(one.status) if one.status else style.paint(_("no more"), "red")
    yield _("{session} of {owner} is {status}.").format(
        session=escape.line(one.session), owner=escape.line(one.owner), status=status
    )
    slots = plural("{count} slot", "{count} slots", one.slots)
    yield "  " + _("gives back {slots} of {pool} to whoever waits").format(slots=slots, pool=escape.line(name))
    if one.status is not None and not one.status.ended:
        warning = _("it goes on without them: more may run than the pool has slots")
        yield style.paint(f"  ! {warning}", "yellow")
    yield ""
    yield style.dim(f"bunsui pool release {name} {shlex.quote(escape.line(one.session))}")


def note(page: PoolPage | None, columns: int, style: Style) -> str:
    """Of a queue: why its first waits."""
    if page is None or not page.queue:
        return ""
    first = page.queue[0]
    return style.dim(width.cut(_("first: {why}").format(why=escape.line(first.why)), columns))
