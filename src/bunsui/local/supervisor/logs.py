"""The log of one attempt on this machine: what is told of it in each line, and where its chunks lie.

How bytes become lines is in `task.attempt_log`, how chunks are stored in `chunks`.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from bunsui.local.supervisor.chunks import Chunks
from bunsui.local.supervisor.spill import Spill
from bunsui.model.json import Json
from bunsui.model.log import attempt_prefix
from bunsui.task import attempt_log
from bunsui.task.redaction import Redactor


class AttemptLog(attempt_log.AttemptLog):
    def __init__(self, context: Mapping[str, Json], redact: Redactor, spill: Spill) -> None:
        chunks = Chunks(_prefix(context), spill)
        super().__init__(_constant_part(context), redact, chunks, orjson.dumps, orjson.loads)


def _prefix(context: Mapping[str, Json]) -> str:
    item = context.get("item")
    operation = _safe(str(context.get("operation", "")))
    return attempt_prefix(
        _safe(str(context["session"])),
        operation,
        item if isinstance(item, int) else None,
        _safe(str(context["attempt"])),
    )


def _safe(name: str) -> str:
    """States of a raw machine may have any name: none leads out of the log's folder."""
    name = name.replace("/", "%2F").replace("\0", "%00")
    return "%2E" + name[1:] if name.startswith(".") else name


def _constant_part(context: Mapping[str, Json]) -> bytes:
    names = ("session", "operation", "item", "attempt")
    return orjson.dumps({name: context.get(name) for name in names})[1:-1]
