"""What expressions may read where: every name exists, and an operation is read only downstream of it.

Places are those in the file, also inside strings of several lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bunsui.definition import names
from bunsui.definition.graph import Graph
from bunsui.definition.positions import place_inside
from bunsui.definition.reading import Reading
from bunsui.definition.tree import Node, Scalar, scalars, shorten
from bunsui.expressions import BUILT_IN, WHOLE, Expression, FunctionCall, SyntaxProblem, VariableRead
from bunsui.model.nearest import did_you_mean
from bunsui.model.problem import Place, Problem

_WITHOUT_ITEM = frozenset({"when", "for_each"})  # they are decided before there are items


class Scope(NamedTuple):
    """What an expression may read. `operation` is None in the pipeline's outputs, which may read every operation."""

    graph: Graph
    params: Mapping[str, object]
    operation: str | None = None
    item: bool = False


@dataclass(slots=True, eq=False, repr=False)
class Reader:
    """Finds and checks all expressions; `reads` is filled on the way: operation (or None: outputs) -> names read."""

    reading: Reading
    graph: Graph
    params: Mapping[str, object]
    reads: dict[str | None, set[str]] = field(default_factory=dict)

    def problems(self) -> Iterator[Problem]:
        for name, section in self.graph.operations.items():
            for key, node in section.node.values.items():
                item = "for_each" in section and key not in _WITHOUT_ITEM
                yield from self._below(node, Scope(self.graph, self.params, name, item))

    def outputs(self, node: Node | None) -> Iterator[Problem]:
        if node is not None:
            yield from self._below(node, Scope(self.graph, self.params))

    def _below(self, node: Node, scope: Scope) -> Iterator[Problem]:
        for scalar in scalars(node):
            if id(scalar) in self.reading.dynamic:
                yield from self._expression(_Occurrence(scalar, self.reading), scope)

    def _expression(self, found: _Occurrence, scope: Scope) -> Iterator[Problem]:
        try:
            expression = Expression(found.body)
        except SyntaxProblem as problem:
            yield found.problem(problem.offset, f"this expression is not JSONata: {problem.message}.", _SYNTAX_HINT)
            return
        for read in expression.reads.variables:
            if read.name in scope.graph.operations:
                self.reads.setdefault(scope.operation, set()).add(read.name)
            yield from found.at(read.offset, _variable(read, scope))
            if (member := _member(read, scope)) is not None:
                yield found.problem(read.member_offsets[0], *member)
        for call in expression.reads.functions:
            yield from found.at(call.offset, _function(call, scope))
        yield from _stray(expression, found, scope)


_SYNTAX_HINT = "See https://docs.jsonata.org; the expression stands between {% and %}."
_Complaint = tuple[str, str]  # message and hint


class _Occurrence(NamedTuple):
    node: Scalar
    reading: Reading

    @property
    def body(self) -> str:
        return self.node.text.strip()[2:-2].strip()

    def problem(self, offset: int, message: str, hint: str = "") -> Problem:
        start = self.node.text.index("{%") + 2
        start += len(self.node.text[start:]) - len(self.node.text[start:].lstrip())
        line, column = place_inside(self.node, start + offset, self.reading.document.text)
        return Problem(Place(self.reading.document.file, line + 1, column + 1), message, hint)

    def at(self, offset: int, complaint: _Complaint | None) -> Iterator[Problem]:
        if complaint is not None:
            yield self.problem(offset, *complaint)


def _variable(read: VariableRead, scope: Scope) -> _Complaint | None:
    name = read.name
    if name in scope.graph.operations:
        return _operation(name, scope)
    if name in names.SPECIAL:
        return _special(read, scope)
    if name in BUILT_IN:
        return None
    if name in scope.params:
        return f"${name} is unknown.", f"Parameters are read as $params.{name}."
    known = [*scope.graph.operations, "params", *(("item", "index") if scope.item else ())]
    return f"${shorten(name)} is unknown.", did_you_mean(name, known, "Known are $params and the operations.")


def _operation(name: str, scope: Scope) -> _Complaint | None:
    if scope.operation is None:
        return None
    if name == scope.operation:
        return f"operation '{name}' reads its own output.", "An operation sees only what was done before it."
    if not scope.graph.is_upstream(name, scope.operation):
        return f"operation '{scope.operation}' reads '{name}', which is not upstream.", f"Add '{name}' to needs."
    return None


def _special(read: VariableRead, scope: Scope) -> _Complaint | None:
    match read.name:
        case "item" | "index" if not scope.item:
            return f"${read.name} is known only to the items of a for_each.", "Use it in 'with', beside 'for_each'."
        case "session":
            return "$session is reserved.", "The session's id is $states.context.Execution.Input.session."
        case "secrets":
            return "$secrets does not exist: no expression sees a secret.", "Write env: {NAME: {secret: REF}}."
        case "states" if read.members[:1] != ("context",):
            return "of $states only $states.context can be read.", "Read operations by name, such as $extract.flights."
    return None


def _member(read: VariableRead, scope: Scope) -> _Complaint | None:
    """Members that are known beforehand: of $params, and of the output of a fan-out."""
    if not read.members:
        return None
    member = read.members[0]
    if read.name == "params" and member not in scope.params:
        there = ", ".join(scope.params) or "none"
        message = f"there is no parameter '{shorten(member)}'."
        return message, did_you_mean(member, scope.params, f"The parameters are: {shorten(there)}.")
    source = scope.graph.operations.get(read.name)
    if source is not None and "for_each" in source and member not in names.FAN_OUT_MEMBERS:
        message = f"the output of '{read.name}' has no '{shorten(member)}': it runs for each item."
        there = ", ".join(names.FAN_OUT_MEMBERS)
        return message, did_you_mean(member, names.FAN_OUT_MEMBERS, f"Its output has: {there}.")
    return None


def _function(call: FunctionCall, scope: Scope) -> _Complaint | None:
    if call.name in BUILT_IN:
        return None
    if call.name in scope.graph.operations:
        return f"${call.name} is the output of an operation, not a function.", "Remove the parentheses."
    return f"there is no function ${shorten(call.name)}.", did_you_mean(call.name, BUILT_IN, "See docs.jsonata.org.")


def _stray(expression: Expression, found: _Occurrence, scope: Scope) -> Iterator[Problem]:
    """Step Functions has no context at the top: names and ``$`` mean something only inside paths and filters."""
    reads = expression.reads
    unknown = {call.offset for call in reads.functions if call.name not in BUILT_IN}
    for name in expression.stray:
        if name == WHOLE:
            bare = next((offset for offset in reads.contexts if offset not in unknown), None)
            if bare is not None:
                yield found.problem(bare, "there is no context here to read.", "Begin with a variable: $params.")
            continue
        offset = next((field_.offset for field_ in reads.fields if field_.name == name), 0)
        message = f"the name '{shorten(name)}' stands for nothing."
        written = f"$params.{name}" if name in scope.params else f"${shorten(name)}"
        yield found.problem(offset, message, f"Write {written}, or the text in quotes: '{shorten(name)}'.")
