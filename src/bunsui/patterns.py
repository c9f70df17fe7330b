"""Regular expressions that anybody may write: matched in linear time, so that none can hang.

They are RE2's: no look-around and no back-references. The engine is loaded when the first pattern is compiled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

LONGEST_LINE = 4096  # characters of a line that are looked at
LONGEST_PATTERN = 1000
_MEMORY = 1 << 20  # bytes that a compiled pattern may take
_MEMORY_OF_MANY = 16 << 20
_PREFIX = 5
_ENDS_OF_TEXT = ("\\A", "\\z", "\\C", "(?-", "(?s-", "(?i-", "(?U-", "(?m-")  # with these a line is looked at by itself


class InvalidPattern(ValueError):
    """The message says what is wrong with it."""


class Pattern:
    """One expression, searched for anywhere in a line. Raises InvalidPattern."""

    __slots__ = ("_compiled", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._compiled = _compiled(text)

    def fits(self, text: str) -> bool:
        """Whether all of the text matches it."""
        return self._compiled.fullmatch(_encodable(text)) is not None

    def found_in(self, line: str) -> bool:
        return self._compiled.search(_encodable(line[:LONGEST_LINE])) is not None

    def line_of(self, lines: Sequence[str]) -> int | None:
        """The index of the first line that it is found in."""
        return next((number for number, line in enumerate(lines) if self.found_in(line)), None)


class Alternatives:
    """Expressions of which any may be found; they are compiled as one when first asked. Falsy without any.

    Raises InvalidPattern then, unless each was tried as a Pattern before.
    """

    __slots__ = ("_compiled", "texts")

    def __init__(self, texts: Sequence[str] = ()) -> None:
        self.texts = tuple(texts)
        self._compiled: Any = None

    def __bool__(self) -> bool:
        return bool(self.texts)

    def found_in(self, line: str) -> bool:
        if self._compiled is None:
            self._compiled = _engine("|".join(f"(?:{text})" for text in self.texts), memory=_MEMORY_OF_MANY)
        return self._compiled.search(_encodable(line[:LONGEST_LINE])) is not None


class BlockPattern:
    """One expression, searched for in many lines at once: they are UTF-8 with a line feed between them.

    No match goes beyond its line. Raises InvalidPattern.
    """

    __slots__ = ("_compiled", "_whole_lines")

    def __init__(self, text: str, *, ignore_case: bool = False) -> None:
        _compiled(text)  # what is wrong with it is told in its own words, without our prefix
        self._whole_lines = any(mark in text for mark in _ENDS_OF_TEXT)
        flags = ("" if self._whole_lines else "m") + ("i" if ignore_case else "")
        self._compiled = _compiled(f"(?{flags}){text}" if flags else text, lines=True)

    def lines(self, block: bytes) -> Iterator[int]:
        """The indices of the lines that it is found in."""
        if self._whole_lines:
            lines = enumerate(block.split(b"\n"))
            yield from (index for index, line in lines if self._compiled.search(line) is not None)
            return
        start = index = 0
        while (found := self._compiled.search(block, start)) is not None:
            index += block.count(b"\n", start, found.start())
            yield index
            start, index = block.find(b"\n", found.start()) + 1, index + 1
            if not start:
                return


def _compiled(text: str, *, lines: bool = False) -> Any:
    if len(text) > LONGEST_PATTERN + _PREFIX:
        raise InvalidPattern(f"longer than {LONGEST_PATTERN} characters")
    return _engine(text, memory=_MEMORY, lines=lines)


def _engine(text: str, *, memory: int, lines: bool = False) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = memory
    options.never_nl = lines
    try:
        return re2.compile(_encodable(text), options)
    except re2.error as error:
        raise InvalidPattern(_message(error)) from None


def _encodable(text: str) -> str:
    """Half a surrogate pair is no character: the engine works on UTF-8."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _message(error: Exception) -> str:
    told = error.args[0] if error.args else ""
    return told.decode(errors="replace") if isinstance(told, bytes) else str(told)
