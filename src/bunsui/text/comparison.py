"""Two versions of a pipeline side by side as lines: what it means for the operations, and the lines that changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bunsui.services.pipelines.views import Comparison
from bunsui.text import escape, width
from bunsui.text.language import _, plural
from bunsui.text.style import Style

_TONES = {"+": "green", "-": "red", "@": "cyan"}
_GOES_ON = "  ↪ "
_NEW, _GONE = ("new",), ("gone",)


def lines(found: Comparison, style: Style, columns: int, *, fold: bool = False) -> Iterator[str]:
    """The whole: what it means first. With `fold`, lines that are too long go on in the next one."""
    yield from meaning(found, style, columns)
    yield ""
    yield from unified(found, style, columns if fold else None)


def meaning(found: Comparison, style: Style, columns: int) -> Iterator[str]:
    if found.same:
        yield style.dim(_("The two are the same, byte for byte."))
        return
    if found.operations is None:
        text = _("What it means for the operations cannot be told: one of the two is not valid.")
        yield from (style.paint(part, "yellow") for part in width.wrap(text, columns))
        return
    if not found.operations:
        yield style.dim(_("No operation runs otherwise: only what describes changed."))
        return
    yield from _rows(found.operations, style, columns)


def _rows(operations: Mapping[str, tuple[str, ...]], style: Style, columns: int) -> Iterator[str]:
    wide = min(max(width.columns(_named(name)) for name in operations), 32)
    for name, keys in operations.items():
        glyph, tone, what = _change(keys)
        title = width.pad(width.cut(_named(name), wide), wide)
        parts = width.wrap(what, max(columns - wide - 4, 16))
        yield style.paint(f"{glyph} {title}", tone) + f"  {parts[0]}"
        yield from (f"{'':{wide + 4}}{part}" for part in parts[1:])


def _named(name: str) -> str:
    return escape.line(name) or _("the pipeline")


def _change(keys: tuple[str, ...]) -> tuple[str, str, str]:
    if keys == _NEW:
        return "+", "green", _("added")
    if keys == _GONE:
        return "-", "red", _("removed")
    return "~", "yellow", _("changed: {keys}").format(keys=", ".join(map(escape.line, keys)))


def unified(found: Comparison, style: Style, columns: int | None = None) -> Iterator[str]:
    if found.too_long:
        yield style.dim(_("The texts are too long to be told apart line by line."))
    for line in found.lines:
        tone = _TONES.get(line[:1], "")
        for part in _folded(escape.line(line), columns):
            yield style.paint(part, tone)


def _folded(line: str, columns: int | None) -> Iterator[str]:
    """What goes on is indented, behind a mark."""
    while columns is not None and width.columns(line) > columns:
        head = width.cut(line, columns, "")
        yield head
        line = _GOES_ON + line[len(head) :]
    yield line


def counted(found: Comparison) -> str:
    """``2 added, 1 changed``, of the operations."""
    if found.operations is None:
        return ""
    kinds = [_change(keys)[0] for name, keys in found.operations.items() if name]
    said = {
        "+": _("{n} added").format(n=kinds.count("+")),
        "-": _("{n} removed").format(n=kinds.count("-")),
        "~": _("{n} changed").format(n=kinds.count("~")),
    }
    shown = ", ".join(text for glyph, text in said.items() if glyph in kinds)
    lines_ = plural("{count} line", "{count} lines", sum(line[:1] in "+-" for line in found.lines))
    return f"{shown}, {lines_}" if shown else lines_
