"""The front block before a user's expression, so that ``$params`` and ``$extract`` mean something.

It binds only what that expression reads, and leaves the user's text as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bunsui.compiler.caps import Caps
from bunsui.expressions import analyse, body, is_expression
from bunsui.model.json import Json

INPUT = "$states.context.Execution.Input"
_KEYWORDS = frozenset({"and", "or", "in", "true", "false", "null", "function"})


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a state stands: outputs of `operations` are readable; inside a fan-out's `item` through its input.

    `caps` are what the operation's own output may take.
    """

    operations: frozenset[str]
    item: bool = False
    caps: Caps = Caps()

    def bind(self, name: str) -> str | None:
        if name == "params":
            return f"{INPUT}.params"
        if self.item and name in ("item", "index"):
            return f"$states.input.{name}"
        if name in self.operations:
            return f"$states.input.reads.{field(name)}" if self.item else f"$states.input.{field(name)}.o"
        return None

    def inline(self, text: str) -> str:
        """The user's text with its front block, as one JSONata operand."""
        user = body(text)
        bound = [(name, bind) for name in free_names(user) if (bind := self.bind(name)) is not None]
        return "(" + "".join(f"${name}:={bind};" for name, bind in bound) + user + ")"

    def expression(self, text: str) -> str:
        return braced(self.inline(text))

    def template(self, value: Json) -> Json:
        """The value with every expression in it made complete."""
        return rewrite(value, self.expression)


def rewrite(value: Json, change: Callable[[str], Json]) -> Json:
    """The value with `change` applied to every expression in it."""
    if is_expression(value):
        return change(str(value))
    if isinstance(value, Mapping):
        return {key: rewrite(member, change) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [rewrite(item, change) for item in value]
    return value


def expressions(value: object) -> Iterator[str]:
    """Every expression anywhere in the value."""
    if is_expression(value):
        yield str(value)
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from expressions(member)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from expressions(item)


def free_names(text: str) -> list[str]:
    """Variables that the text reads and does not bind itself, each once, in order."""
    return list(dict.fromkeys(read.name for read in analyse(text).variables))


def names_in(value: object) -> frozenset[str]:
    return frozenset(name for text in expressions(value) for name in free_names(body(text)))


def braced(text: str) -> str:
    return "{% " + text + " %}"


def field(name: str) -> str:
    """A field name as it stands after a dot."""
    return f"`{name}`" if name in _KEYWORDS else name
