"""A YAML file as a tree whose nodes know their places. What the keys mean is in `keys`; the reader is in `reader`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bunsui.definition.scalars import Surprise
from bunsui.model.json import Json


@dataclass(slots=True, eq=False, repr=False)
class Scalar:
    """`text` is what was written, after unquoting and folding; `value` what it means."""

    line: int  # lines, columns and indexes count from 0
    column: int
    index: int  # of the first character in the file's text
    text: str
    value: Json
    style: str = ""  # "" plain, or the character that begins it: ' " | >
    surprise: Surprise | None = None


@dataclass(slots=True, eq=False, repr=False)
class Sequence:
    line: int
    column: int
    index: int
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True, eq=False, repr=False)
class Mapping:
    """Keys are unique: a repeated key was reported, and its first value stays."""

    line: int
    column: int
    index: int
    keys: dict[str, Scalar] = field(default_factory=dict)
    values: dict[str, Node] = field(default_factory=dict)

    def get(self, key: str) -> Node | None:
        return self.values.get(key)


Node = Scalar | Sequence | Mapping


def scalars(node: Node) -> Iterator[Scalar]:
    """Every value that is a scalar, in order. A node behind an alias comes once a use."""
    match node:
        case Scalar():
            yield node
        case Sequence(items=items):
            for item in items:
                yield from scalars(item)
        case Mapping(values=values):
            for value in values.values():
                yield from scalars(value)


def at(node: Node | None, *path: str | int) -> Node | None:
    """The node below `node`, or None where the path ends."""
    for step in path:
        if isinstance(node, Mapping) and isinstance(step, str):
            node = node.get(step)
        elif isinstance(node, Sequence) and isinstance(step, int):
            node = node.items[step] if step < len(node.items) else None
        else:
            return None
    return node


def describe(node: Node) -> str:
    """What stands there, for a message: expected X, not <this>."""
    match node:
        case Mapping(values=values):
            return "a mapping" if values else "an empty mapping"
        case Sequence(items=items):
            return "a list" if items else "an empty list"
        case Scalar(value=None, text=""):
            return "nothing"
        case Scalar(value=str() as text):
            return f"'{shorten(text)}'"
        case Scalar():
            return shorten(node.text)


def shorten(text: str, limit: int = 60) -> str:
    """On one line, printable, with an ellipsis where it was cut."""
    line = "".join(char if char.isprintable() else " " for char in text[: limit * 2])
    line = " ".join(line.split())
    return line if len(line) <= limit and len(text) <= limit * 2 else line[: limit - 1] + "…"
