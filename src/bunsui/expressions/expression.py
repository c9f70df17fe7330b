"""A compiled expression: JSONata as Step Functions runs it, bounded and repeatable. Its text is analysed in `reads`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import jlens
import orjson

from bunsui.expressions import functions
from bunsui.expressions.errors import EvaluationError, SyntaxProblem, Undefined
from bunsui.expressions.reads import Reads, analyse
from bunsui.model.json import Json

# Against endless loops, deep recursion and strings that double. The time-out is the last resort: steps come first.
_MAX_STEPS = 1_000_000
_MAX_DEPTH = 500
_MAX_STRING = 4 << 20
_MAX_ARRAY = 200_000
_MAX_RESULT = 16 << 20
_TIMEOUT = 3.0

# Variables travel in the input document, whose fields are read lazily: a binding is converted whole each time
# (93 against 2 microseconds for a bag of 12 KB). No field of an expression can be spelt like this.
_PREFIX = "\u0001"
WHOLE = "$"
_FAILURES = (functions.FunctionError, TypeError, RecursionError, UnicodeError, OverflowError)
_NOTHING: dict[str, Json] = {}


class Expression:
    """The body of an expression, without its braces. Compiled texts are kept, so making one again is cheap."""

    __slots__ = ("_program", "text")

    def __init__(self, text: str) -> None:
        """Raises SyntaxProblem."""
        self.text = text
        self._program = _compile(text)

    @property
    def reads(self) -> Reads:
        return self._program.reads

    @property
    def stray(self) -> tuple[str, ...]:
        """What it reads of the context, which Step Functions does not have: field names, or WHOLE."""
        return self._program.stray

    def evaluate(
        self,
        states: Json = None,
        variables: Mapping[str, Json] = _NOTHING,
        *,
        now: float = 0.0,
        seed: int = 0,
    ) -> Json:
        """The value, with `states` as ``$states``. `now` is in seconds since the epoch.

        The same arguments always give the same value. Raises EvaluationError; Undefined when there is no value.
        """
        return self._program.evaluate(states, variables, round(now * 1000), seed)


@dataclass(slots=True, eq=False, repr=False)
class _Program:
    text: str
    reads: Reads
    seeded: bool
    stray: tuple[str, ...]
    forms: dict[tuple[str, ...], _Form] = field(default_factory=dict)

    def evaluate(self, states: Json, variables: Mapping[str, Json], now: int, seed: int) -> Json:
        names = tuple(name for name in variables if name in self.reads.names) if variables else ()
        form = self.forms.get(names)
        if form is None:
            form = self.forms[names] = self._form(names)
        document: dict[str, Json] = {_PREFIX + name: variables[name] for name in names}
        document[_PREFIX + "states"] = states
        value = self._run(form, form.value, document, now, seed)
        if value is None and not self._run(form, form.boxed, document, now, seed):
            raise Undefined("the expression returned nothing (undefined)", self.text)
        if complaint := _unwritable(value):
            raise EvaluationError(f"the result {complaint}", self.text)
        return value

    def _form(self, names: tuple[str, ...]) -> _Form:
        bound = [*names, "states"] if "states" in self.reads.names else list(names)
        by_binding = WHOLE in self.stray
        prefix = "" if by_binding else "".join(f"${name}:=`{_PREFIX}{name}`;" for name in bound)
        value = _engine(f"({prefix}({self.text}\n))", self.reads)
        boxed = _engine(f"({prefix}{{'v':({self.text}\n)}})", self.reads)
        return _Form(value, boxed, by_binding)

    def _run(self, form: _Form, engine: jlens.Expression, document: dict[str, Json], now: int, seed: int) -> Json:
        bindings: dict[str, Any] | None = functions.seeded(seed) if self.seeded else None
        if form.by_binding:
            bindings = {name.removeprefix(_PREFIX): value for name, value in document.items()} | (bindings or {})
        try:
            value: Json = engine.evaluate(
                None if form.by_binding else document,
                bindings,
                timeout=_TIMEOUT,
                max_depth=_MAX_DEPTH,
                max_steps=_MAX_STEPS,
                max_string_length=_MAX_STRING,
                max_array_length=_MAX_ARRAY,
                max_result_size=_MAX_RESULT,
                now=now,
                seed=seed & 0xFFFF_FFFF_FFFF_FFFF,
            )
        except jlens.JlensError as error:
            raise EvaluationError(f"{error.code}: {error}", self.text) from None
        except _FAILURES as error:
            raise EvaluationError(str(error), self.text) from None
        return value


def _unwritable(value: Json) -> str:
    """Why the value has no JSON text that every reader takes; empty for nearly all."""
    if type(value) not in (dict, list, str):
        return ""
    try:
        orjson.dumps(value)
    except TypeError as error:
        if "Recursion" in str(error):
            return "is nested more than 254 levels deep"
        if "surrogate" in str(error):
            return "has text that is not Unicode (half of a character)"
    return ""


class _Form(NamedTuple):
    """A program for one set of bound variables. `boxed` gives an empty object when `value` gives nothing."""

    value: jlens.Expression
    boxed: jlens.Expression
    by_binding: bool  # slow, for the rare text that looks at the context: there it must find none


def _engine(text: str, reads: Reads) -> jlens.Expression:
    expression = jlens.Expression(text)
    for name in reads.names & functions.PURE.keys():
        expression.register_function(name, *functions.PURE[name])
    return expression


@lru_cache(maxsize=8192)
def _compile(text: str) -> _Program:
    try:
        jlens.Expression(text)  # alone first: wrapped, "1) + (2" would pass
    except jlens.JlensError as error:
        raise SyntaxProblem(_clean(str(error)), _offset(error, text)) from None
    reads = analyse(text)
    used = [(read.name, read.offset) for read in reads.variables] + [
        (call.name, call.offset) for call in reads.functions
    ]
    for name, offset in used:
        if name in functions.ABSENT:
            raise SyntaxProblem(f"Step Functions has no ${name}", offset)
    return _Program(text, reads, bool(reads.names & functions.SEEDED), _stray(_engine(text, reads), reads))


def _stray(engine: jlens.Expression, reads: Reads) -> tuple[str, ...]:
    read = engine.reads(dict(functions.seeded(0))).get("input", {})
    if read is not True:
        return tuple(read)
    # The engine's answer for a call of a local function is "everything"; the text knows better.
    return (WHOLE,) if reads.contexts else tuple(field.name for field in reads.fields)


def _offset(error: jlens.JlensError, text: str) -> int:
    place = error.start if error.start is not None else error.position
    return min(place or 0, max(len(text) - 1, 0))


def _clean(message: str) -> str:
    return message.rstrip(".")
