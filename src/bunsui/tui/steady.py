"""Characters whose columns terminals count in different ways (flags, skin tones), as others that all count alike.

The columns stay those that `bunsui.text.width` counts; what could steer or hide is spelt out before, by `escape`.
"""

from __future__ import annotations

import re

from rich.cells import cell_len

from bunsui.text import escape, width

# Latin, punctuation, arrows, boxes and blocks, the signs of our own lines; what is written in Japan, China, Korea.
_SURE = re.compile(
    "[\x00-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2460-\u25fc\u2713-\u2718\u2800-\u28ff"
    "\u3000-\u3029\u3041-\u3096\u309b-\u312f\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60]*"
)
_FLAGS = {0x1F1E6 + number: chr(0x1F130 + number) for number in range(26)}  # letters in squares
_TONES = dict(zip(range(0x1F3FB, 0x1F400), "⬜🟨🟧🟫⬛", strict=True))
_SELECTORS = dict.fromkeys(range(0xFE00, 0xFE10))
_TABLE: dict[int, str | None] = {**_FLAGS, **_TONES, **_SELECTORS}


def steady(text: str) -> str:
    """As many columns in every terminal; what cannot be made so shows as dots.

    Whatever comes here unescaped by mistake is out of line, but steers nothing.
    """
    if not text.isprintable():
        text = escape.line(text)
    if text.isascii() or _SURE.fullmatch(text):
        return text
    text = text.translate(_TABLE)
    if cell_len(text) == width.columns(text):
        return text
    return "".join(one if cell_len(one) == width.columns(one) else "·" * width.columns(one) for one in text)
