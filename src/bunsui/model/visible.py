"""Makes a string from users, files or logs safe to show: what could steer a terminal or deceive a reader is spelt out.

Faces, reports and alerts show foreign text through here; markup is escaped by whoever writes markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# Marks that are drawn over the character before them: a few make a letter, more of them are drawn over other lines.
_MARKS = (
    "\u0300-\u034e\u0350-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_MOST_MARKS = 4
# Controls (C0, DEL, C1), soft hyphen, invisible fillers, zero-width and bidi controls, line separators, interlinear
# marks, tags, surrogates without a partner, noncharacters, the variation selectors that text can be hidden in, and
# marks beyond those of a letter.
DANGEROUS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    f"|[{_MARKS}](?<=[{_MARKS}]{{{_MOST_MARKS + 1}}})"
)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\x1b": "\\e"}
_LINE_ENDS = re.compile("\r\n|\n")


def line(text: object) -> str:
    """One line: no character in it moves the cursor, hides or reorders."""
    return DANGEROUS.sub(_spelt, str(text))


def lines(text: object) -> Iterator[str]:
    """Its lines, each safe. Tabs become spaces; a lone carriage return is spelt out."""
    for part in _LINE_ENDS.split(str(text)):
        yield line(part.expandtabs(4))


def _spelt(match: re.Match[str]) -> str:
    character = match.group()
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
