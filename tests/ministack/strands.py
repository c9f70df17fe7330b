"""Strands of an execution in the mended MiniStack: lines of states, what ends together, events and their order."""

import contextvars
import threading
import time
from dataclasses import dataclass, field

from ministack.services import stepfunctions as sfn

STRAND = contextvars.ContextVar("strand", default=None)
LOCK = threading.RLock()
TICK = 0.02
_ASIDE = ("MapIterationSucceeded", "MapIterationFailed")  # what follows does not follow these
_WHOLE = ("input", "output", "assignedVariables")


class Aborted(Exception):
    """Somebody ended what this strand belongs to."""


@dataclass
class Scope:
    """What ends together: an execution, the branches of a Parallel, the iterations of a Map."""

    above: "Scope | None" = None
    over: bool = False

    def ended(self):
        return self.over or (self.above is not None and self.above.ended())


@dataclass
class Run:
    scope: Scope
    done: dict = field(default_factory=dict)  # by place: output, next state, variables
    entered: set = field(default_factory=set)


@dataclass
class Strand:
    """One line of states. `previous` is the event that the next one follows."""

    execution: dict
    run: Run
    scope: Scope
    previous: int
    told: int = 0  # the last event of all, those aside too

    def emit(self, kind, details=None):
        with LOCK:
            if self.scope.ended():
                raise Aborted
            event = append(self.execution, kind, details, self.previous)
            self.told = event["id"]
            if not kind.startswith(_ASIDE):
                self.previous = event["id"]


def append(execution, kind, details, previous):
    """Nothing is ever cut, and that is said."""
    stamp = sfn.now_iso()
    for told in (details or {}).values():
        told |= {f"{name}Details": {"truncated": False} for name in _WHOLE if name in told}
    event = {"id": len(execution["events"]) + 1, "previousEventId": previous, "type": kind, "timestamp": stamp}
    event |= details or {}
    execution["events"].append(event)
    return event


def add_event(execution, kind, details=None):
    """An event from outside of the walk: an abort, an end."""
    with LOCK:
        return append(execution, kind, details, 0 if kind == "ExecutionAborted" else len(execution["events"]))


def sleep(seconds):
    strand = STRAND.get()
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if strand is not None and strand.scope.ended():
            raise Aborted
        time.sleep(min(left, TICK))


def spawn(target, *given):
    thread = threading.Thread(target=contextvars.copy_context().run, args=(target, *given), daemon=True)
    thread.start()
    return thread
