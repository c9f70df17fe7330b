"""Secret values blanked out in what leaves a task. Where they come from: `aws.secrets`, or the local supervisor."""

from __future__ import annotations

from collections.abc import Iterable

_SHORTEST_SECRET = 3  # shorter values are in too many words to be blanked out
HIDDEN = "***"


class Redactor:
    """Blanks out secret values in what is written to logs and causes."""

    def __init__(self, hidden: Iterable[str]) -> None:
        parts = {part for value in hidden for part in (value, *value.splitlines()) if len(part) >= _SHORTEST_SECRET}
        self._parts = sorted(parts, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for part in self._parts:
            text = text.replace(part, HIDDEN)
        return text
