"""When sessions that wait will probably be admitted, from what sessions of their pipelines usually take. Pure.

The same decision is made again and again while leases end in their usual time; who is admitted is `admission`'s.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from bunsui.analysis.admission import Lease, Pool, Request, admissions

_MOST_ROUNDS = 100  # ends that are looked ahead
_OVERDUE = 0.1  # of its usual time is the least that one that has run for longer is given


def forecast(
    pool: Pool,
    leases: Iterable[Lease],
    queue: Sequence[Request],
    now: float,
    usual: Mapping[str, float],
    busy: Mapping[str, int] | None = None,
) -> dict[str, float]:
    """When each session will be admitted, as far as it can be told: nothing is known of a pipeline's first session."""
    held = {lease.session: lease for lease in leases}
    counted = Counter(lease.pipeline for lease in held.values()) if busy is None else Counter(busy)
    ends = [(_end(lease, now, usual), lease.session) for lease in held.values() if lease.pipeline in usual]
    heapq.heapify(ends)
    left, found = list(queue), dict[str, float]()
    for _ in range(_MOST_ROUNDS):
        if not ends or not left:
            break
        at, session = heapq.heappop(ends)
        ended = held.pop(session)
        counted[ended.pipeline] -= 1
        for one in admissions(pool, held.values(), left, at, counted):
            found[one.session] = at
            held[one.session] = Lease(one.session, one.pipeline, one.owner, one.slots, one.asked, at)
            counted[one.pipeline] += 1
            if one.pipeline in usual:
                heapq.heappush(ends, (at + usual[one.pipeline], one.session))
        left = [one for one in left if one.session not in found]
    return found


def _end(lease: Lease, now: float, usual: Mapping[str, float]) -> float:
    """One that is overdue is given as long again as it is overdue: whatever holds it up is not about to pass."""
    took = usual[lease.pipeline]
    left = lease.admitted + took - now
    return now + (left if left > 0 else max(-left, took * _OVERDUE))
