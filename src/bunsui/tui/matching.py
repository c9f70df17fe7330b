"""Finding by a few letters: `rcf` finds `recover first`. Which texts there are, is for whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

_T = TypeVar("_T")
_BEGINS, _NEXT, _FIRST, _LETTER = 8, 4, 2, 1


def best(wanted: str, things: Iterable[_T], text: Callable[[_T], str]) -> list[_T]:
    """Those that have all letters of what is wanted, in their order, the nearest first; equal ones as they came."""
    words = wanted.lower().split()
    ranked = [(score, one) for one in things if (score := _score(words, text(one).lower())) is not None]
    return [one for _, one in sorted(ranked, key=lambda pair: -pair[0])]


def _score(words: list[str], text: str) -> int | None:
    scores = [_of_word(word, text) for word in words]
    found = [score for score in scores if score is not None]
    return sum(found) if len(found) == len(scores) else None


def _of_word(word: str, text: str) -> int | None:
    """Whole words count most, then letters that stand together, then letters that begin a word."""
    at = text.find(word)
    if at >= 0:
        return len(word) * _NEXT + (_BEGINS if _begins(text, at) else 0) + _BEGINS + (_FIRST if at == 0 else 0)
    score, at = 0, -1
    for letter in word:
        found = text.find(letter, at + 1)
        if found < 0:
            return None
        score += _NEXT if found == at + 1 else _LETTER
        at = found
    return score


def _begins(text: str, at: int) -> bool:
    return at == 0 or not text[at - 1].isalnum()
