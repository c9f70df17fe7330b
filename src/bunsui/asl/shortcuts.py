"""Expressions that only move data, worked out here: paths, texts put together, objects of them, `$merge`.

The general engine copies every value that it hands out, and an execution's bag of records grows: these shapes share
what they do not change. Whatever is not plain (a list on the way, a value that is missing) is left to the engine.
Texts are read in `shortcut_reader`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bunsui.model.json import Json

NOTHING = object()
"""The value of a path that leads nowhere."""

Values = Mapping[str, object]  # the variables, `states` among them; "" is the object whose fields have bare names

_EXACT = 10**15  # JSONata writes larger numbers in another way


class NotPlain(Exception):
    """The data is not of the simple kind: ask the engine."""


@dataclass(frozen=True, slots=True)
class Path:
    variable: str
    steps: tuple[str, ...]

    def value(self, values: Values) -> object:
        value = values.get(self.variable, NOTHING)
        for step in self.steps:
            if isinstance(value, dict):
                value = value.get(step, NOTHING)
            elif isinstance(value, list):
                raise NotPlain
            else:
                value = NOTHING
        return value


@dataclass(frozen=True, slots=True)
class Literal:
    """A text or a whole number."""

    literal: str | int

    def value(self, values: Values) -> object:
        return self.literal


@dataclass(frozen=True, slots=True)
class Literals:
    """An array of literals."""

    items: tuple[Literal, ...]

    def value(self, values: Values) -> object:
        return [item.literal for item in self.items]


@dataclass(frozen=True, slots=True)
class Members:
    """An object constructor: what leads nowhere is left out."""

    members: tuple[tuple[str, Node], ...]

    def value(self, values: Values) -> object:
        found: dict[str, object] = {}
        for key, node in self.members:
            value = node.value(values)
            if value is not NOTHING:
                found[key] = value
        return found


@dataclass(frozen=True, slots=True)
class Merge:
    parts: tuple[Node, ...]

    def value(self, values: Values) -> object:
        merged: dict[str, Json] = {}
        for part in self.parts:
            value = part.value(values)
            if not isinstance(value, dict):
                raise NotPlain
            merged.update(value)
        return merged


@dataclass(frozen=True, slots=True)
class Pick:
    """``object.{'key': name}``: bare names are fields of the object."""

    node: Node
    members: Members

    def value(self, values: Values) -> object:
        value = self.node.value(values)
        if not isinstance(value, dict):
            raise NotPlain
        return self.members.value({**values, "": value})


@dataclass(frozen=True, slots=True)
class Without:
    """`$sift` by a key's name: the object without that key."""

    key: str
    node: Node

    def value(self, values: Values) -> object:
        value = self.node.value(values)
        if not isinstance(value, dict):
            raise NotPlain
        rest = {key: member for key, member in value.items() if key != self.key}
        if not rest:
            raise NotPlain
        return rest


@dataclass(frozen=True, slots=True)
class First:
    """``[a, b][0]``: the first that leads somewhere."""

    nodes: tuple[Node, ...]

    def value(self, values: Values) -> object:
        first: object = NOTHING
        for node in self.nodes:
            value = node.value(values)
            if isinstance(value, list):
                raise NotPlain
            if first is NOTHING:
                first = value
        return first


@dataclass(frozen=True, slots=True)
class Joined:
    """Texts and whole numbers put together by ``&``; what leads nowhere is an empty text."""

    nodes: tuple[Node, ...]

    def value(self, values: Values) -> object:
        return "".join([_written(node.value(values)) for node in self.nodes])


def _written(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is NOTHING:
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _EXACT:
        return str(value)
    raise NotPlain


@dataclass(frozen=True, slots=True)
class Substring:
    node: Node
    start: int
    length: int

    def value(self, values: Values) -> object:
        return _text(self.node, values)[self.start : self.start + self.length]


@dataclass(frozen=True, slots=True)
class LastPart:
    """``$split(text, separator)[-1]``."""

    node: Node
    separator: str

    def value(self, values: Values) -> object:
        return _text(self.node, values).rpartition(self.separator)[2]


def _text(node: Node, values: Values) -> str:
    value = node.value(values)
    if not isinstance(value, str):
        raise NotPlain
    return value


@dataclass(frozen=True, slots=True)
class Exists:
    node: Node

    def value(self, values: Values) -> object:
        return self.node.value(values) is not NOTHING


@dataclass(frozen=True, slots=True)
class Block:
    bindings: tuple[tuple[str, Node], ...]
    node: Node

    def value(self, values: Values) -> object:
        inner = dict(values)
        for name, node in self.bindings:
            inner[name] = node.value(inner)
        return self.node.value(inner)


Node = (
    Path
    | Literal
    | Literals
    | Members
    | Merge
    | Pick
    | Without
    | First
    | Joined
    | Substring
    | LastPart
    | Exists
    | Block
)
