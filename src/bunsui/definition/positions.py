"""From a character of a scalar back to its place in the file, through quotes, escapes, folding and indentation."""

from __future__ import annotations

import re

from bunsui.definition.tree import Scalar

_BLANK = " \t\r\n"
_CONTINUATION = re.compile(r"(?:\\\r?\n[ \t]*)+")  # a line break that the value does not have
_BREAK = re.compile(r"\r\n|\r|\n")
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)


def place_inside(node: Scalar, offset: int, text: str) -> tuple[int, int]:
    """Line and column, from 0, of the character `offset` of `node.text`."""
    index = _source_index(node, min(offset, len(node.text)), text)
    lines, column = place_at(text[node.index : index])
    return node.line + lines, column + (0 if lines else node.column)


def place_at(before: str) -> tuple[int, int]:
    """Line and column, from 0, of what stands after this text."""
    breaks = list(_BREAK.finditer(before))
    return len(breaks), len(before) - (breaks[-1].end() if breaks else 0)


def _source_index(node: Scalar, offset: int, text: str) -> int:
    """Walk value and source side by side. Blanks may differ (folding, indentation); all else must match."""
    index = _start(node, text)
    for char in node.text[:offset]:
        index = _after(node.style, char, index, text)
    wanted = node.text[offset] if offset < len(node.text) else ""
    if wanted and wanted not in _BLANK:
        index = _skip(node.style, index, text)
    return min(index, len(text))


def _start(node: Scalar, text: str) -> int:
    """Past an anchor, the opening quote, or the line with ``|`` or ``>``."""
    if node.style in ("|", ">"):
        end = text.find("\n", node.index)
        return len(text) if end < 0 else end + 1
    if node.style in ("'", '"'):
        return text.find(node.style, node.index) + 1
    return node.index


def _after(style: str, char: str, index: int, text: str) -> int:
    if char in _BLANK:
        return _after_blank(style, char, index, text)
    index = _skip(style, index, text)
    if style == '"' and (escape := _ESCAPE.match(text, index)):
        return escape.end()
    return index + (2 if style == "'" and text.startswith("''", index) else 1)


def _after_blank(style: str, char: str, index: int, text: str) -> int:
    if style == '"' and (continued := _CONTINUATION.match(text, index)):
        index = continued.end()
    here = text[index : index + 1]
    if style == '"' and here == "\\" and (escape := _ESCAPE.match(text, index)):
        return escape.end()
    if here == char or (here == "\n" and char == " "):
        return index + 1
    return index


def _skip(style: str, index: int, text: str) -> int:
    """Over blanks that the value does not have, and over line continuations in double quotes."""
    while index < len(text):
        if text[index] in _BLANK:
            index += 1
        elif style == '"' and text[index] == "\\" and text[index + 1 : index + 2] in ("\n", "\r"):
            index += 2
        else:
            break
    return index
