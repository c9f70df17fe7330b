"""Expressions that only move data, worked out here: paths, objects of paths, `$merge` of them, an object without a key.

The general engine copies every value that it hands out, and an execution's bag of records grows: these shapes share
what they do not change. Whatever is not plain (a list on the way, a value that is missing) is left to the engine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bunsui.model.json import Json

NOTHING = object()
"""The value of a path that leads nowhere."""

Values = Mapping[str, object]  # the variables, `states` among them


class NotPlain(Exception):
    """The data is not of the simple kind: ask the engine."""


@dataclass(frozen=True, slots=True)
class Path:
    variable: str
    steps: tuple[str, ...]

    def value(self, values: Values) -> object:
        value = values.get(self.variable, NOTHING)
        for step in self.steps:
            if isinstance(value, list):
                raise NotPlain
            value = value.get(step, NOTHING) if isinstance(value, dict) else NOTHING
        return value


@dataclass(frozen=True, slots=True)
class Literal:
    text: str

    def value(self, values: Values) -> object:
        return self.text


@dataclass(frozen=True, slots=True)
class Members:
    """An object constructor: what leads nowhere is left out."""

    members: tuple[tuple[str, Node], ...]

    def value(self, values: Values) -> object:
        found = ((key, node.value(values)) for key, node in self.members)
        return {key: value for key, value in found if value is not NOTHING}


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
    """``object.{'key': name}``: bare names are fields of the object, here a variable without a name."""

    node: Node
    members: Members

    def value(self, values: Values) -> object:
        value = self.node.value(values)
        if not isinstance(value, dict):
            raise NotPlain
        return self.members.value({**values, "": value})


@dataclass(frozen=True, slots=True)
class Substring:
    node: Node
    start: int
    length: int

    def value(self, values: Values) -> object:
        value = self.node.value(values)
        if not isinstance(value, str):
            raise NotPlain
        return value[self.start : self.start + self.length]


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
class Block:
    bindings: tuple[tuple[str, Node], ...]
    node: Node

    def value(self, values: Values) -> object:
        inner = dict(values)
        for name, node in self.bindings:
            inner[name] = node.value(inner)
        return self.node.value(inner)


Node = Path | Literal | Members | Merge | Pick | Substring | Without | Block

_TOKEN = re.compile(
    r"\s*(?:(?P<name>\$?[A-Za-z_]\w*)|(?P<quoted>`[^`]*`)|(?P<text>'[^'\\]*'|\"[^\"\\]*\")|"
    r"(?P<number>\d+(?![.\w]))|(?P<mark>:=|!=|[(){}\[\],:;.]))"
)
_RESERVED = frozenset({"and", "or", "in", "true", "false", "null", "function"})


def shortcut(text: str) -> Node | None:
    """None when the text is anything but one of these shapes."""
    words = _words(text)
    if words is None:
        return None
    reader = _Reader(words)
    try:
        node = reader.expression()
    except _OtherShape:
        return None
    return node if reader.at == len(words) else None


def _words(text: str) -> list[str] | None:
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            return None
        found.append(match[0].strip())
        at = match.end()
    return found


class _OtherShape(Exception):
    pass


class _Reader:
    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.at = 0
        self.without: dict[str, str] = {}  # local functions that leave out a key
        self.inside = False  # of a Pick, where bare names are fields

    def peek(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def take(self, *expected: str) -> None:
        for word in expected:
            if self.peek() != word:
                raise _OtherShape
            self.at += 1

    def next(self, test: Callable[[str], bool]) -> str:
        word = self.peek()
        if not word or not test(word):
            raise _OtherShape
        self.at += 1
        return word

    def expression(self) -> Node:
        word = self.peek()
        if word == "(":
            return self.block()
        if word == "{":
            return self.members()
        if word == "$merge":
            return self.merge()
        if word == "$substring":
            return self.substring()
        if word[:1] in ("'", '"'):
            return Literal(_text(self.next(_is_text)))
        if word[1:] in self.without and word.startswith("$"):
            return self.call()
        return self.path()

    def path(self) -> Node:
        if self.inside and not self.peek().startswith("$"):
            variable, steps = "", [self.next(_is_step).strip("`")]
        else:
            variable, steps = self.next(_is_variable)[1:], []
        while self.peek() == "." and self.words[self.at + 1 : self.at + 2] != ["{"]:
            self.take(".")
            steps.append(self.next(_is_step).strip("`"))
        node = Path(variable, tuple(steps))
        return self.pick(node) if self.peek() == "." else node

    def pick(self, node: Node) -> Node:
        self.take(".")
        outside, self.inside = self.inside, True
        members = self.members()
        self.inside = outside
        return Pick(node, members)

    def substring(self) -> Node:
        self.take("$substring", "(")
        node = self.expression()
        self.take(",")
        start = int(self.next(str.isdecimal))
        self.take(",")
        length = int(self.next(str.isdecimal))
        self.take(")")
        return Substring(node, start, length)

    def members(self) -> Members:
        self.take("{")
        found: list[tuple[str, Node]] = []
        while self.peek() != "}":
            if found:
                self.take(",")
            key = _text(self.next(_is_text))
            self.take(":")
            found.append((key, self.expression()))
        self.take("}")
        if len({key for key, _ in found}) != len(found):
            raise _OtherShape
        return Members(tuple(found))

    def merge(self) -> Node:
        self.take("$merge", "(", "[")
        parts = [self.expression()]
        while self.peek() == ",":
            self.take(",")
            parts.append(self.expression())
        self.take("]", ")")
        return Merge(tuple(parts))

    def block(self) -> Node:
        self.take("(")
        bindings: list[tuple[str, Node]] = []
        while self.words[self.at + 1 : self.at + 2] == [":="]:
            name = self.next(_is_variable)[1:]
            self.take(":=")
            if self.peek() == "function":
                self.without[name] = self.omission()
            else:
                self.without.pop(name, None)
                bindings.append((name, self.expression()))
            self.take(";")
        node = self.expression()
        self.take(")")
        return Block(tuple(bindings), node)

    def omission(self) -> str:
        """``function($r){$sift($r,function($v,$k){$k!='o'})}``: the key."""
        self.take("function", "(")
        whole = self.next(_is_variable)
        self.take(")", "{", "$sift", "(", whole, ",", "function", "(")
        self.next(_is_variable)
        self.take(",")
        key = self.next(_is_variable)
        self.take(")", "{", key, "!=")
        name = _text(self.next(_is_text))
        self.take("}", ")", "}")
        return name

    def call(self) -> Node:
        key = self.without[self.next(_is_variable)[1:]]
        self.take("(")
        node = self.expression()
        self.take(")")
        return Without(key, node)


def _is_variable(word: str) -> bool:
    return word.startswith("$") and len(word) > 1


def _is_step(word: str) -> bool:
    return (word[0].isalpha() or word[0] in "_`") and word not in _RESERVED


def _is_text(word: str) -> bool:
    return word[0] in "'\""


def _text(word: str) -> str:
    return word[1:-1]
