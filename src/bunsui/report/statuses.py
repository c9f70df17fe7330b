"""A glyph and a tone for every status: no status is told by its colour alone."""

from __future__ import annotations

GLYPHS = {
    "COMPLETED": "✔",
    "SUCCEEDED": "✔",
    "REUSED": "↺",
    "RUNNING": "●",
    "RETRYING": "↻",
    "RECOVERING": "↻",
    "WAITING": "◔",
    "QUEUED": "◔",
    "FAILED": "✘",
    "TIMED_OUT": "✘",
    "UPSTREAM_FAILED": "⊘",
    "CANCELLED": "■",
    "ABORTED": "■",
    "CREATED": "○",
    "PENDING": "○",
    "SKIPPED": "–",
}
_TONES = {
    "COMPLETED": "good",
    "SUCCEEDED": "good",
    "REUSED": "kept",
    "RUNNING": "busy",
    "RETRYING": "warn",
    "RECOVERING": "warn",
    "WAITING": "warn",
    "QUEUED": "warn",
    "FAILED": "bad",
    "TIMED_OUT": "bad",
    "UPSTREAM_FAILED": "dull",
    "CANCELLED": "warn",
    "ABORTED": "warn",
}
ORDER = (
    *("FAILED", "UPSTREAM_FAILED", "CANCELLED", "RUNNING", "RETRYING", "WAITING"),
    *("SUCCEEDED", "REUSED", "SKIPPED", "PENDING"),
)


def glyph(status: str) -> str:
    return GLYPHS.get(status, "?")


def tone(status: str) -> str:
    return _TONES.get(status, "idle")


def spoken(status: str) -> str:
    """``upstream failed``"""
    return status.lower().replace("_", " ")
