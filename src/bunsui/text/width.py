"""How many columns text takes in a terminal, and cutting and padding by columns. Wide (Japanese) characters take two.

Text must have gone through `escape` before, and carry no colour yet: `style` comes last.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from unicodedata import category, east_asian_width

_JAMO = re.compile(
    "[\u1160-\u11ff\ud7b0-\ud7ff]"
)  # vowels and ends of a Korean syllable: they stand in its two columns
# Where Japanese, Chinese and Korean may be broken: not before what closes or goes on, not behind what opens.
_WIDE = "\u2e80-\u2fff\u3003-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60"
_CLOSES = re.escape("、。，．・：；？！）」』】〕〉》ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々,.:;!?)]}%")
_OPENS = re.escape("（「『【〔〈《([{")
_BREAK = re.compile(f"(?:(?<=[{_WIDE}、。])|(?=[{_WIDE}]))(?![{_CLOSES}])(?<![{_OPENS}])")


class _Sizes(dict[str, int]):
    """Of characters, as they come: to ask Unicode's tables for each again takes ten times as long."""

    def __missing__(self, character: str) -> int:
        wide = east_asian_width(character) in "WF"
        self[character] = size = 2 if wide else 0 if category(character) in ("Mn", "Me", "Cf") else 1
        return size


_SIZES = _Sizes()
_of = _SIZES.__getitem__


def columns(text: str) -> int:
    """The columns that `text` takes."""
    if text.isascii():
        return len(text)
    return sum(map(_of, text))


def pad(text: str, to: int, *, right: bool = False) -> str:
    """`text` with blanks behind it (in front with `right`) up to `to` columns; never shorter than `text`."""
    blanks = " " * max(0, to - columns(text))
    return blanks + text if right else text + blanks


def cut(text: str, to: int, mark: str = "…") -> str:
    """At most `to` columns; what was cut off shows as `mark`."""
    if columns(text) <= to:
        return text
    return _prefix(text, to - columns(mark)) + mark if to >= columns(mark) else _prefix(text, to)


def cut_middle(text: str, to: int, mark: str = "…") -> str:
    """At most `to` columns, keeping both ends: for paths and names that differ at their end."""
    if columns(text) <= to:
        return text
    room = to - columns(mark)
    if room < 2:
        return cut(text, to, mark)
    end = tail(text, room // 2)
    return _prefix(text, room - columns(end)) + mark + end


def tail(text: str, to: int) -> str:
    """The end of it, of at most `to` columns."""
    return _prefix(text[::-1], max(to, 0))[::-1]


def wrap(text: str, to: int) -> list[str]:
    """Lines of at most `to` columns, broken at blanks and beside wide characters; words that are longer are cut."""
    done: list[str] = []
    current = ""
    for word in text.split(" "):
        blank = " " if current else ""
        for part in [word] if word.isascii() else _BREAK.split(word):
            candidate = f"{current}{blank}{part}"
            blank = ""
            if columns(candidate) <= to:
                current = candidate
                continue
            if current:
                done.append(current)
            *full, current = _pieces(part, to)
            done.extend(full)
    return [*done, current]


def chunks(text: str, to: int) -> list[str]:
    """Rows of at most `to` columns, broken wherever a row is full: for text whose blanks mean something."""
    if text.isascii():
        return [text[start : start + to] for start in range(0, len(text), to)] or [""]
    ends = list(accumulate(map(_of, text)))  # columns up to each character
    done, start, used = list[str](), 0, 0
    while start < len(text):
        end = max(bisect_right(ends, used + to, start), start + 1)
        done.append(text[start:end])
        start, used = end, ends[end - 1]
    return done or [""]


def joined(parts: Sequence[str], between: str, to: int) -> list[str]:
    """The parts in lines of at most `to` columns, as many on each as fit."""
    done: list[str] = []
    for part in parts:
        if done and columns(done[-1] + between + part) <= to:
            done[-1] += between + part
        else:
            done.append(part)
    return done


def fitting(names: Sequence[str], to: int) -> str:
    """``a, b +3``: as many names as fit into `to` columns, and how many more there are."""
    for shown in range(len(names), 0, -1):
        more = f" +{len(names) - shown}" if shown < len(names) else ""
        text = ", ".join(names[:shown]) + more
        if columns(text) <= to:
            return text
    return f"{len(names)} others" if names else ""


def _pieces(word: str, to: int) -> list[str]:
    pieces = []
    while columns(word) > to:
        head = _prefix(word, max(to, 2))
        pieces.append(head)
        word = word[len(head) :]
    return [*pieces, word]


def _prefix(text: str, to: int) -> str:
    used = 0
    for position, character in enumerate(text):
        used += _of(character)
        if used > to:
            return text[:position]
    return text
