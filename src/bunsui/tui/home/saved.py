"""Saved views: a filter and an order under a name. Some are there from the start; the others are a person's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bunsui.model.json import Json
from bunsui.text import escape, width
from bunsui.text.language import _, mark
from bunsui.tui.home.sorting import NEWEST, Order, order_of
from bunsui.tui.state import State

_KEPT = "home.views"
_MOST = 50
SAVE, DELETE = "+", "-"  # what else the list of views offers


@dataclass(frozen=True, slots=True)
class Saved:
    name: str
    filter: str = ""
    order: Order = NEWEST
    built_in: bool = False

    @property
    def title(self) -> str:
        return _(self.name) if self.built_in else self.name


BUILT_IN = (
    Saved(mark("all"), built_in=True),
    Saved(mark("failed today"), "status:failed,timed_out since:today", built_in=True),
    Saved(mark("running"), "status:running", built_in=True),
    Saved(mark("waiting"), "status:queued,retrying", built_in=True),
    Saved(mark("mine"), "owner:me", built_in=True),
)


def every(state: State) -> list[Saved]:
    """In the order of their keys."""
    return [*BUILT_IN, *own(state)]


def own(state: State) -> list[Saved]:
    found = state.get(_KEPT)
    return [one for body in found if (one := _saved(body))] if isinstance(found, list) else []


def _saved(body: Json) -> Saved | None:
    match body:
        case {"name": str(name), "filter": str(text), "sort": str(order)} if name:
            return Saved(name, text, order_of(order))
    return None


def keep(state: State, view: Saved) -> None:
    """In place of one of the same name."""
    others = [one for one in own(state) if one.name != view.name]
    _put(state, [*others, view][-_MOST:])


def forget(state: State, name: str) -> None:
    _put(state, [one for one in own(state) if one.name != name])


def _put(state: State, views: Sequence[Saved]) -> None:
    bodies: list[Json] = [{"name": one.name, "filter": one.filter, "sort": one.order.text()} for one in views]
    state.put(_KEPT, bodies or None)


def choices(state: State, filtered: bool) -> Mapping[str, str]:
    """What `v` offers, by what is then chosen: a number, or what else there is to do."""
    found = every(state)
    wide = max(width.columns(escape.line(one.title)) for one in found)
    rows = {str(number): _row(number, one, wide) for number, one in enumerate(found, 1)}
    rows |= {SAVE: _("  save this filter and order as a view ...")} if filtered else {}
    return rows | ({DELETE: _("  delete a view ...")} if own(state) else {})


def _row(number: int, view: Saved, wide: int) -> str:
    key = str(number) if number < 10 else " "
    name = width.pad(escape.line(view.title), wide)
    return f"{key} {name}  {escape.line(view.filter) or _('every session')}" + _sorted(view)


def _sorted(view: Saved) -> str:
    return "" if view.order.is_stored else "  " + _("by {column}").format(column=view.order.column)
