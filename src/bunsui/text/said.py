"""Sentences of lower floors, which know no language: why a way out is not possible, what it warns of, what was done.

They are said there in English and stored so; here is how they are told in another language. Which they are is in
`sentences`: a test holds both together.
"""

from __future__ import annotations

import re
from functools import lru_cache
from string import Formatter

from bunsui.text.language import _, used
from bunsui.text.sentences import SENTENCES

_SHAPES = {  # of what varies; anything else may be any text
    "n": r"[\d,.]+",
    "all": r"[\d,.]+",
    "pipeline": r"[a-z][a-z0-9-]*",
    "session": r"[a-z0-9][a-z0-9_-]*",
    "status": r"[A-Z_]+",
    "category": r"[a-z ]+",
}
_AGAIN = ("why", "deed")  # what varies is a sentence itself


def said(text: str) -> str:
    """In the language in use; a sentence that is not known here stays as it is."""
    return text if not text or used() == "en" else _told(text, used())


@lru_cache(maxsize=2048)
def _told(text: str, language: str) -> str:
    whole = _(text)
    if whole != text:
        return whole
    for sentence, pattern in _patterns():
        if found := pattern.fullmatch(text):
            given = {name: said(value) if name in _AGAIN else value for name, value in found.groupdict().items()}
            return _(sentence).format(**given)
    head, colon, rest = text.partition(": ")
    told = said(head) if colon else head
    return text if told == head else f"{told}: {said(rest)}"


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Those that say more come first: another may be the beginning of them."""
    varying = sorted((one for one in SENTENCES if "{" in one), key=_fixed, reverse=True)
    return [(sentence, re.compile(_pattern(sentence), re.DOTALL)) for sentence in varying]


def _fixed(sentence: str) -> int:
    """How many characters of it never vary."""
    return sum(len(text) for text, *_rest in Formatter().parse(sentence))


def _pattern(sentence: str) -> str:
    parts = Formatter().parse(sentence)
    return "".join(
        re.escape(text) + (f"(?P<{name}>{_SHAPES.get(name, '.+?')})" if name else "") for text, name, *_rest in parts
    )
