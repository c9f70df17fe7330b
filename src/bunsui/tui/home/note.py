"""The last line of the list: what may be typed, how many there are, what was not read. Pure."""

from __future__ import annotations

import re

from bunsui.text import width
from bunsui.text.language import _, plural
from bunsui.text.style import Style
from bunsui.tui.home.known import Loaded
from bunsui.tui.home.query import Known, Query, completions
from bunsui.tui.home.sorting import COLUMNS, Order

_EMPTY = Query()


def typing(text: str, known: Known, query: Query) -> str:
    """What the last word may become, while the filter is typed."""
    if query.problem:
        return query.problem
    found = completions(text, known)
    brief = found if found and found[0].endswith(":") else [re.split("[:,]", one)[-1] for one in found]
    return _("tab: {words}").format(words="  ".join(brief)) if found else ""


def lines(loaded: Loaded, query: Query, order: Order, marked: int) -> str:
    if query.problem:
        return query.problem
    count = len(loaded.sessions)
    if marked:
        keys = _("r recovers them, c cancels them, esc unmarks")
        return plural("{count} marked", "{count} marked", marked) + f": {keys}"
    if not count:
        return _nothing(loaded, query)
    below = bool(loaded.streams)
    if not order.is_stored:
        text = _("{sessions} by {column}").format(sessions=_sessions(count), column=_(COLUMNS[order.column]))
        return text + (
            _("; only the newest are read and sorted: at the end of the list more are read") if below else ""
        )
    if query != _EMPTY:
        return _sessions(count) + (_(", more below") if below else "")
    return ""


def _nothing(loaded: Loaded, query: Query) -> str:
    if loaded.streams:
        return plural("looked at {count} session ...", "looked at {count} sessions ...", loaded.looked)
    return _("No such sessions.") if query != _EMPTY else _("No session yet. Start one:  :run FILE")


def _sessions(count: int) -> str:
    return plural("{count} session", "{count} sessions", count)


def cut(text: str, columns: int, style: Style) -> str:
    return style.dim(width.cut(text, columns))
