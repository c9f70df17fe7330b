"""Whether a session that failed is recovered by itself: a policy's rules, what failed, what was tried before.

Pure; `services.automatic` acts on it. Without rules nothing happens by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bunsui.analysis.ways import Action
from bunsui.model.failure import Category, ErrorAnalysis
from bunsui.model.json import Json

_SAME = 2  # resumes that end in the same failure before it is left alone
_SURE = 0.4  # below this a category is a guess, by two words of a line


@dataclass(frozen=True, slots=True)
class Rule:
    """Times in seconds. `on` without categories: whatever may pass by itself. `budget`: none after so long."""

    on: frozenset[Category] = frozenset()
    max_attempts: int = 3
    interval: float = 30.0
    backoff: float = 2.0
    max_delay: float = 900.0
    budget: float | None = None
    action: Action = Action.RESUME

    def takes(self, failure: ErrorAnalysis) -> bool:
        return failure.category in self.on if self.on else failure.recoverable

    def delay(self, attempt: int) -> float:
        """Before attempt 1, 2, ..."""
        return min(self.max_delay, self.interval * self.backoff ** (attempt - 1))


@dataclass(frozen=True, slots=True)
class Tried:
    """A recovery that a policy began. `at` is when the session had failed before it."""

    at: float
    categories: frozenset[Category]
    fingerprints: frozenset[str]


@dataclass(frozen=True, slots=True)
class Decision:
    """`action` None: a person must look; `why` says it. `delay` in seconds."""

    action: Action | None
    why: str
    delay: float = 0.0
    attempt: int = 0
    of: int = 0


def rules(policy: Json) -> tuple[Rule, ...]:
    """From the pipeline's `recovery` as written: one mapping, or a list of them."""
    written = policy if isinstance(policy, list) else [policy] if policy else []
    return tuple(_rule(one) for one in written if isinstance(one, dict))


def _rule(written: Mapping[str, Any]) -> Rule:
    known = {name: value for name, value in written.items() if name not in ("on", "action")}
    on = frozenset(Category(name) for name in written.get("on", ()))
    return Rule(on=on, action=Action(written.get("action", Action.RESUME)), **known)


def decide(rules: Sequence[Rule], failures: Sequence[ErrorAnalysis], tried: Sequence[Tried], now: float) -> Decision:
    """`failures` are those of the end that is looked at, `tried` what was begun before, the oldest first."""
    if not rules:
        return Decision(None, "")
    if not failures:
        return Decision(None, "nothing is known of why it failed")
    chosen: list[Decision] = []
    for failure in failures:
        found = _of_one(rules, failure, tried, now)
        if found.action is None:
            return found
        chosen.append(found)
    return max(chosen, key=lambda one: one.delay)


def _of_one(rules: Sequence[Rule], failure: ErrorAnalysis, tried: Sequence[Tried], now: float) -> Decision:
    where = failure.operation or "the execution"
    rule = next((one for one in rules if one.takes(failure)), None)
    if rule is None:
        return Decision(None, f"{where} failed ({failure.category}): the policy leaves that to a person")
    if failure.confidence < _SURE and failure.category is not Category.UNKNOWN:
        sure = f"{failure.confidence:.0%} sure"
        return Decision(None, f"{where} failed ({failure.category}, only {sure}): that is left to a person")
    if len(tried) >= _SAME and all(failure.fingerprint in one.fingerprints for one in tried[-_SAME:]):
        return Decision(None, f"{where} failed in the same way after {_SAME} recoveries")
    attempt = 1 + sum(failure.category in one.categories for one in tried)
    if attempt > rule.max_attempts:
        return Decision(
            None, f"{where} failed ({failure.category}) after {attempt - 1} recoveries: no more are allowed"
        )
    delay = rule.delay(attempt)
    if rule.budget is not None and now + delay > (tried[0].at if tried else now) + rule.budget:
        return Decision(None, f"{where} still failed {rule.budget:g} s after the first time: the budget is used up")
    why = f"{where} failed ({failure.category})"
    return Decision(rule.action, why, delay, attempt, rule.max_attempts)
