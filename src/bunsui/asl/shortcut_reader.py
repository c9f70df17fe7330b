"""Reads the texts of expressions that have a shortcut; what they are worth is worked out in `shortcuts`."""

from __future__ import annotations

import re
from collections.abc import Callable

from bunsui.asl.shortcuts import (
    Block,
    Exists,
    First,
    Joined,
    LastPart,
    Literal,
    Literals,
    Members,
    Merge,
    Node,
    Path,
    Pick,
    Substring,
    Without,
)

_WORD = re.compile(
    r"\s*(?:(?P<name>\$?[A-Za-z_]\w*)|(?P<quoted>`[^`]*`)|(?P<text>'[^'\\]*'|\"[^\"\\]*\")"
    r"|(?P<number>\d{1,15}(?![.\w]))|(?P<mark>:=|!=|[(){}\[\],:;.&-]))"
)
_RESERVED = frozenset({"and", "or", "in", "true", "false", "null", "function"})


def shortcut(text: str) -> Node | None:
    """None when the text is anything but one of the known shapes."""
    words = _words(text)
    if not words:
        return None
    reader = _Reader(words)
    try:
        node = reader.expression()
    except (_OtherShape, RecursionError):
        return None
    return node if reader.at == len(words) else None


def _words(text: str) -> list[str] | None:
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _WORD.match(text, at)
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

    def peek(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.words[at] if at < len(self.words) else ""

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

    def several(self, read: Callable[[], Node], close: str) -> tuple[Node, ...]:
        """Separated by commas, up to `close`."""
        found: list[Node] = []
        while self.peek() != close:
            if found:
                self.take(",")
            found.append(read())
        self.take(close)
        return tuple(found)

    def expression(self) -> Node:
        parts = [self.operand()]
        while self.peek() == "&":
            self.take("&")
            parts.append(self.operand())
        return parts[0] if len(parts) == 1 else Joined(tuple(parts))

    def operand(self) -> Node:
        word = self.peek()
        if word in self.openings:
            return self.openings[word](self)
        if _is_text(word) or word.isdecimal():
            return self.literal()
        if word[1:] in self.without and word.startswith("$"):
            return self.call()
        return self.path()

    def literal(self) -> Literal:
        word = self.next(lambda word: _is_text(word) or word.isdecimal())
        return Literal(int(word) if word.isdecimal() else word[1:-1])

    def path(self) -> Node:
        if self.inside and not self.peek().startswith("$"):
            variable, steps = "", [self.next(_is_step).strip("`")]
        else:
            variable, steps = self.next(_is_variable)[1:], []
        while self.peek() == "." and self.peek(1) != "{":
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

    def members(self) -> Members:
        self.take("{")
        found: list[tuple[str, Node]] = []
        while self.peek() != "}":
            if found:
                self.take(",")
            key = self.next(_is_text)[1:-1]
            self.take(":")
            found.append((key, self.expression()))
        self.take("}")
        if len({key for key, _ in found}) != len(found):
            raise _OtherShape
        return Members(tuple(found))

    def array(self) -> Node:
        """``[a, b][0]``, or literals."""
        self.take("[")
        nodes = self.several(self.expression, "]")
        if self.peek() == "[":
            self.take("[", "0", "]")
            return First(nodes)
        literals = tuple(node for node in nodes if isinstance(node, Literal))
        if len(literals) != len(nodes):
            raise _OtherShape
        return Literals(literals)

    def merge(self) -> Node:
        self.take("$merge", "(", "[")
        parts = self.several(self.expression, "]")
        self.take(")")
        if not parts:
            raise _OtherShape
        return Merge(parts)

    def exists(self) -> Node:
        self.take("$exists", "(")
        node = self.path()
        self.take(")")
        return Exists(node)

    def substring(self) -> Node:
        self.take("$substring", "(")
        node = self.path()
        self.take(",")
        start = int(self.next(str.isdecimal))
        self.take(",")
        length = int(self.next(str.isdecimal))
        self.take(")")
        return Substring(node, start, length)

    def last_part(self) -> Node:
        self.take("$split", "(")
        node = self.path()
        self.take(",")
        separator = self.next(_is_text)[1:-1]
        self.take(")", "[", "-", "1", "]")
        if not separator:
            raise _OtherShape
        return LastPart(node, separator)

    def block(self) -> Node:
        self.take("(")
        bindings: list[tuple[str, Node]] = []
        while self.peek(1) == ":=":
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
        name = self.next(_is_text)[1:-1]
        self.take("}", ")", "}")
        return name

    def call(self) -> Node:
        key = self.without[self.next(_is_variable)[1:]]
        self.take("(")
        node = self.expression()
        self.take(")")
        return Without(key, node)

    openings: dict[str, Callable[[_Reader], Node]] = {  # noqa: RUF012 - never changed
        "(": block,
        "{": members,
        "[": array,
        "$merge": merge,
        "$exists": exists,
        "$substring": substring,
        "$split": last_part,
    }


def _is_variable(word: str) -> bool:
    return word.startswith("$") and len(word) > 1


def _is_step(word: str) -> bool:
    return (word[0].isalpha() or word[0] in "_`") and word not in _RESERVED


def _is_text(word: str) -> bool:
    return word[:1] in ("'", '"')
