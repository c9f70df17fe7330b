"""Several sessions at once: marking them, one preview of what would be done, and doing it one after the other."""

from __future__ import annotations

import shlex
from abc import abstractmethod
from collections.abc import Iterator, Sequence

from bunsui.model.session import Session
from bunsui.services.views import Action, Way
from bunsui.text import escape, width, words
from bunsui.text.language import _, mark, plural
from bunsui.text.said import said
from bunsui.tui import doing
from bunsui.tui.home import jobs
from bunsui.tui.home.jobs import Plans
from bunsui.tui.home.table import SessionRows
from bunsui.tui.messages import Done, Failed
from bunsui.tui.paint import STYLE
from bunsui.tui.screen import View
from bunsui.tui.widgets.asking import Confirm, Pick

_ABLE = {  # as with `session recover --status`
    Action.RESUME: mark("keep what completed, run the rest"),
    Action.REDRIVE: mark("the same execution goes on from what was cut off"),
    Action.EDITED: mark("resume with the pipeline as it is written now"),
    Action.RESTART: mark("from nothing"),
}
_SHOWN = 12  # of them in a question
_COMMANDS = 3


class Many(View):
    """Of the home screen: the part that acts on the marked sessions, or on the cursor's."""

    def __init__(self) -> None:
        super().__init__()
        self.marked: dict[str, None] = {}  # in the order in which they were marked
        self.doing = ""  # what is being done to several, for the note
        self._all, self._left, self._failed = 0, 0, 0
        self._action = Action.RESUME
        self._rest: list[Way] = []  # that are not begun yet
        self._looking = 0  # which look at several is wanted; any other is given up

    @property
    @abstractmethod
    def rows(self) -> SessionRows:
        """The list."""

    @abstractmethod
    def session(self, id: str) -> Session | None:
        """As it was read last."""

    @abstractmethod
    def _note(self) -> None:
        """Say anew what stands below the list."""

    # Marks

    def action_mark(self) -> None:
        key = self.rows.key
        if key is None:
            return
        if key in self.marked:
            del self.marked[key]
        else:
            self.marked[key] = None
        self.rows.action_move(1)
        self.rows.redraw()
        self._note()

    def action_mark_all(self) -> None:
        every = dict.fromkeys(self.rows.keys)
        self.marked = {} if self.marked.keys() >= every.keys() else every
        self.rows.redraw()
        self._note()

    def unmark(self) -> None:
        self.marked = {}
        self.rows.redraw()
        self._note()

    # Recovering

    def action_recover(self) -> None:
        if self.marked:
            ways = {str(one): f"{one:<9} {_(what)}" for one, what in _ABLE.items()}
            title = plural("recover {count} session: how?", "recover {count} sessions: how?", len(self.marked))
            self.app.push_screen(Pick(title, ways), self._picked)
        elif self.rows.key:
            self.bunsui.go("recover", self.rows.key)

    def _picked(self, action: str | None) -> None:
        if action is not None:
            self._plan(tuple(self.marked), Action(action))

    def action_cancel(self) -> None:
        wanted = tuple(self.marked) or ((self.rows.key,) if self.rows.key else ())
        if wanted:
            self._plan(wanted, Action.CANCEL)

    def _plan(self, ids: Sequence[str], action: Action) -> None:
        self.doing = plural("looking at {count} session ...", "looking at {count} sessions ...", len(ids))
        self._note()
        self._looking += 1
        number = self._looking
        self.loader.do(self, "plan", jobs.plans(ids, action, lambda: self._looking == number))

    def on_plans(self, told: Plans) -> None:
        """One preview of all of them."""
        self.doing = ""
        self._note()
        if not told.ways:
            named = {why: None for _id, why in told.without}
            self.complain(said(next(iter(named), "")) or _("nothing can be done"))
            return
        count = len(told.ways)
        title = _("{action} {sessions}").format(
            action=told.action, sessions=plural("{count} session", "{count} sessions", count)
        )
        self.app.push_screen(Confirm(title, list(preview(told)), str(told.action)), lambda sure: self._do(told, sure))

    def _do(self, told: Plans, sure: bool | None) -> None:
        if not sure:
            return
        self._all = self._left = len(told.ways)
        self._failed = 0
        self._action, self._rest = told.action, list(told.ways)
        self.marked = {}
        self._progress(str(told.action))
        self._begin_next()

    def _begin_next(self) -> None:
        """One after the other, so that the rest can be left as it is."""
        if self._rest:
            way = self._rest.pop(0)
            job = doing.cancel(way.session) if self._action is Action.CANCEL else doing.recover(way)
            self.loader.do(self, f"{self._action} {way.session}", job)

    @property
    def is_doing(self) -> bool:
        """Whether there is something to be stopped."""
        return bool(self.doing)

    def cancelled(self) -> None:
        """What is not begun yet is left as it is."""
        left, self._rest = len(self._rest), []
        self._looking += 1
        self._all -= left
        self._left -= left
        self.doing = ""
        if left:
            text = plural("{count} is left as it is", "{count} are left as they are", left)
            self.notify(text, markup=False)
        self._note()

    def on_done(self, told: Done) -> None:
        self._left -= 1
        self._progress(told.what)
        self._begin_next()

    def on_failed(self, failed: Failed) -> None:
        what, _blank, session = failed.asked.partition(" ")
        if not session:
            self.doing = "" if what == "plan" else self.doing
            super().on_failed(failed)
            return
        self._left -= 1
        self._failed += 1
        self.complain(f"{session}: {failed.message}", failed.hint)
        self._progress(what)
        self._begin_next()

    def _progress(self, what: str) -> None:
        done = self._all - self._left - self._failed
        if self._left > 0:
            self.doing = _("{action}: {done} of {all} ...").format(action=what, done=done, all=self._all)
        else:
            self.doing = ""
            text = _("{action}: {done} of {all} done").format(action=what, done=done, all=self._all)
            self.notify(escape.line(text), markup=False)
        self.rows.redraw()
        self._note()


def preview(told: Plans) -> Iterator[str]:
    """A line for each, what is left as it is by its reason, and the commands."""
    yield from _each(told)
    warnings = dict.fromkeys(text for way in told.ways for text in way.warnings)
    for text in [*warnings][:_SHOWN]:
        yield STYLE.paint(f"  ! {escape.line(said(text))}", "yellow")
    if told.without:
        yield ""
        yield plural("{count} is left as it is:", "{count} are left as they are:", len(told.without))
        yield from _reasons(told.without)
    if told.action is not Action.CANCEL and len(told.ways) > 1:
        yield ""
        yield _("They start at once; pools and max_sessions hold.")
    yield ""
    for way in told.ways[:_COMMANDS]:
        yield STYLE.dim(escape.line(_command(way.session, told.action)))
    if len(told.ways) > _COMMANDS:
        yield STYLE.dim("...")


def _each(told: Plans) -> Iterator[str]:
    names = {way.session: width.cut_middle(escape.line(way.session), 44) for way in told.ways[:_SHOWN]}
    wide = max(width.columns(name) for name in names.values())
    for way in told.ways[:_SHOWN]:
        about = "" if told.action is Action.CANCEL else _counts(len(way.rerun), len(way.reused))
        yield f"  {STYLE.paint(width.pad(names[way.session], wide), 'cyan')}  {about}".rstrip()
    if len(told.ways) > _SHOWN:
        yield plural("  and {count} more", "  and {count} more", len(told.ways) - _SHOWN)


def _reasons(without: Sequence[tuple[str, str]]) -> Iterator[str]:
    """A reason that several share is said once."""
    found: dict[str, list[str]] = {}
    for id, why in without:
        found.setdefault(said(why), []).append(escape.line(id))
    for why, ids in found.items():
        yield f"  {escape.line(why)}"
        yield STYLE.dim(f"    {width.fitting(ids, 68)}")


def _counts(runs: int, keeps: int) -> str:
    return _("runs {runs}, keeps {keeps}").format(runs=words.number(runs), keeps=words.number(keeps))


def _command(session: str, action: Action) -> str:
    id = shlex.quote(session)
    return f"bunsui session cancel {id} --yes" if action is Action.CANCEL else f"bunsui session recover {id} --{action}"
