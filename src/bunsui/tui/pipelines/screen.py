"""A pipeline, registered or a file: its definition beside its graph, its sessions, its versions, what it would do.

Lines are made in `showing`; comparing versions is `versions`' business, editing the editor's.
"""

from __future__ import annotations

import os
import shlex
import time
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import ScreenResume

from bunsui.model.address import is_remote
from bunsui.model.problem import Problem
from bunsui.model.session import Session
from bunsui.services.pipelines.views import is_machine
from bunsui.text import escape
from bunsui.text.language import _, mark
from bunsui.tui.editor import jobs as editing
from bunsui.tui.editor import lines as problem_lines
from bunsui.tui.editor.code import Code
from bunsui.tui.editor.messages import Newest, Stored
from bunsui.tui.editor.questions import registering
from bunsui.tui.editor.screen import EditorScreen
from bunsui.tui.messages import Failed
from bunsui.tui.paint import STYLE
from bunsui.tui.pipelines import drawing, jobs, showing
from bunsui.tui.pipelines.form import RunForm
from bunsui.tui.pipelines.messages import Looked, Ran, ReadyToRun, Versions
from bunsui.tui.pipelines.versions import VersionsPane
from bunsui.tui.screen import View
from bunsui.tui.widgets.asking import Confirm
from bunsui.tui.widgets.keybar import KeyBar
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Page, Rows

_WIDE = 110  # columns from which on the graph stands beside the definition
_EVERY = 2.0  # seconds between looks at its sessions
PANES = ("definition", "graph", "sessions", "versions", "plan")
_TITLES = {
    "definition": mark("definition"),
    "graph": mark("graph"),
    "sessions": mark("sessions"),
    "versions": mark("versions"),
    "plan": mark("plan"),
}


class PipelineScreen(View):
    TITLE = "pipeline"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "run", mark("run"), id="pipeline.run"),
        Binding("e", "edit", mark("edit"), id="pipeline.edit"),
        Binding("n", "problem(1)", mark("next problem"), id="pipeline.next_problem"),
        Binding("R", "register", mark("register"), id="pipeline.register"),
        Binding("D", "deploy", mark("deploy"), id="pipeline.deploy"),
        Binding("u", "again", mark("read again"), show=False, id="pipeline.again"),
        *[
            Binding(str(number), f"pane('{name}')", _TITLES[name], show=False, id=f"pipeline.{name}")
            for number, name in enumerate(PANES, 1)
        ],
        Binding("tab", "next_pane(1)", mark("next pane"), show=False, priority=True, id="pipeline.next_pane"),
        Binding(
            "shift+tab", "next_pane(-1)", mark("pane before"), show=False, priority=True, id="pipeline.pane_before"
        ),
        Binding("escape", "app.up", mark("back"), id="pipeline.leave"),
    ]
    DEFAULT_CSS = """
    PipelineScreen #look, PipelineScreen #sessions, PipelineScreen VersionsPane, PipelineScreen #plan {
        display: none; height: 1fr; }
    PipelineScreen.definition #look, PipelineScreen.graph #look, PipelineScreen.sessions #sessions,
    PipelineScreen.versions VersionsPane, PipelineScreen.plan #plan { display: block; }
    PipelineScreen Code { width: 1fr; }
    PipelineScreen #graph { width: 1fr; display: none; }
    PipelineScreen.graph #graph { display: block; }
    PipelineScreen.graph Code { display: none; }
    PipelineScreen.wide Code { display: block; width: 56%; }
    PipelineScreen.wide #graph { display: block; border-left: solid $panel; }
    PipelineScreen.wide.graph Code { width: 40%; }
    PipelineScreen.unread #graph { display: block; }
    PipelineScreen.unread Code { display: none; }
    PipelineScreen #tabs { height: 1; }
    PipelineScreen #note { max-height: 3; }
    PipelineScreen #problems { height: auto; max-height: 8; display: none; border-top: solid $panel; }
    """

    def __init__(self, source: str, *, registered: bool, pane: str = "definition") -> None:
        super().__init__()
        self._source, self._registered = source, registered
        self._pane = pane
        self._looked: Looked | None = None
        self._sessions: dict[str, Session] = {}
        self._problems: list[Problem] = []
        self._failure = ""  # why it could not be read

    def compose(self) -> ComposeResult:
        yield Line(id="top")
        yield Line(id="tabs")
        with Horizontal(id="look"):
            yield Code(read_only=True, id="text")
            yield Page(id="graph")
        yield Rows(self._session, id="sessions", enter=mark("open"))
        yield VersionsPane()
        yield Page(id="plan")
        yield Rows(self._problem, id="problems", enter=mark("go to it"))
        yield Line(id="note")
        yield KeyBar()

    def on_mount(self) -> None:
        self.action_pane(self._pane)
        self._head()
        self.action_again()
        self.set_interval(_EVERY, self._look)

    def on_screen_resume(self, _: ScreenResume) -> None:
        """Back from the editor, it may be another."""
        if self._looked is not None:
            self.action_again()

    @property
    def name_of_it(self) -> str:
        """Of the pipeline, as far as it is known."""
        if self._registered:
            return self._source.partition("@")[0]
        pipeline = self._looked.config.pipeline if self._looked else None
        return pipeline.name if pipeline else ""

    def copyable(self) -> dict[str, str]:
        found = {_("name"): self.name_of_it, _("command"): f"bunsui run {shlex.quote(self._source)}"}
        if self._looked is not None:
            found |= {_("file"): self._looked.config.source, _("text"): self._looked.config.text}
        return {what: text for what, text in found.items() if text}

    @property
    def _is_adopted(self) -> bool:
        """A state machine that somebody else made is looked at here, and run where it was made."""
        return self._looked is not None and is_machine(self._looked.config.source)

    # What is read

    def action_again(self) -> None:
        """Read it anew: it may have been mended meanwhile."""
        self.loader.read(self, "pipeline", jobs.looked(self._source, registered=self._registered))
        if self._registered:
            self.loader.read(self, "versions", jobs.versions(self.name_of_it))

    def on_looked(self, told: Looked) -> None:
        self._failure = ""
        changed = self._looked is None or self._looked.config.text != told.config.text
        self._looked = told
        code = self.query_one(Code)
        if changed:
            code.load_text(told.config.text)
        self._problems = list(told.config.problems)
        self.refresh_bindings()
        code.show([one for one in self._problems if one.place.file == told.config.source])
        rows = self.query_one("#problems", Rows)
        rows.fill([str(number) for number in range(len(self._problems))])
        self._show()
        self._look()
        if changed and self._problems:
            self.action_problem(0)

    def _look(self) -> None:
        name = self.name_of_it
        if self.is_current and name and (self._pane == "sessions" or not self._sessions):
            self.loader.read(self, "ran", jobs.ran([name]))

    def on_ran(self, told: Ran) -> None:
        self._sessions = {one.id: one for sessions in told.sessions.values() for one in sessions}
        self.query_one("#sessions", Rows).fill(list(self._sessions))
        self._head()

    def on_versions(self, told: Versions) -> None:
        self.query_one(VersionsPane).take(told, self._source)
        self._head()

    def on_failed(self, failed: Failed) -> None:
        if failed.asked != "pipeline":
            super().on_failed(failed)
        else:
            self._failure = f"{failed.message}\n{failed.hint}"
            self._show()

    # What is shown

    def on_resize(self) -> None:
        self.set_class(self.size.width >= _WIDE, "wide")
        self._head()
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        self._head()
        self.query_one("#note").display = bool(self._problems) and self._pane == "definition"
        self.set_class(bool(self._failure), "unread")
        page = self.query_one("#graph", Page)
        columns = max(page.size.width - 3, 20)
        if self._failure:
            page.show(showing.unread(self._failure, self.size.width - 4))
            for place in ("#difference", "#plan"):
                there = self.query_one(place, Page)
                there.show(showing.unread(self._failure, max(there.size.width - 4, 20)))
        if self._looked is None or self._failure:
            return
        if page.display and page.size.width:
            page.show(drawing.graph(self._looked.nodes, columns))
        rows = self.query_one("#problems", Rows)
        rows.display = bool(self._problems) and self._pane == "definition"
        rows.styles.height = min(len(self._problems), 7) + 1
        self.query_one("#plan", Page).show(showing.plan(self._source, self._looked.preview, self.size.width - 4))

    def _head(self) -> None:
        columns = self.size.width - 2
        counts = {"sessions": len(self._sessions), "versions": self.query_one(VersionsPane).count}
        titles = [(name, _(title)) for name, title in _TITLES.items()]
        self.query_one("#top", Line).say(showing.heading(self._source, self._looked, self._failure, columns))
        self.query_one("#tabs", Line).say(showing.tabs(titles, self._pane, counts, columns))

    def _problem(self, key: str, columns: int) -> str:
        here = self._looked.config.source if self._looked else ""
        return problem_lines.problem(self._problems[int(key)], columns, here=here)

    def _session(self, key: str, columns: int) -> str:
        return showing.session(self._sessions[key], time.time(), columns)

    # Panes

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What cannot be done now is not offered."""
        if action == "problem":
            return bool(self._problems)
        if action in ("run", "deploy") and self._is_adopted:
            return False
        if action == "deploy":
            return self.bunsui.context.backend == "aws"
        return not (action == "register" and self._registered)

    def action_pane(self, name: str) -> None:
        for one in PANES:
            self.set_class(one == name, one)
        self._pane = name
        self.call_after_refresh(self._focus)
        self._look()

    def _focus(self) -> None:
        self._show()
        places = {"definition": "#text", "graph": "#graph", "versions": "#list", "problems": "#problems"}
        self.query_one(places.get(self._pane, f"#{self._pane}")).focus()

    def action_next_pane(self, by: int) -> None:
        self.action_pane(PANES[(PANES.index(self._pane) + by) % len(PANES)])

    def action_problem(self, by: int) -> None:
        if not self._problems:
            return
        rows = self.query_one("#problems", Rows)
        if self._pane != "definition":
            self.action_pane("definition")
        rows.go((rows.cursor + by) % len(self._problems))
        self._go_to(self._problems[rows.cursor])

    def _go_to(self, one: Problem) -> None:
        self.query_one("#note", Line).say(*problem_lines.explained([one], self.size.width - 2))
        if self._looked is not None and one.place.file == self._looked.config.source:
            self.query_one(Code).go(one.place.line - 1, one.place.column - 1)

    def on_rows_moved(self, event: Rows.Moved) -> None:
        event.stop()
        if event.rows.id == "problems" and event.rows.has_focus:
            self._go_to(self._problems[int(event.key)])

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        if event.rows.id == "sessions":
            self.bunsui.show_session(event.key)
        elif event.rows.id == "problems":
            self._go_to(self._problems[int(event.key)])

    def on_versions_pane_opened(self, event: VersionsPane.Opened) -> None:
        event.stop()
        self.bunsui.show_pipeline(event.name, registered=True)

    # What people do

    def _target(self) -> str:
        """What would be run: in the pane of versions, the marked one."""
        pane = self.query_one(VersionsPane)
        return (pane.marked or self._source) if self._pane == "versions" else self._source

    def action_run(self) -> None:
        target = self._target()
        if target != self._source:
            self.loader.read(self, "run", jobs.looked_to_run(target))
        elif self._looked is not None and self._looked.config.pipeline is not None:
            self.app.push_screen(RunForm(target, self._looked.config.pipeline), self._started)
        else:
            self.complain(_("it has problems: mend them, then read it again"))

    def on_ready_to_run(self, told: ReadyToRun) -> None:
        self.app.push_screen(RunForm(told.source, told.pipeline), self._started)

    def _started(self, session: str | None) -> None:
        if session:
            self.bunsui.show_session(session)

    def action_edit(self) -> None:
        """The file; of what lies in S3, or of a version whose file is gone, the text as a new one."""
        if self._looked is None:
            return
        source = self._looked.config.source
        if os.path.exists(source) or not (self._registered or is_remote(source)):
            self.bunsui.go("edit", source)
        else:
            self.app.push_screen(EditorScreen(text=self._looked.config.text))

    def action_deploy(self) -> None:
        self.bunsui.go("deploy", self._source)

    def action_register(self) -> None:
        if self._registered:
            self.complain(_("it is registered already"), _("e edits its file; R there registers the next version"))
        elif self._looked is None or self._looked.config.pipeline is None:
            self.complain(_("it has problems: mend them first"))
        else:
            self.loader.read(self, "newest", editing.newest(self._source))

    def on_newest(self, told: Newest) -> None:
        command = STYLE.dim(escape.line(f"bunsui pipeline register {shlex.quote(self._source)}"))
        title = _("register {name}?").format(name=told.name)
        question = Confirm(title, [*registering(told), "", command], _("register"))
        self.app.push_screen(question, self._register)

    def _register(self, sure: bool | None) -> None:
        if sure:
            self.loader.do(self, "register", editing.registered(self._source))

    def on_stored(self, told: Stored) -> None:
        name = f"{told.version.name}@{told.version.version}"
        self.notify(_("registered as {name}").format(name=name), markup=False)
        self.bunsui.show_pipeline(told.version.name, registered=True)
