"""JSON values with ``{% %}`` expressions inside, compiled once and evaluated often. JSONata itself is in
`bunsui.expressions`."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, cast

from bunsui.asl import limits, shortcuts
from bunsui.asl.shortcut_reader import shortcut
from bunsui.expressions import WHOLE, EvaluationError, Expression, SyntaxProblem, Undefined, body, is_expression
from bunsui.model.json import Json

Report = Callable[[str, str, str], None]
"""Takes a problem: its code, where it is and what it is."""

_CODED = re.compile(r"[A-Z]\d{4}: ")  # JSONata's own error codes
_ELSEWHERE = re.compile(r"\$states(?!\.(input|result|errorOutput)\b)")  # of $states more than these


class QueryFailure(Exception):
    """States.QueryEvaluationError: `location` is the field as AWS names it, None when it names none."""

    def __init__(self, message: str, location: str | None) -> None:
        super().__init__(message)
        self.message = message
        self.location = location


class Scope:
    """What expressions see: `$states` and the variables, the time, and what feeds their random numbers.

    The context object and the seed are made only when an expression needs them.
    """

    __slots__ = ("_context", "_seed", "now", "root", "states", "variables")

    def __init__(
        self,
        states: dict[str, Json],
        variables: Mapping[str, Json],
        now: float,
        context: Callable[[], Json],
        seed: Callable[[], int],
    ) -> None:
        self.states = states
        self.variables = variables
        self.now = now
        self.root = states["input"]  # what ``$`` is in JSONPath
        self._context = context
        self._seed = seed

    def at(self, root: Json) -> Scope:
        """The same, with another ``$``."""
        scope = Scope(self.states, self.variables, self.now, self._context, self._seed)
        scope.root = root
        return scope

    def with_context(self) -> dict[str, Json]:
        if "context" not in self.states:
            self.states["context"] = self._context()
        return self.states

    def seed(self) -> int:
        return self._seed()


@dataclass(frozen=True, slots=True)
class Constant:
    value: Json

    def evaluate(self, scope: Scope) -> Json:
        return self.value


@dataclass(frozen=True, slots=True)
class Query:
    """One expression. `location` is the field as AWS names it in causes, such as ``Arguments/Payload/x``."""

    text: str
    location: str
    salt: int  # two expressions of one state draw different random numbers
    context: bool  # whether it may read the context object
    shortcut: shortcuts.Node | None

    def evaluate(self, scope: Scope) -> Json:
        states = scope.with_context() if self.context else scope.states
        if self.shortcut is not None:
            try:
                values: shortcuts.Values = (
                    {**scope.variables, "states": states} if scope.variables else {"states": states}
                )
                value = self.shortcut.value(values)
            except shortcuts.NotPlain:
                value = shortcuts.NOTHING
            if value is not shortcuts.NOTHING:
                return cast(Json, value)
        try:
            expression = Expression(self.text)  # compiled once: texts are kept
            return expression.evaluate(states, scope.variables, now=scope.now, seed=scope.seed() ^ self.salt)
        except Undefined:
            raise self.failure("returned nothing (undefined).") from None
        except EvaluationError as error:
            colon = ". " if _CODED.match(str(error)) else ": "
            raise self.failure(f"threw an error during evaluation{colon}{error}") from None

    def failure(self, what: str) -> QueryFailure:
        message = f"The JSONata expression '{self.text}' specified for the field '{self.location}' {what}"
        return QueryFailure(message, self.location)


@dataclass(frozen=True, slots=True)
class ListOf:
    items: tuple[Template, ...]

    def evaluate(self, scope: Scope) -> Json:
        return [item.evaluate(scope) for item in self.items]


@dataclass(frozen=True, slots=True)
class ObjectOf:
    members: tuple[tuple[str, Template], ...]

    def evaluate(self, scope: Scope) -> Json:
        return {key: member.evaluate(scope) for key, member in self.members}


class Template(Protocol):
    """Gives a value in a scope; may raise QueryFailure."""

    def evaluate(self, scope: Scope) -> Json: ...


def compile_template(value: Json, location: str, path: str, report: Report) -> Template:
    """`location` is the field's name in causes, `path` where it stands in the definition, for problems."""
    if isinstance(value, str):
        return _compile_text(value, location, path, report)
    if isinstance(value, list):
        parts = [compile_template(v, f"{location}[{i}]", f"{path}[{i}]", report) for i, v in enumerate(value)]
        return Constant(value) if _all_constant(parts) else ListOf(tuple(parts))
    if isinstance(value, dict):
        members = {k: compile_template(v, f"{location}/{k}", f"{path}/{k}", report) for k, v in value.items()}
        return Constant(value) if _all_constant(list(members.values())) else ObjectOf(tuple(members.items()))
    return Constant(value)


def _all_constant(parts: list[Template]) -> bool:
    return all(type(part) is Constant for part in parts)


def _compile_text(value: str, location: str, path: str, report: Report) -> Template:
    if not is_expression(value):
        return Constant(value)
    text = body(value)
    short = shortcut(text)
    if short is None:
        _check(text, path, report)
    salt = zlib.crc32(location.encode(errors="replace"))
    return Query(text, location, salt, _ELSEWHERE.search(text) is not None, short)


def _check(text: str, path: str, report: Report) -> None:
    try:
        expression = Expression(text)
    except SyntaxProblem as problem:
        report("INVALID_JSONATA_EXPRESSION", path, f"{problem} (character {problem.offset + 1} of '{text}')")
        return
    for name in expression.stray:
        if name != WHOLE:
            message = f"Reference to '{name}' at the top level is not supported."
            report("UNSUPPORTED_JSONATA_EXPRESSION", path, message)


KIND_OF_VALUE: Mapping[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def json_text(value: Json) -> str:
    return limits.text(value).decode()


def unexpected(template: Template, value: Json, wanted: str, location: str) -> QueryFailure:
    """AWS's words for a field whose expression gave a value of the wrong type."""
    kind = KIND_OF_VALUE[type(value)]
    text = f"returned an unexpected result type. Expected '{wanted}', but was '{kind}' for value: {json_text(value)}"
    if isinstance(template, Query):
        return template.failure(text)
    return QueryFailure(f"The field '{location}' {text}", location)
