"""The run of a distributed Map: how it begins, and what failed iterations do to it. Its iterations are frames like
others that tell no events: on AWS they are executions of their own, with histories of their own."""

from __future__ import annotations

import math
from hashlib import md5
from uuid import UUID

from bunsui.asl import errors
from bunsui.asl.language import Map
from bunsui.asl.run import Failed, Gather, Run
from bunsui.asl.state import Frame

EXCEEDED = "The specified tolerated failure threshold was exceeded"


def begin_run(run: Run, frame: Frame, state: Map) -> None:
    id = UUID(md5(f"{run.base.seed}:{frame.id}:{frame.last}".encode(), usedforsecurity=False).hexdigest())
    machine = run.state.machine_arn.replace(":stateMachine:", ":mapRun:")
    run.follow(frame, "MapRunStarted", {"mapRunArn": f"{machine}/{state.label or id.hex}:{id}"})
    queued = run.todo.pop()  # what the Map's own beginning left: its iterations follow this event instead
    assert isinstance(queued, Gather)
    run.todo.append(Gather(frame.id, frame.last))


def tolerated(total: int, count: int | None, percentage: float | None) -> int:
    """How many iterations may fail: both limits hold where both are given."""
    share = None if percentage is None else math.floor(total * percentage / 100)
    return min((limit for limit in (count, share) if limit is not None), default=0)


def iteration_failed(run: Run, parent: Frame) -> Failed | Gather:
    """The Map goes on while no more failed than may."""
    parent.failed += 1
    parent.finished += 1
    if parent.failed <= parent.tolerated:
        return Gather(parent.id, parent.last)
    run.follow(parent, "MapRunFailed", {"error": errors.THRESHOLD, "cause": EXCEEDED})
    return Failed(parent.id, errors.THRESHOLD, EXCEEDED)
