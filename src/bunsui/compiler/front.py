"""The front block before a user's expression, so that ``$params`` and ``$extract`` mean something.

It binds only what that expression reads, and leaves the user's text as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as member

from bunsui.compiler.caps import Caps
from bunsui.expressions import VariableRead, analyse, body, is_expression
from bunsui.model.json import Json
from bunsui.model.pipeline import ApprovalTask, HttpTask, IntegrationTask, LambdaTask, Operation, WaitTask

INPUT = "$states.context.Execution.Input"
_OF_A_REFERENCE = frozenset({"$ref", "bytes", "sha256"})
NO_FILE = "$exists(`$ref`) and $not($contains(`$ref`,'/files/'))"  # of references: a field that was stored aside
ASIDE = "a reference, since it is large: it can be passed on, or named in inline"
_PLAIN = re.compile(r"[A-Za-z_]\w*")
_KEYWORDS = frozenset({"and", "or", "in", "true", "false", "null", "function"})


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a state stands: outputs of `operations` are readable; inside a fan-out's `item` through its input.

    `caps` are what the operation's own output may take. `fields` is `depths` of the operations.
    """

    operations: frozenset[str]
    item: bool = False
    caps: Caps = Caps()
    fields: Mapping[str, int] = member(default_factory=dict)

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
        reads = analyse(user).variables
        names = dict.fromkeys(read.name for read in reads)
        bound = [(name, bind) for name in names if (bind := self.bind(name)) is not None]
        return "(" + "".join(f"${name}:={bind};" for name, bind in bound) + self._closed(reads) + user + ")"

    def _closed(self, reads: tuple[VariableRead, ...]) -> str:
        """Fails where the text looks into a field that is a reference by then: it would see that, and go on."""
        looked = dict.fromkeys(found for read in reads if (found := self._looked_into(read)))
        return "".join(f"{_is_aside(parts)}?$error({_quoted('.'.join(parts))}&' is {ASIDE}');" for parts in looked)

    def _looked_into(self, read: VariableRead) -> tuple[str, ...] | None:
        depth = self.fields.get(read.name, 0)
        behind = read.members[depth : depth + 1]
        if not depth or len(read.members) < depth or not (behind or read.used) or _OF_A_REFERENCE & {*behind}:
            return None
        return (read.name, *read.members[:depth])

    def expression(self, text: str) -> str:
        return braced(self.inline(text))

    def template(self, value: Json) -> Json:
        """The value with every expression in it made complete."""
        return rewrite(value, self.expression)


def depths(operations: Iterable[Operation]) -> dict[str, int]:
    """How many members lead to a field that may be a reference, of the operations whose outputs may hold some."""
    return {each.name: 1 if each.for_each is None else 2 for each in operations if not _by_value(each)}


def _by_value(operation: Operation) -> bool:
    task = operation.task
    own = isinstance(task, LambdaTask) and task.function is not None
    return own or isinstance(task, ApprovalTask | HttpTask | IntegrationTask | WaitTask)


def _path(parts: tuple[str, ...]) -> str:
    return "$" + ".".join((parts[0], *(field(part) for part in parts[1:])))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False) if "'" in text or "\\" in text else f"'{text}'"


def _is_aside(parts: tuple[str, ...]) -> str:
    """JSONata: a reference stands there; for items of a fan-out: for one of them. Files of items can be counted."""
    path = _path(parts)
    if len(parts) == 2:
        return f"$type({path})='object' and $exists({path}.`$ref`)"
    return f"$exists({path}[$type($)='object' and {NO_FILE}])"


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
    return name if name not in _KEYWORDS and _PLAIN.fullmatch(name) else f"`{name}`"
