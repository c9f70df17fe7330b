"""`bunsui pool`: slots that sessions share, who holds them and who waits."""

from __future__ import annotations

import time
from collections.abc import Sequence

import click

from bunsui.cli import output
from bunsui.cli.confirming import agreed, demand
from bunsui.cli.opening import workspace
from bunsui.cli.options import context_option, everywhere_option, output_option, yes_option
from bunsui.cli.output import Output
from bunsui.errors import Refused
from bunsui.services.views import HeldSlots, PoolPage, PoolView
from bunsui.text import escape, places, words
from bunsui.text.body import plain
from bunsui.text.table import Column, table


@click.command("list")
@everywhere_option
@context_option
@output_option
@click.pass_obj
def list_(out: Output, everywhere: bool) -> int:
    """List pools: how many slots are taken, and how many sessions wait."""
    if everywhere:
        from bunsui.cli import several

        return several.show(out, "pools", several.ask(lambda opened: opened.pools.list()), _COLUMNS, _row)
    with workspace() as opened:
        found = opened.pools.list()
    if out.json:
        out.value({"pools": plain(found)})
    elif not found:
        out.say("There are no pools. Make one: bunsui pool set NAME --slots N")
    else:
        out.lines(table(_COLUMNS, list(map(_row, found)), out.style, out.width if out.out.isatty() else None))
    return output.DONE


_NUMBERS = ("SLOTS", "TAKEN", "RUNNING", "WAITING")
_COLUMNS = [Column("POOL"), *(Column(name, right=True) for name in _NUMBERS), Column("", cut=True)]


def _row(one: PoolView) -> list[str]:
    return [one.name, str(one.slots), str(one.used), str(one.running), str(one.waiting), _state(one)]


@click.command()
@click.argument("name")
@context_option
@output_option
@click.pass_obj
def show(out: Output, name: str) -> None:
    """Show who holds a pool's slots, and who waits for them in which order.

    NAME is a pool, or pipeline/NAME for a pipeline whose sessions wait for max_sessions.
    """
    with workspace() as opened:
        page = opened.pools.show(name)
    if out.json:
        out.value(plain(page))
        return
    now, columns = time.time(), out.width if out.out.isatty() else None
    out.data(f"{out.style.bold(page.pool.name)}  {_taken(page.pool)}")
    out.lines(_held(out, page.held, now, columns))
    out.lines(_queue(out, page, now, columns))


def _held(out: Output, held: Sequence[HeldSlots], now: float, columns: int | None) -> list[str]:
    if not held:
        return []
    heads = [Column("HOLDS"), Column("OWNER"), Column("SLOTS", right=True), Column("FOR", right=True), Column("STATUS")]
    rows = [
        [
            escape.line(one.session),
            escape.line(one.owner),
            str(one.slots),
            words.duration(max(now - one.since, 0)),
            one.status or "gone",
        ]
        for one in held
    ]
    return ["", *table(heads, rows, out.style, columns)]


def _queue(out: Output, page: PoolPage, now: float, columns: int | None) -> list[str]:
    if not page.queue:
        return []
    heads = [Column("", right=True), Column("WAITS"), Column("OWNER"), Column("FOR", right=True)]
    rows = [
        [
            str(one.position),
            escape.line(one.session),
            escape.line(one.owner),
            words.duration(max(now - one.since, 0)),
            places.when(one, now),
            escape.line(one.why),
        ]
        for one in page.queue
    ]
    more = [Column("STARTS"), Column("WHY", cut=True, paint=lambda _: "dim")]
    return ["", *table([*heads, *more], rows, out.style, columns)]


@click.command("set")
@click.argument("name")
@click.option("--slots", type=int, required=True, metavar="N", help="How many slots it has.")
@yes_option
@context_option
@output_option
@click.pass_obj
def set_(out: Output, name: str, slots: int, yes: bool) -> int:
    """Make a pool, or change how many slots it has.

    With fewer, whoever runs goes on running; with more, sessions that now fit are started.
    """
    demand(out, f"change the pool {name}", yes)
    with workspace() as opened:
        return _say(out, opened.pools.set(name, slots))


@click.command()
@click.argument("name")
@click.option("--off", is_flag=True, help="Admit sessions again.")
@yes_option
@context_option
@output_option
@click.pass_obj
def drain(out: Output, name: str, off: bool, yes: bool) -> int:
    """Admit no session any more; those that run go on, the others wait."""
    demand(out, f"{'open' if off else 'drain'} the pool {name}", yes)
    with workspace() as opened:
        return _say(out, opened.pools.drain(name, drained=not off))


@click.command()
@click.argument("name")
@click.argument("session", metavar="SESSION")
@yes_option
@context_option
@output_option
@click.pass_obj
def release(out: Output, name: str, session: str, yes: bool) -> int:
    """Give a session's slots back by hand, after showing what that does.

    Slots are given back by themselves when a session ends. This is for one that holds them and never will.
    """
    with workspace() as opened:
        held = opened.pools.holding(name, session)
        if not yes:
            _explain(out, name, held)
        if not agreed(out, "Give them back?", f"release slots of {name}", yes):
            hint = f"bunsui pool release {name} {held.session} --yes"
            raise Refused("no slots were given back", hint)
        held = opened.pools.release(name, held.session)
        after = opened.pools.show(name).pool
    if out.json:
        out.value({"released": plain(held), "pool": plain(after)})
    else:
        out.data(f"{escape.line(held.session)}  {words.counted(held.slots, 'slot')} of {escape.line(name)} given back")
    return output.DONE


def _explain(out: Output, name: str, held: HeldSlots) -> None:
    status = out.talk.status(held.status) if held.status else "no more"
    out.say(f"{escape.line(held.session)} of {escape.line(held.owner)} is {status}.")
    out.say(f"  gives back {words.counted(held.slots, 'slot')} of {escape.line(name)} to whoever waits")
    if held.status is not None and not held.status.ended:
        out.say("  goes on    without them: more may run than the pool has slots")


def _say(out: Output, pool: PoolView) -> int:
    if out.json:
        out.value(plain(pool))
    else:
        out.data(f"{pool.name}  {_taken(pool)}")
    return output.DONE


def _taken(pool: PoolView) -> str:
    taken = f"{pool.used} slots taken" if pool.slots is None else f"{pool.used} of {pool.slots} slots taken"
    waiting = f", {pool.waiting} waiting" if pool.waiting else ""
    return taken + waiting + (", drained" if pool.drained else "")


def _state(pool: PoolView) -> str:
    return "drained" if pool.drained else ""
