"""What things may be called, and which names are taken."""

from __future__ import annotations

from bunsui.expressions import BUILT_IN

OPERATION = r"[a-z][a-z0-9_]{0,62}"
PIPELINE = r"[a-z][a-z0-9-]{0,39}"
PARAMETER = r"[a-zA-Z][a-zA-Z0-9_]{0,62}"
VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"  # of an environment

# Every operation is a variable in expressions, so no operation can have the name of another variable or function.
SPECIAL = ("params", "item", "index", "states", "session", "secrets")
RESERVED = frozenset(SPECIAL) | BUILT_IN | {"eval"}
FAN_OUT_MEMBERS = ("items", "succeeded", "failed", "errors")  # of the output of an operation with for_each
REFERENCE = r"(?:env|file|ssm|secretsmanager):.+"
