"""JSONPath as Step Functions reads it, behind an interface of ours. What a path is read from is known in `asl`.

Paths to one value are followed here; whatever may find several (wildcards, slices, filters) goes to the library, which
is loaded when the first of those comes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from bunsui.expressions.errors import EvaluationError, SyntaxProblem
from bunsui.model.json import Json

_STEP = re.compile(
    r"\.(?P<name>[^\s.\[\]()'\"*?,:$@]+)"
    r"|\[\s*'(?P<single>(?:[^'\\]|\\.)*)'\s*\]"
    r'|\[\s*"(?P<double>(?:[^"\\]|\\.)*)"\s*\]'
    r"|\[\s*(?P<index>-?\d{1,9})\s*\]"
)
_LENGTH = ".length()"
_MOST_DESCENTS = 2  # each may multiply what is found
_ENDLESS = re.compile(r"=~|\b(match|search)\s*\(")  # regular expressions of a user's, without a bound in time
_ESCAPED = re.compile(r"\\(.)")

Step = str | int


class NoValue(EvaluationError):
    """A definite path leads nowhere; the message is that of AWS's own library."""


@dataclass(frozen=True, slots=True)
class Path:
    """After the ``$``. A definite one has `steps` and leads to one value; another finds a list of them."""

    text: str
    steps: tuple[Step, ...] | None
    several: Callable[[Json], list[Json]] | None = None
    length: bool = False

    @property
    def definite(self) -> bool:
        return self.steps is not None

    def value(self, root: Json) -> Json:
        """Raises NoValue."""
        found = self._found(root)
        if not self.length:
            return found
        if not isinstance(found, (list, dict, str)):
            raise NoValue(f"No results for path: {self.text}")
        return len(found)

    def _found(self, root: Json) -> Json:
        if self.steps is not None:
            return _follow(root, self.steps)
        return self.several(root) if self.several else []


def _follow(root: Json, steps: tuple[Step, ...]) -> Json:
    value = root
    for depth, step in enumerate(steps):
        if not _there(value, step):
            raise NoValue(_nowhere(value, steps, depth))
        value = cast(Any, value)[step]
    return value


def _there(value: Json, step: Step) -> bool:
    if isinstance(step, str):
        return isinstance(value, dict) and step in value
    return isinstance(value, list) and -len(value) <= step < len(value)


def _nowhere(value: Json, steps: tuple[Step, ...], depth: int) -> str:
    if isinstance(steps[depth], str) and isinstance(value, dict) and depth < len(steps) - 1:
        return f"Missing property in path {normal(steps[: depth + 1])}"
    return f"No results for path: {normal(steps)}"


def normal(steps: tuple[Step, ...]) -> str:
    """``$['a'][0]``."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f"['{step}']" for step in steps)


@lru_cache(maxsize=4096)
def path(text: str) -> Path:
    """A path that begins with ``$``. Raises SyntaxProblem."""
    if not text.startswith("$"):
        raise SyntaxProblem(f"'{text}' is not a JSONPath: it begins with $")
    body = text[1:]
    length = body.endswith(_LENGTH)
    steps = _steps(body.removesuffix(_LENGTH))
    if steps is not None:
        return Path(text, steps, None, length)
    return Path(text, None, _library(text.removesuffix(_LENGTH)), length)


def _steps(body: str) -> tuple[Step, ...] | None:
    """None where the path may find several values."""
    steps: list[Step] = []
    at = 0
    while at < len(body):
        found = _STEP.match(body, at)
        if found is None:
            return None
        steps.append(_step(found))
        at = found.end()
    return tuple(steps)


def _step(found: re.Match[str]) -> Step:
    if found["index"] is not None:
        return int(found["index"])
    if found["name"] is not None:
        return found["name"]
    return _ESCAPED.sub(r"\1", found["single"] if found["single"] is not None else found["double"])


def _library(text: str) -> Callable[[Json], list[Json]]:
    if text.count("..") > _MOST_DESCENTS or _ENDLESS.search(text):
        raise SyntaxProblem(f"'{text}' may take too long: it is not evaluated here")
    import jsonpath

    try:
        compiled = jsonpath.compile(text)
    except (jsonpath.JSONPathError, ValueError, RecursionError) as error:
        raise SyntaxProblem(f"'{text}' is not a JSONPath: {str(error).splitlines()[0]}") from None

    def several(root: Json) -> list[Json]:
        try:
            return cast("list[Json]", compiled.findall(cast(Any, root)))
        except (jsonpath.JSONPathError, TypeError, ValueError, RecursionError) as error:
            raise NoValue(str(error)) from None

    return several


def set_at(root: Json, steps: tuple[Step, ...], value: Json) -> Json:
    """A copy of `root` with `value` at the place; objects on the way are made. Raises NoValue where that cannot be."""
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        if not isinstance(root, list) or not -len(root) <= step < len(root):
            raise NoValue(f"No results for path: {normal(steps)}")
        items = list(root)
        items[step] = set_at(items[step], rest, value)
        return items
    if root is not None and not isinstance(root, dict):
        raise NoValue(f"Unable to apply step {normal(steps)} to a value that is no object")
    members = dict(root or {})
    members[step] = set_at(members.get(step), rest, value)
    return members
