"""The rules of a Choice state in JSONPath: its operators, and And, Or and Not around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bunsui.asl import timestamps
from bunsui.asl.payload import PathFailure, Reference
from bunsui.asl.template import Scope
from bunsui.expressions.paths import NoValue
from bunsui.model.json import Json

_NOWHERE = "Invalid path '{}': The choice state's condition path references an invalid value."


def _number(value: Json) -> float | int | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _string(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _boolean(value: Json) -> bool | None:
    return value if isinstance(value, bool) else None


def _moment(value: Json) -> float | None:
    return timestamps.parsed(value) if isinstance(value, str) else None


_KINDS: Mapping[str, Callable[[Json], object]] = {
    "String": _string,
    "Numeric": _number,
    "Boolean": _boolean,
    "Timestamp": _moment,
}
_ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    "Equals": lambda one, other: one == other,
    "LessThan": lambda one, other: one < other,
    "GreaterThan": lambda one, other: one > other,
    "LessThanEquals": lambda one, other: one <= other,
    "GreaterThanEquals": lambda one, other: one >= other,
}
IS: Mapping[str, Callable[[Json], bool]] = {
    "IsNull": lambda value: value is None,
    "IsNumeric": lambda value: _number(value) is not None,
    "IsString": lambda value: _string(value) is not None,
    "IsBoolean": lambda value: _boolean(value) is not None,
    "IsTimestamp": lambda value: _moment(value) is not None,
}
PRESENT = "IsPresent"
MATCHES = "StringMatches"
ORDERED: Mapping[str, tuple[str, str]] = {
    f"{kind}{order}": (kind, order) for kind in _KINDS for order in _ORDERS if kind != "Boolean" or order == "Equals"
}
OPERATORS = frozenset({*IS, PRESENT, MATCHES, *ORDERED, *(f"{name}Path" for name in ORDERED)})


def kind_of(operator: str) -> Callable[[Json], bool]:
    """Whether a value may stand for the operator's own in a definition."""
    if operator in IS or operator == PRESENT:
        return lambda value: isinstance(value, bool)
    if operator == MATCHES or operator.endswith("Path"):
        return lambda value: isinstance(value, str)
    right = _KINDS[ORDERED[operator][0]]
    return lambda value: right(value) is not None


@dataclass(frozen=True, slots=True)
class Comparison:
    variable: Reference
    operator: str
    value: Json | Reference

    def holds(self, scope: Scope) -> bool:
        if self.operator == PRESENT:
            return self._present(scope) is self.value
        left = _read(self.variable, scope)
        if self.operator in IS:
            return IS[self.operator](left) is self.value
        right = _read(self.value, scope) if isinstance(self.value, Reference) else self.value
        if self.operator == MATCHES:
            return isinstance(left, str) and isinstance(right, str) and matches(left, right)
        kind, order = ORDERED[self.operator.removesuffix("Path")]
        one, other = _KINDS[kind](left), _KINDS[kind](right)
        if one is None or other is None:
            return False
        return _ORDERS[order](one, other)  # type: ignore[arg-type]  # both are of the operator's kind

    def _present(self, scope: Scope) -> bool:
        try:
            self.variable.value(scope)
        except NoValue:
            return False
        return True


def _read(reference: Reference, scope: Scope) -> Json:
    try:
        return reference.value(scope)
    except NoValue:
        raise PathFailure(_NOWHERE.format(reference.text)) from None


def matches(text: str, pattern: str) -> bool:
    """With ``*`` for any characters; a backslash makes it a star. Linear for each star: no pattern takes for ever."""
    parts, current, at = [], "", 0
    while at < len(pattern):
        if pattern[at] == "\\" and at + 1 < len(pattern):
            current += pattern[at + 1]
            at += 2
            continue
        if pattern[at] == "*":
            parts.append(current)
            current = ""
        else:
            current += pattern[at]
        at += 1
    parts.append(current)
    if len(parts) == 1:
        return text == current
    if not text.startswith(parts[0]) or not text.endswith(current) or len(text) < len(parts[0]) + len(current):
        return False
    place, end = len(parts[0]), len(text) - len(current)
    for part in parts[1:-1]:
        place = text.find(part, place, end)
        if place < 0:
            return False
        place += len(part)
    return place <= end


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple[Test, ...]

    def holds(self, scope: Scope) -> bool:
        return all(part.holds(scope) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple[Test, ...]

    def holds(self, scope: Scope) -> bool:
        return any(part.holds(scope) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Neither:
    part: Test

    def holds(self, scope: Scope) -> bool:
        return not self.part.holds(scope)


Test = Comparison | Every | Some | Neither


@dataclass(frozen=True, slots=True)
class Condition:
    """A test as a template, which a rule has in either language."""

    test: Test

    def evaluate(self, scope: Scope) -> Json:
        return self.test.holds(scope)
