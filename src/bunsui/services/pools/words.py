"""Why a session waits, in words."""

from __future__ import annotations

from bunsui.analysis.admission import Waiting, Why
from bunsui.services.pools.records import Gate


def reason(gate: Gate, waiting: Waiting) -> str:
    one = waiting.request
    match waiting.why:
        case Why.DRAINED:
            return f"pool {gate.name} is drained: it admits nobody"
        case Why.TOO_LARGE:
            return f"it needs {one.slots} slots and pool {gate.name} has {gate.slots}"
        case Why.LIMIT:
            return f"as many sessions of {one.pipeline} run as may (max_sessions: {one.limit})"
        case Why.KEPT:
            return f"free slots are kept for {waiting.kept_for}, which has waited long"
        case Why.FULL:
            return f"{gate.used} of {gate.slots} slots of pool {gate.name} are taken"
