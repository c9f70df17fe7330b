"""What is said of a session that goes on, or waits, without anybody watching."""

from __future__ import annotations

import time

from bunsui.cli import output
from bunsui.cli.output import Output
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.text import places, reasons
from bunsui.text.body import plain
from bunsui.workspace import Workspace


def detach(out: Output, opened: Workspace, session: Session) -> int:
    """Leave it to the background: its id as data, and where it stands."""
    place = opened.sessions.pools.place(session) if session.status is SessionStatus.QUEUED else None
    opened.detach()
    if out.json:
        out.value({"session": plain(session), **({"place": plain(place)} if place else {})})
        return output.DONE
    out.data(session.id)
    if session.status.ended:
        out.say(f"It is {session.status}{f': {reasons.whole(session)}' if session.reason else ''}")
        return output.DONE
    if place:
        out.say(f"It waits, {places.line(place, time.time())}")
    what = "It starts by itself" if place else "It runs in the background"
    out.say(out.talk.dim(f"{what}: bunsui session watch {session.id}"))
    return output.DONE
