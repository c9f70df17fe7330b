"""What the head of the home screen says of the whole home: counts, queues, the backend's health. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bunsui.services.views import PoolView
from bunsui.text import escape, width, words
from bunsui.text.language import _, plural
from bunsui.text.style import Style


@dataclass(frozen=True, slots=True)
class Health:
    """A count that reaches `most` may be larger. `failed`: of the last 24 hours. `engine`: its process, if one runs."""

    running: int
    queued: int
    waiting: int  # RETRYING
    failed: int
    asking: int
    most: int
    pools: Sequence[PoolView]
    engine: int | None
    owner: str
    seconds: float  # that it took to read this
    is_here: bool = True  # an engine of this machine does the work, else the controller of an environment
    heard: float | None = None  # seconds since the controller was heard of


_SILENT = 600.0  # seconds
_SLOW = 2.0  # seconds to read it, from which on that is said


def lines(health: Health | None, columns: int, style: Style, view: str = "") -> tuple[str, str]:
    """The counts; and who is here, on what."""
    name = style.paint("bunsui", "cyan bold") + (f"  {style.bold(escape.line(view))}" if view else "")
    if health is None:
        return name, style.dim(_("reading ..."))
    wide = columns - 8 - (width.columns(escape.line(view)) + 2 if view else 0)
    return f"{name}  {_fitting(_counts(health, style), wide)}", _fitting(_around(health, style), columns)


def _fitting(parts: Sequence[tuple[str, str]], columns: int) -> str:
    """As many as fit; each is a text, and that text as it is painted."""
    done: list[str] = []
    used = 0
    for text, painted in parts:
        used += width.columns(text) + 2
        if used > columns:
            break
        done.append(painted)
    return "  ".join(done)


def _counts(health: Health, style: Style) -> list[tuple[str, str]]:
    asks = plural("asks a person", "ask a person", health.asking)
    asking = [("yellow bold", "?", health.asking, asks)] if health.asking else []
    rows = [
        *asking,
        ("cyan", style.glyph("RUNNING"), health.running, _("running")),
        ("red", style.glyph("FAILED"), health.failed, _("failed in 24h")),
        ("yellow", style.glyph("QUEUED"), health.queued, _("queued")),
        ("yellow", style.glyph("RETRYING"), health.waiting, _("retrying")),
    ]
    found = []
    for colour, glyph, count, what in rows:
        text = f"{glyph} {_at_least(count, health.most)} {what}"
        found.append((text, style.paint(text, colour) if count else style.dim(text)))
    return found


def _around(health: Health, style: Style) -> list[tuple[str, str]]:
    engine = _("engine {process}").format(process=health.engine) if health.engine else _("engine asleep")
    told = f"{style.glyph('COMPLETED')} {engine}", style.paint(style.glyph("COMPLETED"), "green") + f" {engine}"
    parts = [told if health.is_here else _controller(health.heard, style)]
    if health.seconds >= _SLOW:
        text = _("slow: {seconds:.1f}s a look").format(seconds=health.seconds)
        parts.append((text, style.paint(text, "yellow")))
    owner = _("owner {name}").format(name=escape.line(health.owner))
    parts.append((owner, owner))
    parts += [_pool(one, style) for one in sorted(health.pools, key=lambda one: (-one.waiting, -one.used, one.name))]
    return parts


def _controller(heard: float | None, style: Style) -> tuple[str, str]:
    """It sweeps every minute: one that is silent for long leaves sessions to whoever looks at them."""
    text = _("no controller heard yet")
    if heard is not None:
        text = _("controller heard {age} ago").format(age=words.duration(heard))
    good = heard is not None and heard < _SILENT
    sign = style.glyph("COMPLETED" if good else "RETRYING")
    return f"{sign} {text}", f"{style.paint(sign, 'green')} {text}" if good else style.paint(f"{sign} {text}", "yellow")


def _pool(pool: PoolView, style: Style) -> tuple[str, str]:
    taken = str(pool.used) if pool.slots is None else f"{pool.used}/{pool.slots}"
    text = f"{escape.line(pool.name)} {taken}"
    text += " " + _("drained") if pool.drained else ""
    text += " " + _("{count} wait").format(count=pool.waiting) if pool.waiting else ""
    full = pool.waiting or pool.drained
    return text, style.paint(text, "yellow") if full else style.dim(text)


def _at_least(count: int, most: int) -> str:
    return f"{most}+" if count >= most else str(count)
