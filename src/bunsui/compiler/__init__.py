"""Pipeline to state machine."""

from bunsui.compiler.machine import compile_pipeline

__all__ = ["compile_pipeline"]
