"""A JSON value with expressions anywhere inside, such as a state's Arguments, Output or Assign."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from bunsui.expressions.errors import EvaluationError, SyntaxProblem
from bunsui.expressions.expression import Expression
from bunsui.expressions.text import body, is_expression
from bunsui.model.json import Json

_NOTHING: dict[str, Json] = {}


@dataclass(frozen=True, slots=True)
class Template:
    """Compiled once. The parts without expressions are handed out as they are, not copied: treat them as frozen."""

    node: _Node

    def evaluate(
        self,
        states: Json = None,
        variables: Mapping[str, Json] = _NOTHING,
        *,
        now: float = 0.0,
        seed: int = 0,
    ) -> Json:
        """The value. An error carries its place in the value: ``/Payload/with/month``."""
        return _evaluate(self.node, _Inputs(states, variables, now, seed))

    @property
    def constant(self) -> bool:
        return isinstance(self.node, _Constant)


@dataclass(frozen=True, slots=True)
class _Inputs:
    states: Json
    variables: Mapping[str, Json]
    now: float
    seed: int


@dataclass(frozen=True, slots=True)
class _Constant:
    value: Json


@dataclass(frozen=True, slots=True)
class _Computed:
    expression: Expression
    location: str
    salt: int  # two expressions of one template draw different random numbers


@dataclass(frozen=True, slots=True)
class _Object:
    members: tuple[tuple[str, _Node], ...]


@dataclass(frozen=True, slots=True)
class _Array:
    items: tuple[_Node, ...]


_Node = _Constant | _Computed | _Object | _Array


def template(value: Json) -> Template:
    """Raises SyntaxProblem, whose `location` says which string of the value it is."""
    return Template(_compile(value, ""))


def _compile(value: Json, location: str) -> _Node:
    if isinstance(value, str) and is_expression(value):
        return _computed(value, location)
    if isinstance(value, dict):
        members = tuple((key, _compile(member, f"{location}/{key}")) for key, member in value.items())
        return _Object(members) if any(not isinstance(node, _Constant) for _, node in members) else _Constant(value)
    if isinstance(value, list):
        items = tuple(_compile(item, f"{location}/{index}") for index, item in enumerate(value))
        return _Array(items) if any(not isinstance(node, _Constant) for node in items) else _Constant(value)
    return _Constant(value)


def _computed(text: str, location: str) -> _Computed:
    try:
        return _Computed(Expression(body(text)), location, zlib.crc32(location.encode(errors="replace")))
    except SyntaxProblem as problem:
        problem.location = location
        raise


def _evaluate(node: _Node, inputs: _Inputs) -> Json:
    match node:
        case _Computed():
            return _value(node, inputs)
        case _Constant(value):
            return value
        case _Object(members):
            return {key: _evaluate(member, inputs) for key, member in members}
        case _Array(items):
            return [_evaluate(item, inputs) for item in items]


def _value(node: _Computed, inputs: _Inputs) -> Json:
    try:
        return node.expression.evaluate(inputs.states, inputs.variables, now=inputs.now, seed=inputs.seed ^ node.salt)
    except EvaluationError as error:
        error.location = node.location
        raise
