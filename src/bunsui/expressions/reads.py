"""What an expression reads: variables with the members behind them, and functions. Scopes are followed, types are not.

Validation uses this to find unknown names at their places, and evaluation to bind only what is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bunsui.expressions.tokens import Kind, Token, tokens


class VariableRead(NamedTuple):
    """A variable that the expression does not bind itself, and the members after it: ``$extract.flights``.

    `used`: something is done with the value, which is not just passed on as it is or as a part of something.
    """

    name: str
    offset: int
    members: tuple[str, ...] = ()
    member_offsets: tuple[int, ...] = ()
    used: bool = False


class FunctionCall(NamedTuple):
    name: str
    offset: int


class Field(NamedTuple):
    name: str
    offset: int


class Reads(NamedTuple):
    """In order of the text. `names` are all variables that occur, also those that the expression binds.

    `fields` are names that stand outside any path, and `contexts` the offsets of ``$``, ``$$``, ``*`` and calls
    without arguments: candidates for reading the context, of which Step Functions has none at the top.
    """

    variables: tuple[VariableRead, ...] = ()
    functions: tuple[FunctionCall, ...] = ()
    names: frozenset[str] = frozenset()
    fields: tuple[Field, ...] = ()
    contexts: tuple[int, ...] = ()


@dataclass(slots=True, eq=False, repr=False)
class _Scope:
    """`closes` is the bracket that ends it. Only blocks and function bodies hold bindings of their own.

    `uses`: it is a filter, or what a function is called with: something is done with the values in it.
    """

    closes: str
    holds: bool
    uses: bool = False
    bound: set[str] = field(default_factory=set)
    pending: list[str] = field(default_factory=list)  # bound once the right-hand side is over


_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_FUNCTION = frozenset({"function", "λ"})
_VALUES = frozenset({"true", "false", "null"})
_LOOKS_AT_NONE = frozenset({"exists"})  # of functions: what a value holds is nothing to them
_PASSED_BEFORE = frozenset({"(", "[", "{", ",", ":", ";", "?", ":=", "?:", "??"})
_PASSED_AFTER = frozenset({")", "]", "}", ",", ":", ";", "?:", "??"})
_OF_CONTEXT = frozenset({"each", "sift"})  # with one argument they take the context for the other


def analyse(text: str) -> Reads:
    return _Walk(tuple(tokens(text))).reads()


class _Walk:
    def __init__(self, stream: Sequence[Token]) -> None:
        self.stream = stream
        self.scopes = [_Scope("", True)]
        self.variables: list[VariableRead] = []
        self.functions: list[FunctionCall] = []
        self.names: set[str] = set()
        self.fields: list[Field] = []
        self.contexts: list[int] = []

    def reads(self) -> Reads:
        position = 0
        while position < len(self.stream):
            position = self._step(position)
        return Reads(
            tuple(self.variables),
            tuple(self.functions),
            frozenset(self.names),
            tuple(self.fields),
            tuple(self.contexts),
        )

    def _step(self, position: int) -> int:
        token = self.stream[position]
        if token.kind is Kind.VARIABLE:
            return self._variable(token, position)
        if token.kind is Kind.NAME and token.text in _FUNCTION and self._is(position + 1, "("):
            return self._function_header(position + 2)
        if token.kind is Kind.OPERATOR:
            self._operator(token, position)
        elif token.kind is Kind.WILDCARD and not self._is(position - 1, "."):
            self.contexts.append(token.offset)
        elif token.kind is Kind.NAME and token.text not in _VALUES and not self._is(position - 1, "."):
            self.fields.append(Field(token.text, token.offset))
        return position + 1

    def _operator(self, token: Token, position: int) -> None:
        text = token.text
        if text in _BRACKETS:
            opens = not self._ends_operand(position - 1)  # a block, an array; else a call, a filter
            self.scopes.append(_Scope(_BRACKETS[text], opens and text == "(", not opens and self._uses(position)))
        elif text in {";", ","}:
            self._settle()
        elif len(self.scopes) > 1 and text == self.scopes[-1].closes:
            self._settle()
            self.scopes.pop()

    def _variable(self, token: Token, position: int) -> int:
        name = token.text
        if name in {"", "$"}:
            self.contexts.append(token.offset)
            return position + 1
        self.names.add(name)
        if self._is(position + 1, ":="):
            self._bind(name, position)
        elif self._is(position - 1, "@") or self._is(position - 1, "#"):
            self._holder().bound.add(name)
        elif not self._bound(name):
            self._read(token, position)
        return position + 1

    def _bind(self, name: str, position: int) -> None:
        value = self._at(position + 2)
        if value is not None and value.text in _FUNCTION:
            self._holder().bound.add(name)  # a function may call itself
        else:
            self.scopes[-1].pending.append(name)

    def _read(self, token: Token, position: int) -> None:
        if self._is(position + 1, "("):
            self.functions.append(FunctionCall(token.text, token.offset))
            if self._is(position + 2, ")") or token.text in _OF_CONTEXT:
                self.contexts.append(token.offset)
            return
        members = self._members(position + 1)
        names, offsets = tuple(m.text for m in members), tuple(m.offset for m in members)
        used = not self._passed_on(position, position + 1 + 2 * len(members))
        self.variables.append(VariableRead(token.text, token.offset, names, offsets, used))

    def _uses(self, position: int) -> bool:
        """The bracket there is no call of a function that looks at no value."""
        before = self._at(position - 1)
        return before is None or before.kind is not Kind.VARIABLE or before.text not in _LOOKS_AT_NONE

    def _passed_on(self, position: int, after: int) -> bool:
        """The value between is what its surroundings are, or a part of it."""
        before, behind = self._at(position - 1), self._at(after)
        if before is not None and (before.kind is not Kind.OPERATOR or before.text not in _PASSED_BEFORE):
            return False
        if behind is not None and (behind.kind is not Kind.OPERATOR or behind.text not in _PASSED_AFTER):
            return False
        for scope in reversed(self.scopes):
            if scope.uses or scope.closes == "}":
                return not scope.uses
        return True

    def _members(self, position: int) -> list[Token]:
        found = []
        while self._is(position, ".") and (member := self._at(position + 1)) and member.kind is Kind.NAME:
            found.append(member)
            position += 2
        return found

    def _function_header(self, position: int) -> int:
        """Parameters, perhaps a signature, and the brace that opens the body: a scope that knows the parameters."""
        scope = _Scope("}", True)
        while (token := self._at(position)) is not None and not self._is(position, "{"):
            if token.kind is Kind.VARIABLE:
                scope.bound.add(token.text)
                self.names.add(token.text)
            position += 1
        self.scopes.append(scope)
        return position + 1

    def _settle(self) -> None:
        scope = self.scopes[-1]
        if scope.pending:
            self._holder().bound.update(scope.pending)
            scope.pending.clear()

    def _holder(self) -> _Scope:
        return next(scope for scope in reversed(self.scopes) if scope.holds)

    def _bound(self, name: str) -> bool:
        return any(name in scope.bound for scope in self.scopes)

    def _at(self, position: int) -> Token | None:
        return self.stream[position] if 0 <= position < len(self.stream) else None

    def _is(self, position: int, operator: str) -> bool:
        token = self._at(position)
        return token is not None and token.kind is Kind.OPERATOR and token.text == operator

    def _ends_operand(self, position: int) -> bool:
        token = self._at(position)
        if token is None:
            return False
        return token.kind is not Kind.OPERATOR or token.text in {")", "]", "}"}
