"""The settings as lines: their file, what is wrong with it, and the id of everything that has a key. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bunsui.model.problem import Problem
from bunsui.text import escape, width
from bunsui.text.language import _
from bunsui.tui.keys import Bound, shown
from bunsui.tui.paint import STYLE

_MOST = 18  # columns of keys


def lines(
    file: str, problems: Sequence[Problem], bound: Iterable[Bound], keymap: Mapping[str, str], columns: int
) -> Iterator[str]:
    yield STYLE.bold(escape.line(file))
    yield ""
    yield from _problems(problems, columns)
    yield from (STYLE.dim(f"  {line}") for line in ('language = "ja"', 'theme = "bunsui-light"', "[keys]"))
    yield STYLE.dim('  "session.log" = "L, f5"')
    yield ""
    yield _("It is read when the interface is opened. What can have another key:")
    yield ""
    yield from _ids(bound, keymap, columns)


def _problems(problems: Sequence[Problem], columns: int) -> Iterator[str]:
    for one in problems:
        first, *rest = width.wrap(escape.line(f"{one.place.line}:{one.place.column}  {one.message}"), columns)
        yield STYLE.paint(first, "yellow")
        yield from (f"     {part}" for part in (*rest, *width.wrap(escape.line(one.hint), columns - 5)) if part)
        yield ""


def _ids(bound: Iterable[Bound], keymap: Mapping[str, str], columns: int) -> Iterator[str]:
    rows = {one.id: one for one in sorted(bound, key=lambda one: one.id)}
    ids = max((len(id) for id in rows), default=0)
    keys = {id: " ".join(map(shown, keymap.get(id, ",".join(one.keys)).split(","))) for id, one in rows.items()}
    wide = min(max((width.columns(one) for one in keys.values()), default=0), _MOST)
    for id, one in rows.items():
        changed = "cyan bold" if id in keymap else "cyan"
        about = width.cut(_(one.about), max(columns - ids - wide - 6, 0))
        yield f"  {width.pad(id, ids)}  {STYLE.paint(_cut(keys[id], wide), changed)}  {STYLE.dim(about)}"


def _cut(keys: str, to: int) -> str:
    return width.pad(width.cut(keys, to), to)
