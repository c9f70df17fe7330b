"""The editor: a pipeline file with its problems as they come and go, what fits the cursor, and the graph beside it.

Saving, registering and leaving ask in `questions`; the text is in `code`, what is asked of the workspace in `jobs`.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Horizontal
from textual.events import ScreenResume
from textual.timer import Timer
from textual.widgets import TextArea

from bunsui.model.problem import Problem
from bunsui.services.pipelines.desk import Draft
from bunsui.text import escape
from bunsui.text.language import _, mark
from bunsui.tui.editor import jobs, lines, outside
from bunsui.tui.editor.code import Code
from bunsui.tui.editor.completing import Completing
from bunsui.tui.editor.jobs import Wanted
from bunsui.tui.editor.messages import Checked, Opened, Saved, Stale
from bunsui.tui.editor.offers import Offers
from bunsui.tui.messages import Failed
from bunsui.tui.pipelines.addresses import near
from bunsui.tui.widgets.keybar import KeyBar
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Page, Rows

_PAUSE = 0.25  # seconds after a key before the text is checked
_LONGER = 1e-6  # seconds more for each character: a text of a megabyte takes long to check
_LOOKS = 2.0  # seconds between looks at the file
_WIDE = 110  # columns from which on the graph stands beside the text


class EditorScreen(Completing):
    TITLE = "editor"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", mark("save"), key_display="^s", id="editor.save"),
        Binding("f8", "problem(1)", mark("next problem"), id="editor.next_problem"),
        Binding("shift+f8", "problem(-1)", mark("problem before"), show=False, id="editor.previous_problem"),
        Binding("ctrl+@,ctrl+space", "complete", mark("what fits"), key_display="^space", id="editor.complete"),
        Binding("f2", "graph", mark("graph"), id="editor.graph"),
        Binding("f4", "outside", mark("$EDITOR"), id="editor.outside"),
        Binding("f5", "run", mark("run"), id="editor.run"),
        Binding("f9", "register", mark("register"), id="editor.register"),
        Binding("f1", "app.help", mark("help"), id="editor.help"),
        Binding("escape", "leave", mark("back"), id="editor.leave"),
    ]
    DEFAULT_CSS = """
    EditorScreen #body { height: 1fr; }
    EditorScreen Code { width: 1fr; }
    EditorScreen #graph { width: 44%; border-left: solid $panel; display: none; }
    EditorScreen.wide #graph { display: block; }
    EditorScreen.graph #graph { display: block; }
    EditorScreen.narrow.graph #graph { width: 1fr; border-left: none; }
    EditorScreen.narrow.graph Code { display: none; }
    EditorScreen #problems { height: auto; max-height: 7; display: none; border-top: solid $panel; }
    EditorScreen #note { min-height: 1; max-height: 3; }
    """

    def __init__(self, path: str = "", text: str = "") -> None:
        super().__init__()
        self.draft = Draft(path)
        self.checked: Checked | None = None
        self.stale: Stale | None = None
        self._first = text
        self.wanted = Wanted(path)
        self._problems: list[Problem] = []
        self._pause: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Line(id="top")
        with Horizontal(id="body"):
            yield Code(id="text")
            yield Page(id="graph")
        yield Rows(self._draw, id="problems", enter=mark("go to it"))
        yield Line(id="note")
        yield Offers(id="offers")
        yield KeyBar()

    def on_mount(self) -> None:
        self.code.focus()
        if self.draft.path:
            self.loader.read(self, "open", jobs.opened(self.draft.path))
        else:
            self._begin(self._first)
        self.set_interval(_LOOKS, self._look)
        self._head()

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Its own first: a text has many of its own."""
        found = super().active_bindings
        mine = {key: active for key, active in found.items() if active.node is self}
        return mine | found

    # What is read

    def on_opened(self, told: Opened) -> None:
        """For the first time, or once more: the cursor stays where it was."""
        self.draft, self.stale = told.draft, None
        where = self.code.cursor_location
        self._begin(told.draft.text)
        self.code.go(*where)
        if not told.draft.sha256:
            self._note(_("A new file: ^s writes it."))
        elif self.modified:
            self._note(_("Its line ends are mixed; saving makes them all alike."))

    def _begin(self, text: str) -> None:
        self.ready = True
        self.code.load_text(text)
        self._changed()

    def seen_stale(self) -> None:
        self._head()
        self._note(_("Somebody else wrote the file meanwhile: ^s asks what to do."))

    def on_failed(self, failed: Failed) -> None:
        if failed.asked == "open":
            self.code.read_only = True
        super().on_failed(failed)

    def _look(self) -> None:
        """Whether somebody else wrote the file meanwhile."""
        if self.is_current and self.ready and not self.stale:
            self.loader.read(self, "look", jobs.looked(self.draft))

    def on_screen_resume(self, _: ScreenResume) -> None:
        self._look()

    # What is written

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        if self.ready:
            self._changed()
            self.complete_as_typed()

    def _changed(self) -> None:
        self.want()
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(_PAUSE + len(self.wanted.text) * _LONGER, self.check)
        self._head()

    def check(self) -> None:
        page = self.query_one("#graph", Page)
        self.wanted.columns = max(page.size.width - 3, 20) if page.display else 0
        self.loader.read(self, "check", jobs.checked(self.wanted))

    def on_checked(self, told: Checked) -> None:
        """What an older text meant is of no use: the newer one is being checked."""
        if told.edition != self.wanted.edition:
            return
        self.checked = told
        self._problems = list(told.problems)
        here = self.draft.path or "pipeline.yaml"
        self.code.show([one for one in told.problems if one.place.file == here])
        rows = self.query_one("#problems", Rows)
        rows.fill([str(number) for number in range(len(self._problems))])
        rows.display = bool(self._problems)
        rows.styles.height = min(len(self._problems), 6) + 1
        if told.graph:
            self.query_one("#graph", Page).show(told.graph)
        self._head()
        self._tell_here()

    def _draw(self, key: str, columns: int) -> str:
        return lines.problem(self._problems[int(key)], columns, here=self.draft.path or "pipeline.yaml")

    def _head(self) -> None:
        text = lines.heading(
            self.draft.path,
            modified=self.ready and self.wanted.text != self.draft.text,
            stale=self.stale is not None,
            checked=self.checked,
            columns=self.size.width - 2,
        )
        self.query_one("#top", Line).say(text)

    def _note(self, text: str) -> None:
        self.query_one("#note", Line).say(escape.line(text))

    def on_resize(self) -> None:
        self.set_class(self.size.width >= _WIDE, "wide")
        self.set_class(self.size.width < _WIDE, "narrow")
        self._head()
        if self.ready:
            self.call_after_refresh(self.check)

    # Problems

    def action_problem(self, by: int) -> None:
        """The next one from the cursor on, around the end."""
        here = self.draft.path or "pipeline.yaml"
        places = sorted((one.place.line - 1, one.place.column - 1) for one in self._problems if one.place.file == here)
        if not places:
            self._note(_("No problem in this file."))
            return
        at = self.code.cursor_location
        later = [place for place in places if (place > at if by > 0 else place < at)]
        self._go(*((later or places)[0] if by > 0 else (later or places)[-1]))

    def _go(self, line: int, column: int) -> None:
        self.remove_class("graph")
        self.code.go(line, column)
        self.code.focus()

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        one = self._problems[int(event.key)]
        if one.place.file == (self.draft.path or "pipeline.yaml"):
            self._go(one.place.line - 1, one.place.column - 1)

    def on_rows_moved(self, event: Rows.Moved) -> None:
        event.stop()
        if event.rows.has_focus and event.rows.id == "problems":
            one = self._problems[int(event.key)]
            self.code.go(one.place.line - 1, one.place.column - 1)

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        event.stop()
        self.cursor_moved()
        self._tell_here()

    def _tell_here(self) -> None:
        """What is wrong in the line of the cursor."""
        row = self.code.cursor_location[0]
        self.query_one("#note", Line).say(*lines.explained(self.code.problems_at(row), self.size.width - 2))

    # Beside

    def action_graph(self) -> None:
        self.toggle_class("graph")
        if self.has_class("graph") and not self.has_class("wide"):
            self.query_one("#graph", Page).focus()
        else:
            self.code.focus()
        self.call_after_refresh(self.check)

    def action_outside(self) -> None:
        """In $EDITOR, after what is written here was saved."""
        if not self.draft.path or self.modified:
            self.save(then=self._outside)
        else:
            self._outside()

    def _outside(self) -> None:
        try:
            with self.app.suspend():
                why = outside.edited(self.draft.path)
        except SuspendNotSupported:
            why = _("this terminal cannot be given to another program")
        self.refresh()
        if why:
            self.complain(why)
        self.loader.read(self, "open", jobs.opened(self.draft.path))

    def on_saved(self, told: Saved) -> None:
        self.draft, self.stale = told.draft, None
        self.wanted.path = told.draft.path
        self._head()
        self._note(_("Saved. The same on the command line: bunsui validate {path}").format(path=near(told.draft.path)))
        self.after_saving()
