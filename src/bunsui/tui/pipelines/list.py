"""The list of pipelines: how each fared lately, the registered ones and those that ran from files."""

from __future__ import annotations

import os
import time
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import ScreenResume
from textual.widgets import Input

from bunsui.model.address import is_remote
from bunsui.text import escape
from bunsui.text.language import _, mark, plural
from bunsui.tui.editor.screen import EditorScreen
from bunsui.tui.messages import Failed
from bunsui.tui.paint import STYLE
from bunsui.tui.pipelines import jobs, lines, runs
from bunsui.tui.pipelines.addresses import near
from bunsui.tui.pipelines.form import RunForm
from bunsui.tui.pipelines.lines import Row
from bunsui.tui.pipelines.messages import Looked, Pipelines, Ran, TextOf
from bunsui.tui.pipelines.runs import Runs
from bunsui.tui.screen import View
from bunsui.tui.sideways import sideways
from bunsui.tui.widgets.keybar import KeyBar
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Rows

_EVERY = 3.0  # seconds between looks
_AT_ONCE = 20  # pipelines whose sessions are read in one job
_NAME, _LAST, _RATE = "name", "last", "rate"
_SORTS = {_NAME: mark("by name"), _LAST: mark("the last that ran first"), _RATE: mark("the least successful first")}
_PARTS = mark("a part of a name, a description, an owner")


class PipelinesScreen(View):
    TITLE = "pipelines"
    IS_LIST = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", mark("filter"), key_display="/", id="pipelines.filter"),
        Binding("x", "run", mark("run"), id="pipelines.run"),
        Binding("e", "edit", mark("edit"), id="pipelines.edit"),
        Binding("v", "versions", mark("versions"), id="pipelines.versions"),
        Binding("n", "app.go('new')", mark("new"), id="pipelines.new"),
        Binding("o", "app.go('load')", mark("load a file"), id="pipelines.load"),
        Binding("s", "sort", mark("sort"), id="pipelines.sort"),
        Binding("u", "again", mark("look again"), show=False, id="pipelines.again"),
        *sideways("pipelines", "pipelines"),
        Binding("escape", "leave", mark("back"), id="pipelines.leave"),
    ]
    DEFAULT_CSS = """
    PipelinesScreen #head { padding: 0 1; }
    PipelinesScreen #filter { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
    PipelinesScreen #filter:focus { border: none; }
    PipelinesScreen Rows { height: 1fr; }
    PipelinesScreen #note { height: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, Row] = {}
        self._runs: dict[str, Runs] = {}
        self._shown: list[str] = []
        self._sort = _NAME
        self._known = False

    def compose(self) -> ComposeResult:
        yield Line(id="top")
        yield Input(placeholder=_(_PARTS), id="filter")
        yield Line(id="head")
        yield Rows(self._draw, id="pipelines", enter=mark("open"))
        yield Line(id="note")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Rows).focus()
        self._head()
        self.action_again()
        self.set_interval(_EVERY, self._look)

    def translated(self) -> None:
        super().translated()
        self.query_one("#filter", Input).placeholder = _(_PARTS)

    def on_resize(self) -> None:
        self._head()

    def on_screen_resume(self, _: ScreenResume) -> None:
        if self._known:
            self.action_again()

    def copyable(self) -> dict[str, str]:
        key = self.query_one(Rows).key
        if key is None:
            return {}
        return {_("name"): key, _("file"): self._rows[key].source, _("command"): f"bunsui run {self._source(key)}"}

    # What is read

    def action_again(self) -> None:
        self.loader.read(self, "known", jobs.known)

    def on_pipelines(self, told: Pipelines) -> None:
        self._known = True
        self._rows = {one.name: Row(one.name, one, one.source) for one in told.registered}
        self._rows |= {name: Row(name, None, source) for name, source in told.others.items()}
        self._arrange()
        self._look()

    def _look(self) -> None:
        """How those fare that are seen."""
        if self.is_current and self._known:
            seen = [name for name in self._seen() if name in self._runs]
            if seen:
                self.loader.read(self, "seen", jobs.ran(seen))
            self._look_on()

    def _look_on(self) -> None:
        """Of those of which nothing is known yet a few, the ones that are seen first."""
        left = [name for name in (*self._seen(), *self._rows) if name not in self._runs]
        if left:
            self.loader.read(self, "some", jobs.ran(list(dict.fromkeys(left))[:_AT_ONCE]))

    def _seen(self) -> list[str]:
        rows = self.query_one(Rows)
        top = int(rows.scroll_offset.y)
        return list(rows.keys[top : top + max(rows.size.height, 1)])

    def on_ran(self, told: Ran) -> None:
        first = any(name not in self._runs for name in told.sessions)
        self._runs |= {name: runs.of(sessions) for name, sessions in told.sessions.items()}
        if first and self._sort != _NAME:
            self._arrange()
        self.query_one(Rows).refresh()
        if first:
            self._look_on()

    def on_failed(self, failed: Failed) -> None:
        super().on_failed(failed)
        if failed.asked == "known" and not self._known:
            self.query_one("#note", Line).say(STYLE.paint(escape.line(failed.message), "red"))

    # What is shown

    def _arrange(self) -> None:
        wanted = self.query_one("#filter", Input).value.lower().split()
        found = [name for name, row in self._rows.items() if all(word in _haystack(row) for word in wanted)]
        self._shown = sorted(found, key=self._rank)
        self.query_one(Rows).fill(self._shown)
        self._note(bool(wanted))
        self._head()

    def _rank(self, name: str) -> tuple[object, ...]:
        found = self._runs.get(name)
        last = found.last if found else None
        if self._sort == _LAST:
            return (last is None, _backwards(last.created if last else ""), name)
        if self._sort == _RATE:
            rate = found.rate if found else None
            return (rate is None, rate or 0.0, name)
        return (name,)

    def _note(self, filtered: bool) -> None:
        count = plural("{count} pipeline", "{count} pipelines", len(self._shown))
        of = _(" of {all}").format(all=len(self._rows)) if filtered else ""
        text = f"{count}{of}  {_(_SORTS[self._sort])}   bunsui pipeline list"
        if not self._rows:
            text = _("No pipeline yet: n makes one, o loads a file.  bunsui pipeline register FILE")
        self.query_one("#note", Line).say(STYLE.dim(text))

    def _head(self) -> None:
        ran = [found for found in self._runs.values() if found.last]
        bad = sum(found.last is not None and STYLE.glyph(found.last.status) == STYLE.glyph("FAILED") for found in ran)
        said = [STYLE.bold(_("pipelines"))]
        said += [STYLE.paint(plural("{count} failed last", "{count} failed last", bad), "red")] if bad else []
        self.query_one("#top", Line).say("   ".join(said))
        self.query_one("#head", Line).say(lines.head(self.size.width - 3))

    def _draw(self, key: str, columns: int) -> str:
        return lines.line(self._rows[key], self._runs.get(key), time.time(), columns)

    # What people do

    def _source(self, key: str) -> str:
        """What `bunsui run` takes."""
        row = self._rows[key]
        return key if row.version else near(row.source)

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        self.bunsui.show_pipeline(self._source(event.key), registered=self._rows[event.key].version is not None)

    def action_versions(self) -> None:
        key = self.query_one(Rows).key
        if key is None:
            return
        if self._rows[key].version is None:
            self.complain(
                _("it is not registered: it has no versions"), f"bunsui pipeline register {self._source(key)}"
            )
        else:
            self.bunsui.go("versions", key)

    def action_edit(self) -> None:
        """Its file; where that is gone, what is registered, as a text without a file."""
        key = self.query_one(Rows).key
        if key is None:
            return
        source = self._rows[key].source
        if is_remote(source) and self._rows[key].version is None:
            self.bunsui.show_pipeline(source)
        elif os.path.exists(source) or self._rows[key].version is None:
            self.bunsui.go("edit", source)
        else:
            self.loader.read(self, "text", jobs.text(key))

    def on_text_of(self, told: TextOf) -> None:
        self.app.push_screen(EditorScreen(text=told.text))

    def action_run(self) -> None:
        key = self.query_one(Rows).key
        if key is not None:
            registered = self._rows[key].version is not None
            self.loader.read(self, "run", jobs.looked(self._source(key), registered=registered))

    def on_looked(self, told: Looked) -> None:
        if told.config.pipeline is None:
            self.bunsui.show_pipeline(told.source, registered=told.version is not None)
        else:
            self.app.push_screen(RunForm(told.source, told.config.pipeline), self._started)

    def _started(self, session: str | None) -> None:
        if session:
            self.bunsui.show_session(session)

    def action_sort(self) -> None:
        order = list(_SORTS)
        self._sort = order[(order.index(self._sort) + 1) % len(order)]
        self._arrange()

    def action_filter(self) -> None:
        line = self.query_one("#filter", Input)
        line.display = True
        line.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._arrange()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        event.input.display = bool(event.value)
        self.query_one(Rows).focus()

    def action_leave(self) -> None:
        """Out of the filter first."""
        line = self.query_one("#filter", Input)
        if line.value or line.has_focus:
            line.value, line.display = "", False
            self.query_one(Rows).focus()
        else:
            self.call_next(self.app.run_action, "up")


def _haystack(row: Row) -> str:
    owner = row.version.owner if row.version else ""
    return f"{row.name} {row.about} {owner}".lower()


def _backwards(text: str) -> tuple[int, ...]:
    """So that later times come first."""
    return tuple(-ord(character) for character in text)
