"""Watching a session: the live view on a terminal, a line for each change elsewhere, nothing with --output json.

What is said when it ended is in `ending`; Ctrl-C is here, since it means something only while one watches.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from bunsui.cli import ending, output
from bunsui.cli.alerts import notices
from bunsui.cli.feed import Feed
from bunsui.cli.output import Output
from bunsui.cli.screen import Screen
from bunsui.errors import BunsuiError
from bunsui.services.views import SessionView
from bunsui.text import escape, live, places
from bunsui.text.body import plain
from bunsui.workspace import Workspace

_TICK = 0.1  # seconds between looks at the clock
_INTERVAL = 0.05  # seconds between looks at the session
_SECOND_THOUGHT = 3.0  # seconds in which another Ctrl-C cancels


class HungUp(BaseException):
    """The terminal closed, or somebody asked us to end: as Ctrl-C, but nobody is there to think again."""


Ending = Callable[[Output, Workspace, SessionView], int]


def watch(
    out: Output, workspace: Workspace, session: str, *, timeout: float | None, owner: bool, then: Ending = ending.show
) -> int:
    """Until it ended, `timeout` passed or Ctrl-C; the exit code, which `then` gives at an end.

    As `owner` a second Ctrl-C cancels the session.
    """
    try:
        with _signals():
            view = _follow(out, workspace, session, timeout, owner)
    except (KeyboardInterrupt, HungUp) as reason:
        return _leave(out, workspace, session, owner, gone=isinstance(reason, HungUp))
    if view is None:
        workspace.detach()
        _say_goodbye(out, workspace, session, "still running: it goes on in the background")
        return output.TIMED_OUT
    if out.live:
        out.say()
    code = then(out, workspace, view)
    notices(out, workspace.noticed(), session)
    return code


def _follow(out: Output, workspace: Workspace, session: str, timeout: float | None, owner: bool) -> SessionView | None:
    """The last view, or None when the time was up."""
    deadline = None if timeout is None else time.monotonic() + timeout
    feed = Feed(workspace.sessions.watch(session, interval=_INTERVAL))
    shower = _Redrawn(out) if out.live else _Told(out, owner)
    last: SessionView | None = None
    try:
        while not feed.ended:
            last = feed.next(_TICK) or last
            shower.heed(workspace.trouble())
            if last is not None:
                shower.show(last)
            if deadline is not None and time.monotonic() >= deadline and not (last and live.ended(last)):
                return None
    finally:
        shower.stop()
    return last


def _waits(trouble: str) -> str:
    return f"waiting, nothing is lost: {escape.line(trouble)}" if trouble else ""


class _Redrawn:
    def __init__(self, out: Output) -> None:
        self.out = out
        self.screen = Screen(out.err)
        self.trouble = ""

    def heed(self, trouble: str) -> None:
        self.trouble = trouble

    def show(self, view: SessionView) -> None:
        columns, rows = self.out.size()
        footer = "" if live.ended(view) else "Ctrl-C leaves it running"
        if view.approvals and not live.ended(view):
            footer = f"elsewhere: bunsui session approve {view.session.id}"
        footer = _waits(self.trouble) or footer
        lines = live.frame(view, time.time(), columns - 1, rows - 1, self.out.talk, footer)
        self.screen.show(lines, columns)

    def stop(self) -> None:
        self.screen.keep()


class _Told:
    def __init__(self, out: Output, owner: bool) -> None:
        self.out = out
        self.owner = owner
        self.before: SessionView | None = None
        self.stood = ""  # where in a queue, as it was said last
        self.trouble = ""

    def heed(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            self.out.say(_waits(trouble) or "it goes on")

    def show(self, view: SessionView) -> None:
        if view is self.before:
            return
        if self.before is None and self.owner and not live.ended(view):
            what = "waiting" if view.place else "running"
            self.out.say(f"{view.session.id} is {what}. Come back to it with: bunsui session watch {view.session.id}")
        if view.place and places.short(view.place) != self.stood:
            self.stood = places.short(view.place)
            self.out.say(f"{'':8}  QUEUED  {places.line(view.place, time.time())}")
        for line in live.changes(self.before, view):
            self.out.say(line)
        self.before = view

    def stop(self) -> None:
        pass


def _leave(out: Output, workspace: Workspace, session: str, owner: bool, *, gone: bool) -> int:
    """Detach; another Ctrl-C within the wait cancels."""
    try:
        out.say()
        _say_goodbye(out, workspace, session, "left running in the background" if owner else "no longer watched")
        if owner:
            workspace.detach()
        if owner and not gone and not workspace.context.production:  # to end something there takes its name
            if not out.json:
                out.say(out.talk.dim(f"Ctrl-C again within {_SECOND_THOUGHT:.0f} seconds cancels it."))
            time.sleep(_SECOND_THOUGHT)
    except KeyboardInterrupt:
        _cancel(out, workspace, session)
    except OSError:
        pass  # the terminal is gone: there is nobody to tell
    return output.INTERRUPTED


def _cancel(out: Output, workspace: Workspace, session: str) -> None:
    try:
        ended = workspace.sessions.cancel(session, why="Ctrl-C")
        out.say(f"{session} is {out.talk.status(ended.status)}. To go on from what completed:")
        out.say(f"  bunsui session resume {session}")
    except BunsuiError as error:
        out.fail(error)


def _say_goodbye(out: Output, workspace: Workspace, session: str, what: str) -> None:
    """How to come back; with --output json, the session as it is now."""
    if out.json:
        out.value({"session": plain(workspace.sessions.get(session))})
    out.say(f"{session} is {what}. Come back with:")
    out.say(f"  bunsui session watch {session}")


@contextmanager
def _signals() -> Iterator[None]:
    """While watching, a hang-up or a polite end leaves the session running, as Ctrl-C does."""

    def hang_up(number: int, frame: FrameType | None) -> None:
        raise HungUp

    before = {number: signal.signal(number, hang_up) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
