"""Where a cursor stands in a pipeline file that is being written: below which keys, at a key or at a value.

Told by indentation and brackets, for unfinished text. What may stand there is for `completion`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from bunsui.definition.outline import depth, is_blank, key_of


class Item(Enum):
    ITEM = auto()


ITEM: Final = Item.ITEM  # a step into a list
Step = str | Item | None  # None: a step that cannot be told


@dataclass(frozen=True, slots=True)
class Spot:
    """`path` leads to the mapping whose key is written, or to the value that is. `there` are the others beside it."""

    path: tuple[Step, ...]
    is_key: bool
    word: str
    there: frozenset[str] = frozenset()
    indent: int = 0  # of the key's line
    in_flow: bool = False


@dataclass(slots=True)
class _Level:
    """A bracket that is open, or the line itself: the keys before the cursor, and the one whose value begins."""

    opened: str  # "" the line, { or [
    key: str | None = None
    there: list[str] = field(default_factory=list)


def spot(lines: Sequence[str], number: int, before: str) -> Spot:
    """`before` is the line up to the cursor."""
    indent = depth(before)
    rest = before[indent:]
    dashes = 0
    while rest.startswith("- ") or rest == "-":
        rest, dashes = rest[2:], dashes + 1
    path = [*_around(lines, number, indent, item=dashes > 0), *[ITEM] * dashes]
    inner = indent + 2 * dashes
    levels, word = _levels(rest)
    for level in levels[:-1]:
        if level.opened == "[" or level.key is not None:
            path.append(ITEM if level.opened == "[" else level.key)
    last = levels[-1]
    if last.opened == "[":
        return Spot((*path, ITEM), False, word, frozenset(last.there), inner, True)
    if last.key is not None:
        return Spot((*path, last.key), False, word, frozenset(), inner, bool(last.opened))
    if last.opened:
        return Spot(tuple(path), True, word, frozenset(last.there), inner, True)
    return _line_spot(lines, number, path, word, inner, dashes)


def _line_spot(lines: Sequence[str], number: int, path: list[Step], word: str, indent: int, dashes: int) -> Spot:
    """At the beginning of a line: a key; behind a dash it may be an item as well."""
    there = frozenset(_beside(lines, number, indent))
    if dashes and not there:
        items = frozenset(_items(lines, number, indent - 2))
        return Spot(tuple(path), False, word, items, indent)
    return Spot(tuple(path), True, word, there, indent)


def _levels(text: str) -> tuple[list[_Level], str]:
    """The brackets that are open at the end of a line's text, from the outside, and the word that is begun."""
    levels, word, quote = [_Level("")], "", ""
    for position, char in enumerate(text):
        last = levels[-1]
        if quote:
            word += char
            quote = "" if char == quote else quote
        elif char in "\"'" and not word.strip():
            word, quote = char, char
        elif char in "{[" and not word.strip():
            levels.append(_Level(char))
            word = ""
        elif char in "}]" and len(levels) > 1:
            levels.pop()
            levels[-1].key, word = None, ""
        elif char == "," and last.opened:
            _close(last, word)
            last.key, word = None, ""
        elif char == ":" and last.key is None and last.opened != "[" and text[position + 1 : position + 2] in ("", " "):
            last.key = word.strip().strip("\"'")
            last.there.append(last.key)
            word = ""
        else:
            word += char
    return levels, word.lstrip()


def _close(level: _Level, word: str) -> None:
    if level.opened == "[" and word.strip():
        level.there.append(word.strip().strip("\"'"))


def _around(lines: Sequence[str], number: int, indent: int, *, item: bool) -> list[Step]:
    """The keys and lists that a line stands in, from the outside."""
    path: list[Step] = []
    limit = indent
    for text in reversed(lines[:number]):
        if limit == 0 and not item:
            break
        if is_blank(text):
            continue
        deep, line = depth(text), text.lstrip(" ")
        dash = line.startswith("- ")
        if deep > limit or (deep == limit and (dash or not item)):
            continue
        if dash and limit > deep + 2:
            path.append(key_of(line[2:].lstrip()))
        path.append(ITEM if dash else key_of(line))
        limit, item = deep, dash
    return path[::-1]


def _beside(lines: Sequence[str], number: int, indent: int) -> Iterator[str]:
    """The keys of the same mapping, above and below."""
    for order in (range(number - 1, -1, -1), range(number + 1, len(lines))):
        for at in order:
            if is_blank(lines[at]):
                continue
            deep = depth(lines[at])
            text = lines[at].lstrip(" ")
            if text.startswith("- ") and deep == indent - 2:
                if order.step < 0 and (key := key_of(text[2:])):
                    yield key
                break
            if deep < indent:
                break
            if deep == indent and (key := key_of(text)):
                yield key


def _items(lines: Sequence[str], number: int, indent: int) -> Iterator[str]:
    """The other items of the same list."""
    for order in (range(number - 1, -1, -1), range(number + 1, len(lines))):
        for at in order:
            if not is_blank(lines[at]) and (depth(lines[at]) != indent or not lines[at].lstrip().startswith("- ")):
                break
            yield lines[at].strip()[2:].strip().strip("\"'")
