"""Regular expressions that anybody may write: matched in linear time, so that none can hang.

They are RE2's: no look-around and no back-references. The engine is loaded when the first pattern is compiled.
"""

from __future__ import annotations

from collections.abc import Sequence

LONGEST_LINE = 4096  # characters of a line that are looked at
LONGEST_PATTERN = 1000
_MEMORY = 1 << 20  # bytes that a compiled pattern may take


class InvalidPattern(ValueError):
    """The message says what is wrong with it."""


class Pattern:
    """One expression, searched for anywhere in a line. Raises InvalidPattern."""

    __slots__ = ("_compiled", "text")

    def __init__(self, text: str) -> None:
        import re2

        if len(text) > LONGEST_PATTERN:
            raise InvalidPattern(f"longer than {LONGEST_PATTERN} characters")
        options = re2.Options()
        options.log_errors = False
        options.max_mem = _MEMORY
        self.text = text
        try:
            self._compiled = re2.compile(_encodable(text), options)
        except re2.error as error:
            raise InvalidPattern(_message(error)) from None

    def found_in(self, line: str) -> bool:
        return self._compiled.search(_encodable(line[:LONGEST_LINE])) is not None

    def line_of(self, lines: Sequence[str]) -> int | None:
        """The index of the first line that it is found in."""
        return next((number for number, line in enumerate(lines) if self.found_in(line)), None)


def _encodable(text: str) -> str:
    """Half a surrogate pair is no character: the engine works on UTF-8."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _message(error: Exception) -> str:
    told = error.args[0] if error.args else ""
    return told.decode(errors="replace") if isinstance(told, bytes) else str(told)
