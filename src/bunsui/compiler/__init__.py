"""Pipeline to state machine, and what that machine will cost."""

from bunsui.compiler.forecast import forecast, recount
from bunsui.compiler.liveness import still_read
from bunsui.compiler.machine import compile_pipeline
from bunsui.compiler.places import Origin, places

__all__ = ["Origin", "compile_pipeline", "forecast", "places", "recount", "still_read"]
