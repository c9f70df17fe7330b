"""What can be wrong with an expression. The state machine's own error names are made from these in `asl`."""

from __future__ import annotations


class SyntaxProblem(ValueError):
    """The text is not an expression. `offset` counts characters from the start of the expression's body."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.location = ""  # where in a template the expression stands, such as /Payload/with/month


class EvaluationError(Exception):
    """The expression has no value. `location` is where it stands in a template, such as ``/Payload/with/month``."""

    def __init__(self, message: str, text: str = "", location: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.text = text
        self.location = location


class Undefined(EvaluationError):
    """The expression's result is nothing, which JSON cannot say."""
