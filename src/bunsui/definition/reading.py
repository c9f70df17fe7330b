"""What is gathered while a file is read: problems, and where expressions stand. The shapes are in `shapes`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

from bunsui.definition.reader import Document
from bunsui.definition.tree import Node, Scalar, describe, scalars
from bunsui.expressions import is_expression
from bunsui.model.json import Json
from bunsui.model.problem import Place, Problem, Severity

MAX_PROBLEMS = 200


class Invalid(Enum):
    INVALID = auto()


INVALID: Final = Invalid.INVALID  # what a shape gives for a node that does not fit; it has reported why

EXPRESSION_SCHEMA: dict[str, Json] = {"type": "string", "pattern": r"^\s*\{%[\s\S]*%\}\s*$"}


@dataclass(slots=True, eq=False, repr=False)
class Reading:
    """What is gathered while a file is read."""

    document: Document
    problems: list[Problem] = field(default_factory=list)
    dynamic: set[int] = field(default_factory=set)  # ids of the scalars that are expressions, where they may be
    switches: set[int] = field(default_factory=set)  # ids of the scalars where on and off are meant

    def place(self, node: Node) -> Place:
        return Place(self.document.file, node.line + 1, node.column + 1)

    def report(self, node: Node, message: str, hint: str = "", severity: Severity = Severity.ERROR) -> None:
        self.add(self.problem(node, message, hint, severity))

    def problem(self, node: Node, message: str, hint: str = "", severity: Severity = Severity.ERROR) -> Problem:
        return Problem(self.place(node), message, hint, severity)

    def add(self, problem: Problem) -> None:
        if not self.full:
            self.problems.append(problem)

    @property
    def full(self) -> bool:
        """Nobody reads more problems than this: looking for others is a waste of time."""
        return len(self.problems) >= MAX_PROBLEMS

    def unfit(self, node: Node, path: str, expected: str, hint: str = "") -> Invalid:
        if isinstance(node, Scalar) and node.surprise and id(node) not in self.switches:
            self.switches.add(id(node))
            self.report(node, f"{path}: {node.surprise.message}", node.surprise.hint)
        else:
            self.report(node, f"{path}: expected {expected}, not {describe(node)}.", hint)
        return INVALID

    def surprises(self, root: Node) -> None:
        """Report what readers of YAML would read differently, except where on and off are meant."""
        for node in scalars(root):
            if node.surprise and id(node) not in self.switches:
                self.switches.add(id(node))
                self.report(node, node.surprise.message, node.surprise.hint)


def expression_text(node: Node) -> str | None:
    """The string with its braces, without blanks around them (block scalars end with a line break)."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return None
    text = node.text.strip()
    return text if is_expression(text) else None


def take_expression(found: str, node: Node, reading: Reading, path: str, allowed: bool) -> Any:
    if allowed:
        reading.dynamic.add(id(node))
        return found
    hint = "Hand computed values to the task through 'with'."
    reading.report(node, f"{path}: an expression cannot stand here.", hint)
    return INVALID


def half_expression(node: Scalar, reading: Reading, path: str) -> bool:
    """An expression is the whole string or nothing: in the middle of a text nobody evaluates it."""
    if "{%" not in node.text:
        return False
    hint = "Join texts inside the expression: \"{% 'a' & $params.b %}\"."
    reading.report(node, f"{path}: '{{% ... %}}' must be the whole text, from its first character to its last.", hint)
    return True
