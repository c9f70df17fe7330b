"""What a resume or a restart would do, decided from a session's record and checkpoint.

Carrying it out is SessionManager's.
"""

from __future__ import annotations

from bunsui.analysis.checkpoint import Checkpoint, orphans, raised
from bunsui.analysis.shape import Shape
from bunsui.errors import Refused
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.services.views import ResumePlan


def check_ended(session: Session) -> None:
    if not session.status.ended:
        hint = f"Wait for it, or stop it: bunsui session cancel {session.id}"
        raise Refused(f"session {session.id} is {session.status}: only an ended session can be run again", hint)


def check_resumable(session: Session, shapes: tuple[Shape, ...]) -> None:
    check_ended(session)
    if any(shape.raw for shape in shapes):
        hint = f"Run all of it again: bunsui session restart {session.id}"
        raise Refused(f"session {session.id} runs a state machine of its own, which cannot begin in the middle", hint)
    if session.status is SessionStatus.COMPLETED:
        hint = f"Run all of it again: bunsui session restart {session.id}"
        raise Refused(f"session {session.id} is COMPLETED: there is nothing to resume", hint)


def resume_plan(session: Session, shapes: tuple[Shape, ...], known: Checkpoint) -> ResumePlan:
    """Keep everything done. What completed below a failure runs again, at a raised generation."""
    again = orphans(known)
    return ResumePlan(
        session=session.id,
        action="resume",
        execution=len(session.executions),
        reused=tuple(shape.name for shape in shapes if shape.name in known.resume),
        rerun=tuple(shape.name for shape in shapes if shape.name not in known.resume),
        raised=again,
        checkpoint=known,
        generations=raised(session.generations, again),
    )


def restart_plan(session: Session, shapes: tuple[Shape, ...]) -> ResumePlan:
    """Keep nothing: an explicit rerun of every operation. Raising one that is a pipeline raises all of that."""
    everything = tuple(shape.name for shape in shapes)
    return ResumePlan(
        session=session.id,
        action="restart",
        execution=len(session.executions),
        reused=(),
        rerun=everything,
        raised=everything,
        checkpoint=Checkpoint(),
        generations=raised(session.generations, everything),
    )
