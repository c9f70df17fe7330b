"""Recorded executions of Step Functions, run here on a virtual clock and compared: what `bunsui conformance` does.

How a case is written: `cases`. The world around the interpreter: `world`. What counts as the same: `comparing`."""
