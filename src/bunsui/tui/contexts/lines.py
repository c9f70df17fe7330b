"""A context in a line: where it is, and what is to be minded there. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bunsui.model.context import Context
from bunsui.text import escape, width
from bunsui.text.language import _
from bunsui.tui.paint import STYLE


def bar(context: Context, columns: int) -> str:
    """Above every screen: the words count, the colours help."""
    said, painted = _marks(context)
    name = escape.line(context.name)
    room = max(columns - width.columns(name) - width.columns(said) - 4, 0)
    where = width.cut(_where(context), room) if room > 4 else ""
    return f"{STYLE.bold(name)}  {painted}{'  ' if painted else ''}{STYLE.dim(where)}"


def rows(contexts: Mapping[str, Context], current: str) -> dict[str, str]:
    """To choose from, by their names."""
    wide = max(map(width.columns, contexts))
    return {name: _row(one, wide, name == current) for name, one in contexts.items()}


def _row(context: Context, wide: int, is_current: bool) -> str:
    sign = STYLE.paint("●", "cyan") if is_current else " "
    _said, painted = _marks(context)
    name = width.pad(escape.line(context.name), wide)
    return f"{sign} {name}  {STYLE.dim(_where(context))}{'  ' if painted else ''}{painted}"


def _where(context: Context) -> str:
    if context.backend == "local":
        return _("this machine")
    environment = _("environment {name}").format(name=context.environment)
    profile = _("profile {name}").format(name=context.profile) if context.profile else ""
    return escape.line(" · ".join(part for part in ("AWS", environment, context.region, profile) if part))


def _marks(context: Context) -> tuple[str, str]:
    """As text, and as it is painted."""
    marks = [(_("READ-ONLY"), "yellow bold")] * context.read_only
    marks += [(_("PRODUCTION"), "red bold")] * context.production
    return "  ".join(text for text, _tone in marks), "  ".join(STYLE.paint(text, tone) for text, tone in marks)
