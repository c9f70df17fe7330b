"""JSON as lines that can be folded: a line for each value, large ones shut at first. Pure; who folds is higher up.

References to files and to what is stored aside are told as such, as in `values`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bunsui.model.json import Json
from bunsui.text import escape, values, words
from bunsui.text.language import _, plural
from bunsui.text.parts import Part

_SHUT = 30  # members, from which on a list or an object is shut at first
_DEEP = 3  # levels that are open at first
_SHOWN = 500  # members of an open one; the rest is counted
_LONGEST = 400  # characters of a text on its line

IsOpen = Callable[[str, bool], bool]  # of a key: whether it is open, and whether it would be by itself


@dataclass(frozen=True, slots=True)
class Fold:
    """A line. `value` is what it stands for, for copying; `opened` None: it cannot be folded."""

    key: str
    parts: tuple[Part, ...]
    value: Json = None
    opened: bool | None = None
    kind: str = ""  # what choosing it does, for whoever made it

    @property
    def copied(self) -> str:
        return self.value if isinstance(self.value, str) else escape.json_text(self.value)


def folded(name: str, value: Json, is_open: IsOpen, key: str, depth: int = 0) -> Iterator[Fold]:
    """The value and, as far as it is open, what is in it. `key` is unique for every line."""
    indent = "  " * depth
    told = values.reference(value)
    members = () if told else _members(value)
    if not members:
        yield Fold(key, ((f"{indent}  ", ""), *_head(name), *_leaf(value, told)), value)
        return
    opened = is_open(key, depth < _DEEP and len(members) <= _SHUT)
    size = plural("{count} item", "{count} items", len(members)) if isinstance(value, list) else _fields(value, opened)
    yield Fold(key, ((f"{indent}{'▾' if opened else '▸'} ", "dim"), *_head(name), (size, "dim")), value, opened)
    if not opened:
        return
    for inner, one in members[:_SHOWN]:
        yield from folded(inner, one, is_open, f"{key}/{inner}", depth + 1)
    if len(members) > _SHOWN:
        more = _("{count} more; copy it to see all").format(count=f"{len(members) - _SHOWN:,}")
        yield Fold(f"{key}/…", ((f"{indent}    {more}", "dim"),), value)


def _fields(value: Json, opened: bool) -> str:
    """Of a shut object, what it has."""
    names = [escape.line(name) for name in value] if isinstance(value, dict) else []
    return "" if opened else f"{{{words.listed(names, 5)}}}"


def _members(value: Json) -> list[tuple[str, Json]]:
    if isinstance(value, dict):
        return [*value.items()]
    return [(str(number), one) for number, one in enumerate(value)] if isinstance(value, list) else []


def _head(name: str) -> Iterator[Part]:
    if name:
        yield escape.line(name), "cyan"
        yield ": ", "dim"


def _leaf(value: Json, told: str) -> Iterator[Part]:
    if told:
        yield told, "blue"
    elif isinstance(value, str):
        shown = escape.line(value[:_LONGEST])
        yield (shown if shown else '""'), ("" if shown else "dim")
        if len(value) > _LONGEST:
            yield f" … {words.number(len(value))} " + _("characters"), "dim"
    elif value is None or isinstance(value, bool):
        yield escape.json_text(value), "dim" if value is None else "yellow"
    elif isinstance(value, int | float):
        yield escape.json_text(value), "green"
    else:
        yield ("[]" if isinstance(value, list) else "{}"), "dim"
