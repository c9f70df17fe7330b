"""JSONata behind one small interface of ours: the language of ``{% ... %}`` as Step Functions runs it.

The engine underneath is named in `expression` and nowhere else.
"""

from bunsui.expressions.errors import EvaluationError, SyntaxProblem, Undefined
from bunsui.expressions.expression import WHOLE, Expression
from bunsui.expressions.functions import BUILT_IN
from bunsui.expressions.reads import FunctionCall, Reads, VariableRead, analyse
from bunsui.expressions.text import body, body_offset, is_expression

__all__ = [
    "BUILT_IN",
    "WHOLE",
    "EvaluationError",
    "Expression",
    "FunctionCall",
    "Reads",
    "SyntaxProblem",
    "Undefined",
    "VariableRead",
    "analyse",
    "body",
    "body_offset",
    "is_expression",
]
