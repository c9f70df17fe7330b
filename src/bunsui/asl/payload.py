"""Payload templates of JSONPath states: fields whose names end in ``.$`` hold a path or an intrinsic function. Compiled
once, evaluated often; paths themselves are in `expressions.paths`, the functions in `intrinsics`."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from bunsui.asl import errors, intrinsics
from bunsui.asl.template import Constant, Report, Scope, Template, json_text
from bunsui.expressions import SyntaxProblem
from bunsui.expressions.paths import NoValue, Path, path
from bunsui.model.json import Json

_VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
_CALL = re.compile(r"\s*States\.([A-Za-z0-9]+)\s*\(")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_WORDS = {"true": True, "false": False, "null": None}
_DEEPEST = 10  # calls within calls; AWS's limit
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class PathFailure(Exception):
    """States.Runtime or States.IntrinsicFailure; what AWS says after its opening."""

    def __init__(self, message: str, error: str = errors.RUNTIME) -> None:
        super().__init__(message)
        self.message = message
        self.error = error


@dataclass(frozen=True, slots=True)
class Reference:
    """A path in the state's own data, in the context object (``$$.``) or in a variable (``$name.``)."""

    text: str
    path: Path
    context: bool = False
    variable: str | None = None

    def value(self, scope: Scope) -> Json:
        """Raises NoValue."""
        if self.context:
            return self.path.value(scope.with_context()["context"])
        if self.variable is None:
            return self.path.value(scope.root)
        if self.variable not in scope.variables:
            raise NoValue(f"Variable {self.variable} is not defined")
        return self.path.value(scope.variables[self.variable])

    def evaluate(self, scope: Scope) -> Json:
        try:
            return self.value(scope)
        except NoValue as missing:
            raise PathFailure(f"Invalid path '{self.text}' : {missing}") from None


def reference(text: str) -> Reference:
    """Raises SyntaxProblem."""
    if text.startswith("$$"):
        return Reference(text, path(text[1:]), context=True)
    found = _VARIABLE.match(text)
    if found:
        return Reference(text, path("$" + text[found.end() :]), variable=found[1])
    return Reference(text, path(text))


@dataclass(frozen=True, slots=True)
class Field:
    """A field ``name.$``. `evaluate` tells AWS's words for a path that leads nowhere."""

    name: str
    query: Reference | Call

    def evaluate(self, scope: Scope) -> Json:
        if isinstance(self.query, Call):
            return self.query.evaluate(scope)
        try:
            return self.query.value(scope)
        except NoValue:
            given = json_text(scope.with_context()["context"] if self.query.context else scope.root)
            message = f"The JSONPath '{self.query.text}' specified for the field '{self.name}' could not be found in the input '{given}'"  # noqa: E501
            raise PathFailure(message) from None


@dataclass(frozen=True, slots=True)
class Call:
    """An intrinsic function and its arguments."""

    text: str
    name: str
    arguments: tuple[Template | Reference | Call, ...]

    def evaluate(self, scope: Scope) -> Json:
        values = [argument.evaluate(scope) for argument in self.arguments]
        function = intrinsics.FUNCTIONS[self.name][0]
        try:
            return function(lambda: scope.seed() ^ zlib.crc32(self.text.encode(errors="replace")), *values)
        except intrinsics.Refused as refused:
            message = f"The function '{self.text}' had the following error: {refused}"
            raise PathFailure(message, errors.INTRINSIC) from None


@dataclass(frozen=True, slots=True)
class ObjectOf:
    members: tuple[tuple[str, Template], ...]

    def evaluate(self, scope: Scope) -> Json:
        return {key: member.evaluate(scope) for key, member in self.members}


@dataclass(frozen=True, slots=True)
class ListOf:
    items: tuple[Template, ...]

    def evaluate(self, scope: Scope) -> Json:
        return [item.evaluate(scope) for item in self.items]


def compile_payload(value: Json, place: str, report: Report) -> Template:
    """`place` is where it stands in the definition, for problems."""
    if isinstance(value, list):
        parts = [compile_payload(item, f"{place}[{index}]", report) for index, item in enumerate(value)]
        return Constant(value) if all(isinstance(part, Constant) for part in parts) else ListOf(tuple(parts))
    if not isinstance(value, dict):
        return Constant(value)
    members = [_member(key, item, place, report) for key, item in value.items()]
    if all(isinstance(part, Constant) for _, part in members):
        return Constant(value)
    return ObjectOf(tuple(members))


def _member(key: str, value: Json, place: str, report: Report) -> tuple[str, Template]:
    if not key.endswith(".$"):
        return key, compile_payload(value, f"{place}/{key}", report)
    made = field(key, value, place, report)
    return key.removesuffix(".$"), made or Constant(None)


def field(key: str, value: Json, place: str, report: Report) -> Field | None:
    """What a field ``name.$`` says; None after it was reported."""
    try:
        if not isinstance(value, str):
            raise SyntaxProblem("it must be a string")
        return Field(key, query(value))
    except SyntaxProblem:
        message = f"The value for the field '{key}' must be a valid JSONPath or a valid intrinsic function call"
        report("SCHEMA_VALIDATION_FAILED", place, message)
        return None


def query(text: str) -> Reference | Call:
    """A path or a call. Raises SyntaxProblem."""
    if text.startswith("$"):
        return reference(text)
    reader = _Reader(text)
    call = reader.call(0)
    reader.space()
    if reader.at != len(text):
        raise SyntaxProblem("there is something behind the call", reader.at)
    return call


class _Reader:
    """Reads calls, from the left to the right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def space(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def call(self, depth: int) -> Call:
        found = _CALL.match(self.text, self.at)
        if found is None or found[1] not in intrinsics.FUNCTIONS or depth >= _DEEPEST:
            raise SyntaxProblem("no intrinsic function", self.at)
        start, self.at = self.at, found.end()
        arguments: list[Template | Reference | Call] = []
        self.space()
        while not self.takes(")"):
            if arguments:
                self.demand(",")
            arguments.append(self.argument(depth))
            self.space()
        _, least, most = intrinsics.FUNCTIONS[found[1]]
        if not least <= len(arguments) <= most:
            raise SyntaxProblem(f"States.{found[1]} takes another number of arguments", start)
        plain = 1 if found[1] == "Format" else 0
        made = (*arguments[:plain], *(_unescaped(argument) for argument in arguments[plain:]))
        return Call(self.text[start : self.at].strip(), found[1], made)

    def takes(self, character: str) -> bool:
        taken = self.text.startswith(character, self.at)
        self.at += taken
        return taken

    def demand(self, character: str) -> None:
        if not self.takes(character):
            raise SyntaxProblem(f"{character} is missing", self.at)

    def argument(self, depth: int) -> Template | Reference | Call:
        self.space()
        if self.text.startswith("'", self.at):
            return Constant(self.quoted())
        if self.text.startswith("States.", self.at):
            return self.call(depth + 1)
        if self.text.startswith("$", self.at):
            return self.read_path()
        return self.constant()

    def quoted(self) -> str:
        """A backslash escapes; of braces it stays, for Format to take away."""
        self.at += 1
        parts: list[str] = []
        while self.at < len(self.text):
            character = self.text[self.at]
            self.at += 1
            if character == "'":
                return "".join(parts)
            if character == "\\":
                parts.append(self.escaped())
            else:
                parts.append(character)
        raise SyntaxProblem("a quote is missing", self.at)

    def escaped(self) -> str:
        character = self.text[self.at : self.at + 1]
        self.at += 1
        if character in ("{", "}", "\\"):
            return f"\\{character}"
        if character != "'":
            raise SyntaxProblem("an unknown escape", self.at)
        return character

    def read_path(self) -> Reference:
        start, brackets, quote = self.at, 0, ""
        while self.at < len(self.text):
            character = self.text[self.at]
            if quote:
                quote = "" if character == quote else quote
            elif character in "'\"":
                quote = character
            elif character in "[(":
                brackets += 1
            elif character in "])":
                if not brackets:
                    break
                brackets -= 1
            elif character == "," and not brackets:
                break
            self.at += 1
        return reference(self.text[start : self.at].strip())

    def constant(self) -> Template:
        number = _NUMBER.match(self.text, self.at)
        if number:
            self.at = number.end()
            return Constant(float(number[0]) if number[1] or number[2] else int(number[0]))
        for word, value in _WORDS.items():
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return Constant(value)
        raise SyntaxProblem("no argument", self.at)


def _unescaped(argument: Template | Reference | Call) -> Template | Reference | Call:
    """Only the template of Format knows escaped braces."""
    if isinstance(argument, Constant) and isinstance(argument.value, str):
        return Constant(_ESCAPED.sub(r"\1", argument.value))
    return argument


Read = Callable[[Json], Json]


@dataclass(frozen=True, slots=True)
class Number:
    """A field such as SecondsPath, which refers to a number of a kind."""

    name: str
    query: Reference
    kind: str
    read: Read  # None: it is no such number
    words: str  # how AWS tells that it is none: of the field, the value, the kind, the path

    def evaluate(self, scope: Scope) -> Json:
        try:
            value = self.query.value(scope)
        except NoValue:
            message = f"The {self.name} parameter does not reference an input value: {self.query.text}"
            raise PathFailure(message) from None
        if (read := self.read(value)) is not None:
            return read
        shown = value if isinstance(value, str) else json_text(value)
        raise PathFailure(self.words.format(name=self.name, value=shown, kind=self.kind, path=self.query.text))
