"""Scores by group, and every miss with its evidence."""

from __future__ import annotations

from collections.abc import Sequence

from bunsui.local.api.trials import Shape
from bunsui.local.conformance.cases import Case, load
from bunsui.local.conformance.comparing import Verdict, compare
from bunsui.local.conformance.world import RUN, observe
from bunsui.model.conformance import Conformance, Miss, Score


def conformance(folder: str, shape: Shape) -> Conformance:
    """Raises NotFound and InvalidInput when no cases lie there."""
    cases = load(folder)
    judged = [(case, _judged(case, shape)) for case in cases if case.api in RUN]
    groups = sorted({case.group for case in cases})
    scores = tuple(_score(group, cases, judged) for group in groups)
    misses = tuple(Miss(case.group, case.id, verdict.why) for case, verdict in judged if not verdict.agrees)
    return Conformance(scores, misses)


def _judged(case: Case, shape: Shape) -> Verdict:
    try:
        return compare(case, observe(case, shape))
    except Exception as error:  # a bug of ours must be seen as a miss, beside all others
        return Verdict(False, None, f"it failed: {error!r}")


def _score(group: str, cases: Sequence[Case], judged: Sequence[tuple[Case, Verdict]]) -> Score:
    verdicts = [verdict for case, verdict in judged if case.group == group]
    return Score(
        group,
        sum(case.group == group for case in cases),
        len(verdicts),
        sum(verdict.final for verdict in verdicts),
        sum(verdict.agrees for verdict in verdicts),
    )
