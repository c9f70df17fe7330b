"""What can be wrong with an expression. The state machine's own error names are made from these in `asl`."""

from __future__ import annotations


class SyntaxProblem(ValueError):
    """The text is not an expression. `offset` counts characters from the start of the expression's body."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class EvaluationError(Exception):
    """The expression has no value."""

    def __init__(self, message: str, text: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.text = text


class Undefined(EvaluationError):
    """The expression's result is nothing, which JSON cannot say."""
