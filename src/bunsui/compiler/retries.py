"""Retry rules in the language's words. Everything that counts tries is turned into what counts retries here."""

from __future__ import annotations

from bunsui.model.json import Json
from bunsui.model.pipeline import ApprovalTask, Jitter, Operation, Retry

REJECTED = "Bunsui.Rejected"
_ALL = "States.ALL"


def retries(operation: Operation) -> list[Json]:
    """States.ALL must stand alone and last. A person's refusal is never asked again."""
    never: list[Json] = []
    if isinstance(operation.task, ApprovalTask):
        never.append({"ErrorEquals": [REJECTED], "MaxAttempts": 0})
    return [*never, *(_retry(rule) for rule in sorted(operation.retry, key=lambda rule: _ALL in rule.on))]


def _retry(rule: Retry) -> Json:
    errors: list[Json] = [_ALL] if _ALL in rule.on else list(rule.on)
    found: dict[str, Json] = {
        "ErrorEquals": errors,
        "IntervalSeconds": max(1, rule.interval),
        "MaxAttempts": max(0, rule.max_attempts - 1),
        "BackoffRate": rule.backoff,
    }
    if rule.max_delay is not None:
        found["MaxDelaySeconds"] = rule.max_delay
    if rule.jitter is Jitter.FULL:
        found["JitterStrategy"] = "FULL"
    return found
