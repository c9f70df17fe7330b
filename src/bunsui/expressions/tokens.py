"""The tokens of a JSONata text. What they mean is for `reads`; whether they make an expression is for the engine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple


class Kind(Enum):
    NAME = auto()  # a field, also between backticks; `text` is without them
    VARIABLE = auto()  # `text` is without the dollar sign: "" for $ and "$" for $$
    STRING = auto()
    NUMBER = auto()
    REGEX = auto()
    WILDCARD = auto()  # * ** and % where a value stands
    OPERATOR = auto()


class Token(NamedTuple):
    kind: Kind
    text: str
    offset: int
    end: int


_OPERATORS = r"\.\.|:=|!=|<=|>=|~>|\?:|\?\?|\*\*|[.\[\]{}(),@#;:?+\-*/%|=<>^&!~]"
_REST = r"[^ \t\n\r\v.\[\]{}(),@#;:?+\-*/%|=<>^&!~]"  # neither blank nor operator
_TOKEN = re.compile(
    rf"""(?P<blank>[ \t\n\r\v]+|/\*(?:[^*]|\*(?!/))*\*/)
       | (?P<STRING>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
       | (?P<quoted>`[^`]*`)
       | (?P<VARIABLE>\${_REST}*)
       | (?P<NUMBER>(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)
       | (?P<OPERATOR>{_OPERATORS})
       | (?P<NAME>{_REST}+)""",
    re.VERBOSE | re.DOTALL,
)
_WORDS = frozenset({"and", "or", "in"})  # operators that look like names
_WILDCARDS = frozenset({"*", "**", "%"})
_REGEX_FLAGS = re.compile(r"[im]*")


def tokens(text: str) -> Iterator[Token]:
    """The tokens in order, without blanks and comments. Stops at what is no token at all."""
    offset = 0
    previous: Token | None = None
    while match := _TOKEN.match(text, offset):
        offset = match.end()
        if match.lastgroup == "blank":
            continue
        if match.group() == "/" and not _ends_operand(previous):
            offset = _regex_end(text, match.end())
            previous = Token(Kind.REGEX, text[match.start() : offset], match.start(), offset)
        else:
            previous = _token(match, _ends_operand(previous))
        yield previous


def _token(match: re.Match[str], after_operand: bool) -> Token:
    group, text = match.lastgroup or "", match.group()
    if group == "quoted":
        return Token(Kind.NAME, text[1:-1], *match.span())
    if group == "VARIABLE":
        return Token(Kind.VARIABLE, text[1:], *match.span())
    if group == "NAME" and text in _WORDS:
        return Token(Kind.OPERATOR, text, *match.span())
    if text in _WILDCARDS and not after_operand:
        return Token(Kind.WILDCARD, text, *match.span())
    return Token(Kind[group], text, *match.span())


def _ends_operand(token: Token | None) -> bool:
    """After a value a slash divides; elsewhere it begins a regular expression."""
    if token is None:
        return False
    return token.kind is not Kind.OPERATOR or token.text in {")", "]", "}"}


def _regex_end(text: str, offset: int) -> int:
    depth = 0
    while offset < len(text):
        char = text[offset]
        if char == "\\":
            offset += 2
            continue
        if char == "/" and depth <= 0:
            flags = _REGEX_FLAGS.match(text, offset + 1)
            return flags.end() if flags else offset + 1
        depth += (char in "([{") - (char in ")]}")
        offset += 1
    return len(text)
