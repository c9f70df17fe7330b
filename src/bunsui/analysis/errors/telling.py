"""An analysis in words that every face uses: what failed, and a retry rule as it stands in a pipeline file."""

from __future__ import annotations

import json
import re

from bunsui.model import words
from bunsui.model.failure import ErrorAnalysis
from bunsui.model.pipeline import Jitter, Retry
from bunsui.model.visible import line

_PLAIN = re.compile(r"[A-Za-z_][\w.]*")


def what(one: ErrorAnalysis) -> str:
    """``load``, ``double[3]``, ``double[3] and 4 more items``, or the session itself."""
    if not one.operation:
        return "the execution itself"
    item = "" if one.item is None else f"[{one.item}]"
    return one.operation + item + (f" and {words.counted(one.alike - 1, 'more item')}" if one.alike > 1 else "")


def retry_yaml(retry: Retry) -> str:
    """As it stands in a pipeline file, on one line."""
    parts = [
        f"on: [{', '.join(_name(name) for name in retry.on)}]",
        f"max_attempts: {retry.max_attempts}",
        f"interval: {retry.interval}s",
        f"backoff: {words.number(retry.backoff)}",
    ]
    if retry.max_delay is not None:
        parts.append(f"max_delay: {retry.max_delay}s")
    if retry.jitter is not Jitter.NONE:
        parts.append(f"jitter: {retry.jitter}")
    return f"retry: {{{', '.join(parts)}}}"


def _name(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else line(json.dumps(name))
