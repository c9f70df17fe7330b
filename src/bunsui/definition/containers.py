"""The shapes of lists and mappings, made of those in `shapes`. Which key has which shape is in `keys`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from collections.abc import Sequence as Many
from typing import Any, NamedTuple

from bunsui.definition.reading import INVALID, Reading
from bunsui.definition.shapes import Shape
from bunsui.definition.tree import Mapping, Node, Scalar, Sequence, shorten
from bunsui.model.json import Json
from bunsui.model.nearest import did_you_mean
from bunsui.model.problem import Problem


class ListOf(NamedTuple):
    item: Shape
    expected: str
    minimum: int = 0
    maximum: int = 10_000
    hint: str = ""
    unique: bool = False

    def read(self, node: Node, reading: Reading, path: str) -> Any:
        if not isinstance(node, Sequence):
            written = f"[{shorten(node.text)}]" if isinstance(node, Scalar) and node.text else ""
            return reading.unfit(node, path, self.expected, self.hint or (f"Write {written}." if written else ""))
        if len(node.items) < self.minimum:
            return reading.unfit(node, path, self.expected)
        if len(node.items) > self.maximum:
            message = f"{path}: {len(node.items):,} items are too many; at most {self.maximum:,} may be here."
            reading.report(node, message, "Shorten the list.")
            return INVALID
        values = [self.item.read(item, reading, f"{path}[{index}]") for index, item in enumerate(node.items)]
        if self.unique:
            self._repeated(values, node, reading, path)
        return INVALID if INVALID in values else tuple(values)

    def _repeated(self, values: Many[Any], node: Sequence, reading: Reading, path: str) -> None:
        seen: set[str] = set()
        for value, item in zip(values, node.items, strict=True):
            if isinstance(value, str):
                if value in seen:
                    reading.report(item, f"{path}: '{value}' stands here twice.", "Remove one of them.")
                seen.add(value)

    def schema(self) -> dict[str, Json]:
        bounds: dict[str, Json] = {"minItems": self.minimum, "maxItems": self.maximum}
        unique: dict[str, Json] = {"uniqueItems": True} if self.unique else {}
        return {"type": "array", "items": self.item.schema(), **bounds, **unique}


class MapOf(NamedTuple):
    """Keys of one pattern, values of one shape."""

    value: Shape
    expected: str
    key: str = r"[\s\S]+"
    key_expected: str = "a name"
    key_hint: str = ""
    minimum: int = 0

    def read(self, node: Node, reading: Reading, path: str) -> Any:
        if not isinstance(node, Mapping):
            return reading.unfit(node, path, self.expected)
        if len(node.values) < self.minimum:
            return reading.unfit(node, path, self.expected)
        found: dict[str, Any] = {}
        for key, value in node.values.items():
            if not re.fullmatch(self.key, key):
                reading.report(node.keys[key], f"{path}: '{shorten(key)}' is not {self.key_expected}.", self.key_hint)
            found[key] = self.value.read(value, reading, f"{path}.{shorten(key)}")
        return Section(found, node)

    def schema(self) -> dict[str, Json]:
        names: dict[str, Json] = {"propertyNames": {"pattern": f"^(?:{self.key})$"}} if "\\s\\S" not in self.key else {}
        bounds: dict[str, Json] = {"minProperties": self.minimum} if self.minimum else {}
        return {"type": "object", "additionalProperties": self.value.schema(), **names, **bounds}


class Section(dict[str, Any]):
    """The values of a mapping, by key, and the mapping itself for its places. A value may be INVALID."""

    __slots__ = ("node",)

    def __init__(self, values: dict[str, Any], node: Mapping) -> None:
        super().__init__(values)
        self.node = node

    def good(self, key: str, default: Any = None) -> Any:
        """The value, or the default where the key is missing or its value did not fit."""
        value = self.get(key, default)
        return default if value is INVALID else value


class Key(NamedTuple):
    name: str
    shape: Shape
    doc: str
    required: bool = False
    later: bool = False  # read and checked, but nothing acts on it yet


Rule = Callable[[Section, Reading, str], Iterator[Problem]]


class Record(NamedTuple):
    """A mapping with known keys. `rules` look at the keys together."""

    keys: tuple[Key, ...]
    expected: str
    rules: tuple[Rule, ...] = ()
    constraints: dict[str, Json] = {}  # noqa: RUF012 - for the schema: what the rules say

    def read(self, node: Node, reading: Reading, path: str) -> Any:
        if not isinstance(node, Mapping):
            return reading.unfit(node, path or "the file", self.expected)
        known = {key.name: key for key in self.keys}
        found: dict[str, Any] = {}
        for name, value in node.values.items():
            if name in known:
                found[name] = known[name].shape.read(value, reading, f"{path}.{name}" if path else name)
            elif not reading.full:
                self._unknown(name, node, reading, path)
        section = Section(found, node)
        self._missing(section, reading, path)
        for rule in () if reading.full else self.rules:
            for problem in rule(section, reading, path):
                reading.add(problem)
        return section

    def _unknown(self, name: str, node: Mapping, reading: Reading, path: str) -> None:
        names = [key.name for key in self.keys]
        where = f"{path}: " if path else ""
        hint = did_you_mean(name, names, f"The keys here are: {', '.join(names)}.")
        reading.report(node.keys[name], f"{where}unknown key '{shorten(name)}'.", hint)

    def _missing(self, section: Section, reading: Reading, path: str) -> None:
        where = f"{path}: " if path else ""
        for key in self.keys:
            if key.required and key.name not in section:
                reading.report(section.node, f"{where}the key '{key.name}' is missing.", f"Add {key.name}: {key.doc}")

    def schema(self) -> dict[str, Json]:
        required: list[Json] = [key.name for key in self.keys if key.required]
        properties: dict[str, Json] = {key.name: {**key.shape.schema(), "description": key.doc} for key in self.keys}
        return {
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
            **({"required": required} if required else {}),
            **self.constraints,
        }


class Either(NamedTuple):
    """One shape or another, told apart by what kind of node stands there."""

    expected: str
    scalar: Shape | None = None
    sequence: Shape | None = None
    mapping: Shape | None = None

    def read(self, node: Node, reading: Reading, path: str) -> Any:
        shape = {Scalar: self.scalar, Sequence: self.sequence, Mapping: self.mapping}[type(node)]
        if shape is None:
            return reading.unfit(node, path, self.expected)
        return shape.read(node, reading, path)

    def schema(self) -> dict[str, Json]:
        shapes = [shape for shape in (self.scalar, self.sequence, self.mapping) if shape is not None]
        return {"anyOf": [shape.schema() for shape in shapes]}
