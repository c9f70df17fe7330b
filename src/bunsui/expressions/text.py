"""Where an expression stands in a string: the braces ``{%`` and ``%}``. What is between them is for `expression`."""

from __future__ import annotations

OPEN = "{%"
CLOSE = "%}"


def is_expression(value: object) -> bool:
    """The whole string must be the expression; there is no interpolation."""
    return isinstance(value, str) and len(value) >= 4 and value.startswith(OPEN) and value.endswith(CLOSE)


def body(text: str) -> str:
    """The text between the braces, without the blanks around it; the text itself when there are no braces."""
    return text[2:-2].strip() if is_expression(text) else text


def body_offset(text: str) -> int:
    """How many characters of `text` come before its body."""
    if not is_expression(text):
        return 0
    inner = text[2:-2]
    return 2 + len(inner) - len(inner.lstrip())
