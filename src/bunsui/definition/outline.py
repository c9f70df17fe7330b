"""What can be told of a pipeline file while it is being written: its parameters, its operations, what each needs.

It goes by indentation, so that an unfinished text has an outline too. Whether a text is right is for `validator`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_QUOTED = r"""(?P<quote>["'])(?P<quoted>[^"'\n]*)(?P=quote)"""
_PLAIN = r"""(?P<plain>[^\s#:'"{}\[\],][^:#]*?)"""
_KEY = re.compile(rf"^ *(?:{_QUOTED}|{_PLAIN})\s*:(?=\s|$)")
_FLOW_NEEDS = re.compile(r"\bneeds: *\[([^\]]*)")
_BLOCK_NEEDS = re.compile(r"\bneeds: *\n((?: *- *[^\n]*\n?)+)")
_TYPE = re.compile(r"\btype: *([a-z]+)")
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST = 2_000  # characters of a line that are looked at
MOST = 2_000  # operations


@dataclass(frozen=True, slots=True)
class Sketch:
    """An operation as far as it is written. `line` counts from 0."""

    line: int
    needs: tuple[str, ...] = ()
    fan_out: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    params: Mapping[str, str] = field(default_factory=dict)  # name -> type
    operations: Mapping[str, Sketch] = field(default_factory=dict)

    def before(self, operation: str) -> frozenset[str]:
        """What must be done before it; loops and needs that do not exist do no harm."""
        found: set[str] = set()
        waiting = [operation]
        while waiting:
            one = self.operations.get(waiting.pop())
            new = [need for need in one.needs if need in self.operations and need not in found] if one else []
            found.update(new)
            waiting += new
        return frozenset(found - {operation})

    def behind(self, operation: str) -> frozenset[str]:
        """What waits for it."""
        waits: dict[str, list[str]] = {}
        for name, one in self.operations.items():
            for need in one.needs:
                waits.setdefault(need, []).append(name)
        found: set[str] = set()
        waiting = [operation]
        while waiting:
            new = [name for name in waits.get(waiting.pop(), ()) if name not in found]
            found.update(new)
            waiting += new
        return frozenset(found - {operation})


def outline(lines: Sequence[str]) -> Outline:
    params: dict[str, str] = {}
    operations: dict[str, Sketch] = {}
    for name, _, body in _members(lines, "params"):
        kind = _TYPE.search(body)
        params[name] = kind[1] if kind else "string"
    for name, line, body in _members(lines, "operations"):
        operations[name] = Sketch(line, _needs(body), "for_each:" in body)
        if len(operations) >= MOST:
            break
    return Outline(params, operations)


def key_of(line: str) -> str | None:
    """The key that a line begins with, after its blanks."""
    found = _KEY.match(line[:_LONGEST])
    return (found["plain"] or found["quoted"] or "") if found else None


def depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def is_blank(line: str) -> bool:
    text = line.strip()
    return not text or text.startswith("#")


def _members(lines: Sequence[str], section: str) -> Iterator[tuple[str, int, str]]:
    """The keys directly below a key of the file, with their lines and all that stands below each."""
    start = next((n for n, line in enumerate(lines) if line.startswith(section) and key_of(line) == section), None)
    if start is None:
        return
    inner: int | None = None
    name, begun = "", 0
    end = len(lines)
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if is_blank(line):
            continue
        deep = depth(line)
        if deep == 0:
            end = number
            break
        inner = deep if inner is None else inner
        if deep <= inner and (key := key_of(line)) is not None:
            if name:
                yield name, begun, _body(lines, begun, number)
            name, begun = key, number
    if name:
        yield name, begun, _body(lines, begun, end)


def _body(lines: Sequence[str], start: int, end: int) -> str:
    return "\n".join(line[:_LONGEST] for line in lines[start:end])


def _needs(body: str) -> tuple[str, ...]:
    found = _FLOW_NEEDS.search(body) or _BLOCK_NEEDS.search(body)
    return tuple(dict.fromkeys(_WORD.findall(found[1]))) if found else ()
