"""The page of a deployment: what would change, a question, then what CloudFormation does, until it stands.

The plan's lines are those of the command line, in `bunsui.text.deployment`. Leaving the page drops a plan that was not
carried out; what was begun goes on.
"""

from __future__ import annotations

import shlex
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from bunsui.services.deploying import Deployment
from bunsui.text import escape, width
from bunsui.text.deployment import plan_lines, progress_line
from bunsui.text.language import _, mark
from bunsui.tui.deploy import jobs
from bunsui.tui.deploy.messages import Deployed, Planned, Went
from bunsui.tui.messages import Failed
from bunsui.tui.paint import STYLE
from bunsui.tui.screen import View
from bunsui.tui.widgets.asking import Confirm, wrapped
from bunsui.tui.widgets.keybar import KeyBar
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Page

COMPARE, DEPLOY, DROP = "compare", "deploy", "drop"


class DeployScreen(View):
    TITLE = mark("deploy")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("D", "deploy", mark("deploy it"), id="deploy.go"),
        Binding("u", "again", mark("compare again"), id="deploy.again"),
        Binding("escape", "leave", mark("back"), id="deploy.leave"),
    ]
    DEFAULT_CSS = "DeployScreen Page { height: 1fr; }"

    def __init__(self, source: str = "") -> None:
        """A pipeline's file or name; without one the environment alone."""
        super().__init__()
        self._source = source
        self._planned: Deployment | None = None
        self._works = False  # it is being carried out
        self._below: list[str] = []  # below the plan: what was done, and what failed

    def compose(self) -> ComposeResult:
        yield Line(id="top")
        yield Page()
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Page).focus()
        self.action_again()

    def on_resize(self) -> None:
        self._show()

    def copyable(self) -> dict[str, str]:
        return {_("command"): self._command}

    @property
    def _command(self) -> str:
        what = f" {shlex.quote(self._source)}" if self._source else ""
        return f"bunsui env deploy{what} --context {shlex.quote(self.bunsui.context.name)}"

    # What it shows

    def _show(self, *, end: bool = False) -> None:
        columns = max(self.size.width - 4, 20)
        what = escape.line(self._source) or _("the environment alone")
        self.query_one("#top", Line).say(f"{STYLE.bold(_('deploy'))}  {width.cut(what, max(columns - 10, 4))}")
        plan = list(plan_lines(self._planned.plan, STYLE)) if self._planned else []
        shown = [part for line in [*plan, "", *self._below] for part in wrapped(line, columns)]
        page = self.query_one(Page)
        page.show([*shown, "", STYLE.dim(width.cut(escape.line(self._command), columns))])
        if end:
            page.scroll_end(animate=False)

    def _say(self, line: str) -> None:
        self._below.append(line)
        self._show(end=True)

    # What is asked for

    def action_again(self) -> None:
        if self._works:
            return
        self._drop()
        if self.bunsui.context.backend != "aws":
            self._below = [_("This context is on this machine: there is nothing to deploy to. C chooses another.")]
        else:
            self._below = [STYLE.dim(_("packaging and comparing ..."))]
            self.loader.do(self, COMPARE, jobs.planned([self._source] if self._source else [], self))
        self._show()

    def on_planned(self, told: Planned) -> None:
        self._planned, self._below = told.deployment, []
        self.refresh_bindings()
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "deploy":
            return self._planned is not None and not self._planned.plan.is_empty and not self._works
        return not (action == "again" and self._works)

    def action_deploy(self) -> None:
        plan = self._planned.plan if self._planned else None
        if plan is None:
            return
        title = _("deploy to {name}?").format(name=escape.line(plan.environment))
        where = _("account {account}, {region}").format(account=plan.account, region=plan.region)
        lines = [escape.line(where), "", STYLE.dim(escape.line(self._command))]
        self.app.push_screen(Confirm(title, lines, _("deploy it")), self._sure)

    def _sure(self, sure: bool | None) -> None:
        if sure and self._planned is not None:
            self._works = True
            self.refresh_bindings()
            self.loader.do(self, DEPLOY, jobs.carried_out(self._planned, self))

    def on_went(self, told: Went) -> None:
        if line := progress_line(told.progress, STYLE):
            self._say(line)

    def on_deployed(self, told: Deployed) -> None:
        self._planned, self._works = None, False
        self.refresh_bindings()
        self.loader.retry()  # of what could not be had while there was no environment
        self._say(STYLE.paint(f"{STYLE.glyph('SUCCEEDED')} {_('It stands.')}", "green bold"))

    def on_failed(self, failed: Failed) -> None:
        self._works = False
        self.refresh_bindings()
        told = [failed.message, failed.hint, *(f"{one.place}  {one.message} {one.hint}" for one in failed.problems)]
        if failed.asked == COMPARE:
            self._below = []
        for text in filter(None, told):
            self._below += [
                STYLE.paint(part, "red") for part in width.wrap(escape.line(text), max(self.size.width - 4, 20))
            ]
        self._show(end=True)

    # Leaving

    def action_leave(self) -> None:
        self._drop()
        self.call_next(self.app.run_action, "up")

    def _drop(self) -> None:
        """A plan that nobody carries out is forgotten; whoever hears of that is still there."""
        if self._planned is not None and not self._works:
            self.loader.do(self.app, DROP, jobs.dropped(self._planned))
        self._planned = None
