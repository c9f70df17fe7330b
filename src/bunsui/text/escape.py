"""Makes a string from users, files or logs safe to show: what could steer a terminal or deceive a reader is spelt out.

Every other module of the CLI shows foreign text through here; what is dangerous is listed in `model.visible`.
Widths and alignment are in `width`.
"""

from __future__ import annotations

import json
import re

from bunsui.model.json import Json
from bunsui.model.visible import DANGEROUS
from bunsui.model.visible import line as line
from bunsui.model.visible import lines as lines


def json_text(value: Json, *, indent: int | None = 2) -> str:
    """JSON that means the same everywhere and is safe on a terminal: readable, but nothing dangerous stands raw."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False, separators=_separators(indent))
    return safe_json(text)


def safe_json(text: str) -> str:
    """The same JSON document, with what is dangerous inside its strings as JSON escapes."""
    return "\n".join(DANGEROUS.sub(_json_escape, part) for part in text.split("\n"))


def _separators(indent: int | None) -> tuple[str, str]:
    return (",", ":") if indent is None else (",", ": ")


def _json_escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
