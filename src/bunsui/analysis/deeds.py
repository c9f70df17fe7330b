"""Ways out as a person says them: to be done, done by somebody, or not possible. Pure.

What a way out would run is worked out in `recovery`.
"""

from __future__ import annotations

from collections.abc import Sequence

from bunsui.analysis.ways import Action, Way

_DO = {
    Action.REDRIVE: "redrive {session}",
    Action.RESUME: "resume {session}",
    Action.EDITED: "resume {session} with the edited pipeline",
    Action.FROM: "restart {session} from {names}",
    Action.RERUN: "rerun {names} of {session}",
    Action.SKIP: "skip {names} of {session}",
    Action.RESTART: "restart {session}",
    Action.CANCEL: "cancel {session}",
}
_DONE = {
    Action.REDRIVE: "redriven",
    Action.RESUME: "resumed",
    Action.EDITED: "resumed with the edited pipeline",
    Action.FROM: "restarted from {names}",
    Action.RERUN: "resumed, rerunning {names}",
    Action.SKIP: "resumed, skipping {names}",
    Action.RESTART: "restarted",
    Action.CANCEL: "cancelled",
}


_CANNOT = _DONE | {Action.RERUN: "resumed by rerunning {names}", Action.SKIP: "resumed by skipping {names}"}


def to_do(way: Way) -> str:
    """``restart night from load``"""
    return _DO[way.action].format(session=way.session, names=_named(way.names))


def done(action: str, names: Sequence[str], who: str) -> str:
    """``resumed by ada``, ``restarted from load by ada``"""
    return f"{_DONE[Action(action)].format(names=_named(names))} by {who}"


def not_possible(way: Way) -> str:
    """``session night cannot be resumed: it is COMPLETED, so that there is nothing to resume``"""
    return f"session {way.session} cannot be {_CANNOT[way.action].format(names=_named(way.names))}: {way.why}"


def _named(names: Sequence[str]) -> str:
    return ", ".join(names) or "an operation"
