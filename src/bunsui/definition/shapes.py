"""The shapes of single values. Each reads a node, reporting what does not fit, and tells its JSON Schema.

Lists and mappings are in `containers`; which key has which shape is in `keys`.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple, Protocol

from bunsui.definition import durations
from bunsui.definition.reading import (
    EXPRESSION_SCHEMA,
    INVALID,
    Reading,
    expression_text,
    half_expression,
    take_expression,
)
from bunsui.definition.tree import Mapping, Node, Scalar, Sequence, shorten
from bunsui.model.json import Json
from bunsui.model.nearest import did_you_mean


class Shape(Protocol):
    def read(self, node: Node, reading: Reading, path: str) -> Any:
        """The value, or INVALID after reporting. `path` names the place in messages: operations.load.timeout."""

    def schema(self) -> dict[str, Json]:
        """Its JSON Schema, for editors."""


class Text(NamedTuple):
    """A constant string."""

    expected: str = "a text"
    pattern: str = ""
    hint: str = ""
    dynamic: bool = False  # may be an expression
    limit: int = 4096

    def read(self, node: Node, reading: Reading, path: str) -> Any:
        found = expression_text(node)
        if found is not None:
            return take_expression(found, node, reading, path, self.dynamic)
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            hint = (
                f'Write it in quotes: "{shorten(node.text)}".' if isinstance(node, Scalar) and node.text else self.hint
            )
            return reading.unfit(node, path, self.expected, hint)
        if half_expression(node, reading, path):
            return INVALID
        if len(node.value) > self.limit:
            reading.report(node, f"{path}: longer than {self.limit} characters.", "Shorten it.")
            return INVALID
        if not re.fullmatch(self.pattern or r"[\s\S]*", node.value):
            return reading.unfit(node, path, self.expected, self.hint)
        return node.value

    def schema(self) -> dict[str, Json]:
        plain: dict[str, Json] = {"type": "string"}
        if self.pattern:
            plain["pattern"] = f"^(?:{self.pattern})$"
        return {"anyOf": [plain, dict(EXPRESSION_SCHEMA)]} if self.dynamic and self.pattern else plain


class Formula(NamedTuple):
    """An expression, with its braces."""

    expected: str = 'an expression, such as "{% $params.month > 6 %}"'

    def read(self, node: Node, reading: Reading, path: str) -> Any:
        found = expression_text(node)
        if found is None:
            return reading.unfit(node, path, self.expected, 'Write "{% ... %}".')
        return take_expression(found, node, reading, path, True)

    def schema(self) -> dict[str, Json]:
        return dict(EXPRESSION_SCHEMA)


class Number(NamedTuple):
    minimum: float
    maximum: float
    whole: bool = True

    def read(self, node: Node, reading: Reading, path: str) -> Any:
        value = node.value if isinstance(node, Scalar) else None
        if self.whole and isinstance(value, float) and value.is_integer():
            value = int(value)
        fits = isinstance(value, int) if self.whole else isinstance(value, int | float)
        if isinstance(value, bool) or not fits or not isinstance(value, int | float):
            return reading.unfit(node, path, self._expected())
        if not self.minimum <= value <= self.maximum:
            return reading.unfit(node, path, self._expected())
        return value

    def _expected(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} from {self.minimum:,} to {self.maximum:,}"

    def schema(self) -> dict[str, Json]:
        kind = "integer" if self.whole else "number"
        return {"type": kind, "minimum": self.minimum, "maximum": self.maximum}


class Boolean:
    def read(self, node: Node, reading: Reading, path: str) -> Any:
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        return reading.unfit(node, path, "true or false", "Write true or false, without quotes.")

    def schema(self) -> dict[str, Json]:
        return {"type": "boolean"}


class Switch:
    """on or off. Here YAML's old quarrel does no harm: true and false mean the same."""

    def read(self, node: Node, reading: Reading, path: str) -> Any:
        reading.switches.add(id(node))
        if isinstance(node, Scalar):
            if isinstance(node.value, bool):
                return node.value
            if node.text in ("on", "off"):
                return node.text == "on"
        return reading.unfit(node, path, "on or off")

    def schema(self) -> dict[str, Json]:
        return {"enum": ["on", "off", True, False]}


class Choice(NamedTuple):
    options: tuple[str | int, ...]

    def read(self, node: Node, reading: Reading, path: str) -> Any:
        value = node.value if isinstance(node, Scalar) else None
        if value in self.options and not isinstance(value, bool):
            return value
        options = [str(option) for option in self.options]
        expected = options[0] if len(options) == 1 else ", ".join(options[:-1]) + f" or {options[-1]}"
        reading.switches.add(id(node))
        text = node.text if isinstance(node, Scalar) else ""
        hint = f"Write {text}, without quotes." if text in options else did_you_mean(text, options)
        return reading.unfit(node, path, expected, hint)

    def schema(self) -> dict[str, Json]:
        return {"enum": list(self.options)}


class Duration(NamedTuple):
    minimum: int = 1
    maximum: int = durations.YEAR
    dynamic: bool = False
    expected: str = "a duration such as 30s, 10m or 1h30m"

    def read(self, node: Node, reading: Reading, path: str) -> Any:
        found = expression_text(node)
        if found is not None:
            return take_expression(found, node, reading, path, self.dynamic)
        value = node.value if isinstance(node, Scalar) else None
        length = value if isinstance(value, int) else durations.seconds(value) if isinstance(value, str) else None
        if length is None or isinstance(value, bool):
            return reading.unfit(node, path, self.expected, "The units are w, d, h, m and s; a bare number is seconds.")
        if not self.minimum <= length <= self.maximum:
            expected = f"a duration from {self.minimum} s to {self.maximum:,} s"
            return reading.unfit(node, path, expected)
        return length

    def schema(self) -> dict[str, Json]:
        whole: Json = {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}
        text: Json = {"type": "string", "pattern": rf"^(?=[0-9]){durations.PATTERN}$"}
        return {"anyOf": [whole, text, *([dict(EXPRESSION_SCHEMA)] if self.dynamic else [])]}


class Value(NamedTuple):
    """Any JSON value, with expressions anywhere inside if `dynamic`."""

    dynamic: bool = True

    def read(self, node: Node, reading: Reading, path: str) -> Any:
        match node:
            case Mapping():
                items = {key: self.read(value, reading, f"{path}.{shorten(key)}") for key, value in node.values.items()}
                return INVALID if INVALID in items.values() else items
            case Sequence():
                values = [self.read(item, reading, f"{path}[{index}]") for index, item in enumerate(node.items)]
                return INVALID if INVALID in values else values
            case Scalar():
                return self._scalar(node, reading, path)

    def _scalar(self, node: Scalar, reading: Reading, path: str) -> Any:
        found = expression_text(node)
        if found is not None:
            return take_expression(found, node, reading, path, self.dynamic)
        if isinstance(node.value, str) and half_expression(node, reading, path):
            return INVALID
        return node.value

    def schema(self) -> dict[str, Json]:
        return {}
