"""What people do about a session on its screen: recover, cancel, answer, report, run it once more.

Each says first what it will do, and the command that does the same. What is shown of a session is in `screen`.
"""

from __future__ import annotations

import shlex
from abc import abstractmethod
from dataclasses import replace
from typing import ClassVar

from textual.binding import ActiveBinding, Binding, BindingType

from bunsui.services.views import Approval
from bunsui.text import cancelling, escape
from bunsui.text.language import _, mark
from bunsui.tui import doing
from bunsui.tui.messages import Answered, Done, Reported
from bunsui.tui.paint import STYLE
from bunsui.tui.pipelines.form import RunForm
from bunsui.tui.screen import View
from bunsui.tui.session import jobs
from bunsui.tui.session.pane import Shown
from bunsui.tui.widgets.asking import Ask, Confirm, Pick, Tell


class Deeds(View):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "approve", mark("answer"), tooltip=mark("answer a question"), id="session.answer"),
        Binding("r", "recover", mark("recover"), id="session.recover"),
        Binding("R", "report", mark("report"), id="session.report"),
        Binding("c", "cancel", mark("cancel"), id="session.cancel"),
        Binding("x", "once_more", mark("run again"), tooltip=mark("a new one like this"), id="session.run"),
    ]

    def __init__(self, session: str) -> None:
        super().__init__()
        self.session = session
        self.shown: Shown | None = None

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """At the foot stands what makes sense now; the other keys say why there is nothing to do."""
        asked = bool(self.shown and self.shown.view.approvals)
        hidden = {"approve": not asked, "cancel": self.ended, "once_more": not self.ended}
        hidden[f"pane('{self.pane}')"] = True
        return {
            key: one._replace(binding=replace(one.binding, show=False)) if hidden.get(one.binding.action) else one
            for key, one in super().active_bindings.items()
        }

    @property
    @abstractmethod
    def pane(self) -> str:
        """The one in front."""

    @property
    @abstractmethod
    def ended(self) -> bool:
        """Whether there is nothing to come."""

    @abstractmethod
    def again(self) -> None:
        """Look at it anew: it goes on."""

    @property
    def _quoted(self) -> str:
        return escape.line(shlex.quote(self.session))

    def _command(self, text: str) -> str:
        return STYLE.dim(f"$ bunsui session {text}")

    def action_recover(self) -> None:
        self.bunsui.go("recover", self.session)

    # Once more

    def action_once_more(self) -> None:
        """A form with the same parameters, and the command that does the same."""
        self.loader.read(self, "once more", jobs.once_more(self.session))

    def on_ready(self, told: jobs.Ready) -> None:
        self.app.push_screen(RunForm(told.source, told.pipeline, told.texts), self._started)

    def _started(self, session: str | None) -> None:
        if session:
            self.bunsui.show_session(session)

    # The report

    def action_report(self) -> None:
        self.notify(_("writing the report ..."), markup=False, timeout=2)
        self.loader.do(self, "report", doing.report(self.session))

    def on_reported(self, told: Reported) -> None:
        self.loader.read(self, "about", jobs.about(self.session))
        lines = [escape.line(told.address), "", self._command(f"report {self._quoted} --open")]
        self.app.push_screen(Tell(_("report"), lines, told.address))

    # Cancel

    def action_cancel(self) -> None:
        if self.shown is None or self.ended:
            self.complain(_("it has ended: there is nothing to cancel"))
            return
        lines = [*cancelling.lines(self.shown.view, STYLE), "", self._command(f"cancel {self._quoted}")]
        self.app.push_screen(Confirm(_("cancel this session?"), lines, _("cancel it")), self._cancel)

    def _cancel(self, sure: bool | None) -> None:
        if sure:
            self.loader.do(self, "cancel", doing.cancel(self.session))

    def on_done(self, told: Done) -> None:
        self.notify(f"{told.what}: {told.session.status}", markup=False)
        self.again()

    # Answer

    def action_approve(self) -> None:
        waiting = self.shown.view.approvals if self.shown else ()
        if not waiting:
            self.complain(_("nothing waits for an answer"))
        elif len(waiting) == 1:
            self._question(waiting[0])
        else:
            choices = {one.operation: f"{escape.line(one.operation)}  {escape.line(one.message)}" for one in waiting}
            self.app.push_screen(Pick(_("answer which?"), choices), self._picked)

    def _picked(self, operation: str | None) -> None:
        found = [one for one in (self.shown.view.approvals if self.shown else ()) if one.operation == operation]
        if found:
            self._question(found[0])

    def _question(self, one: Approval) -> None:
        choices = {
            "approve": _("approve: the session goes on"),
            "reject": _("reject: the operation fails"),
        }
        title = _("{operation} asks: {message}").format(
            operation=escape.line(one.operation), message=escape.line(one.message)
        )
        self.app.push_screen(Pick(title, choices), lambda word: self._comment(one, word))

    def _comment(self, one: Approval, word: str | None) -> None:
        if word is None:
            return
        operation = escape.line(shlex.quote(one.operation))
        flag = "" if word == "approve" else " --reject"
        about = [self._command(f"approve {self._quoted} {operation}{flag}")]
        title = _("approve: a comment, if you like") if word == "approve" else _("reject: a comment, if you like")
        self.app.push_screen(Ask(title, about), lambda text: self._answer(one, word, text))

    def _answer(self, one: Approval, word: str, comment: str | None) -> None:
        if comment is not None:
            job = doing.answer(self.session, one.operation, approve=word == "approve", comment=comment)
            self.loader.do(self, "answer", job)

    def on_answered(self, told: Answered) -> None:
        self.notify(escape.line(told.text), markup=False)
