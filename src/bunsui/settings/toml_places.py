"""Where tables and keys stand in a TOML file that was read already. What they mean is in `contexts`.

It finds what is written the usual way, a key a line; of what stands inside of a value, the value's own place is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

Path = tuple[str, ...]
_PART = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*""")
_STRING = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL)


def places(text: str) -> Mapping[Path, tuple[int, int]]:
    """Line and column of each, by its path; they count from 1."""
    found: dict[Path, tuple[int, int]] = {}
    table: Path = ()
    for number, line, shown in _lines(text):
        head = re.match(r"\s*\[{1,2}", shown)
        path, end = _path(line, head.end() if head else 0)
        if not path:
            continue
        at = (number, len(line) - len(line.lstrip(" \t[")) + 1)
        if head:
            table = path
            found.setdefault(table, at)
        elif shown[end : end + 1] == "=":
            for length in range(1, len(path) + 1):
                found.setdefault((*table, *path[:length]), at)
    return found


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    """Lines that begin outside of a value: number, text, and the text with strings and comments blanked out."""
    text = text.replace("\r\n", "\n")
    shown = _STRING.sub(_blanked, text)
    depth = 0
    for number, (line, bare) in enumerate(zip(text.split("\n"), shown.split("\n"), strict=True), start=1):
        if depth == 0:
            yield number, line, bare
        if depth or "=" in bare:
            value = bare if depth else bare.partition("=")[2]
            depth = max(0, depth + sum(map(value.count, "[{")) - sum(map(value.count, "]}")))


def _blanked(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", "_", found[0]) if not found[0].startswith("#") else " " * len(found[0])


def _path(line: str, start: int) -> tuple[Path, int]:
    """A dotted key from there on, and where it ends."""
    parts: list[str] = []
    while part := _PART.match(line, start):
        parts.append(next(one for one in part.groups() if one is not None))
        start = part.end()
        if line[start : start + 1] != ".":
            break
        start += 1
    return tuple(parts), start
