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
    Action.REDRIVE: "redriven by {who}",
    Action.RESUME: "resumed by {who}",
    Action.EDITED: "resumed by {who} with the edited pipeline",
    Action.FROM: "restarted from {names} by {who}",
    Action.RERUN: "resumed by {who}, rerunning {names}",
    Action.SKIP: "resumed by {who}, skipping {names}",
    Action.RESTART: "restarted by {who}",
    Action.CANCEL: "cancelled by {who}",
}
_CANNOT = {
    Action.REDRIVE: "redriven",
    Action.RESUME: "resumed",
    Action.EDITED: "resumed with the edited pipeline",
    Action.FROM: "restarted from {names}",
    Action.RERUN: "resumed by rerunning {names}",
    Action.SKIP: "resumed by skipping {names}",
    Action.RESTART: "restarted",
    Action.CANCEL: "cancelled",
}


def to_do(way: Way) -> str:
    """``restart night from load``"""
    return _DO[way.action].format(session=way.session, names=_named(way.names))


def done(action: str, names: Sequence[str], who: str) -> str:
    """``resumed by ada``, ``restarted from load by ada``"""
    return _DONE[Action(action)].format(names=_named(names), who=who)


def not_possible(way: Way) -> str:
    """``session night cannot be resumed: it is COMPLETED, so that there is nothing to resume``"""
    return f"session {way.session} cannot be {_CANNOT[way.action].format(names=_named(way.names))}: {way.why}"


def _named(names: Sequence[str]) -> str:
    return ", ".join(names) or "an operation"
