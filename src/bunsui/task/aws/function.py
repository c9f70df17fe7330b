"""What Lambda is told to call: `bunsui.task.aws.function.handler`. What it does is in `bootstrap`."""

from __future__ import annotations

from bunsui.task.aws.bootstrap import handler

__all__ = ["handler"]
