"""From the YAML of a pipeline file to a Pipeline, or to all its problems. Turning it into a machine is `compiler`."""

from bunsui.definition.parameters import Binding, bind, complaints, parse_cli
from bunsui.definition.schema import json_schema
from bunsui.definition.validation import Found, Resolve, Validation
from bunsui.definition.validator import ConfigValidator

__all__ = [
    "Binding",
    "ConfigValidator",
    "Found",
    "Resolve",
    "Validation",
    "bind",
    "complaints",
    "json_schema",
    "parse_cli",
]
