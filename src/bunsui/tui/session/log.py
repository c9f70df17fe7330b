"""The pane of the merged log: what is looked for, what is left out, where errors are; the lines are in `logview`.

Which lines there are, and which of them are wanted, is known to `book`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from bunsui.analysis.progress import OperationView
from bunsui.model.log import LogLine
from bunsui.text import escape
from bunsui.text.language import _, mark, plural
from bunsui.text.parts import Part, fitted
from bunsui.tui.loader import MOST_LINES
from bunsui.tui.paint import STYLE
from bunsui.tui.session.book import LEVELS, SOME, Book, Wanted
from bunsui.tui.session.logview import TIMES, LogView
from bunsui.tui.session.pane import Pane, Shown
from bunsui.tui.session.whole import Whole
from bunsui.tui.widgets.asking import Pick
from bunsui.tui.widgets.field import Field
from bunsui.tui.widgets.line import Line

_ALL = "\0"


class LogPane(Pane):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", mark("find"), key_display="/", id="log.find"),
        Binding("n", "next(1)", mark("next found"), show=False, id="log.next"),
        Binding("N", "next(-1)", mark("found before"), show=False, id="log.before"),
        Binding("ampersand", "narrow", mark("only"), key_display="&", tooltip=mark("only lines with"), id="log.only"),
        Binding("o", "operation", mark("operation"), tooltip=mark("lines of one operation"), id="log.operation"),
        Binding("v", "level", mark("level"), id="log.level"),
        Binding("T", "attempt", mark("attempt"), show=False, tooltip=mark("lines of one attempt"), id="log.attempt"),
        Binding("f", "follow", mark("follow/pause"), id="log.follow"),
        Binding("w", "wrap", mark("wrap"), id="log.wrap"),
        Binding("t", "times", mark("times"), id="log.times"),
        Binding("exclamation_mark", "error", mark("next error"), key_display="!", id="log.error"),
    ]
    DEFAULT_CSS = """
    LogPane Input { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
    LogPane Input:focus { border: none; }
    LogPane #log-note { height: 1; }
    LogPane LogView { height: 1fr; }
    """

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.book = Book(MOST_LINES)
        self._evidence: list[LogLine] = []
        self._typing = ""  # the line that is typed in: find or only
        self._seeks = 0  # how often something was looked for: the last one goes on
        self._missed = ""  # what was looked for in vain
        self._asked = ""  # what somebody waits for with Enter

    def compose(self) -> ComposeResult:
        yield Line(id="log-note")
        yield Field(id="log-input", compact=True)
        yield LogView(self.book, id="log-lines")

    def on_mount(self) -> None:
        self._note()

    def draw(self, shown: Shown) -> None:
        """Lines come by themselves."""
        self._note()

    @property
    def view(self) -> LogView:
        return self.query_one(LogView)

    @property
    def front(self) -> LogView:
        return self.view

    @property
    def marked(self) -> str | None:
        return self.book.line(self.view.cursor).operation or None if len(self.book) else None

    def copyable(self) -> Mapping[str, str]:
        if not len(self.book):
            return {}
        line = self.book.line(self.view.cursor)
        found = {_("line"): line.message}
        return {**found, _("operation"): line.operation} if line.operation else found

    # What comes

    def take(self, lines: Sequence[LogLine]) -> None:
        if not self.view.start and lines:
            self.view.start = lines[0].time
        added, gone = self.book.add(lines)
        self.view.added(added, gone)
        if self._evidence and not self.view.evidence:
            self._mark_evidence()
        self._note()

    def begin(self) -> None:
        """The whole log comes once more."""
        self._seeks += 1
        self.book.clear()
        self.view.start, self.view.evidence = 0.0, frozenset()
        self.view.again()

    def know(self, evidence: Sequence[LogLine]) -> None:
        """Lines that say why something failed: they are marked."""
        self._evidence = list(evidence)
        self._mark_evidence()

    def _mark_evidence(self) -> None:
        found = (self.book.number_of(line) for line in self._evidence)
        self.view.evidence = frozenset(number for number in found if number is not None)
        self.view.refresh()

    # What is wanted

    def only(self, operation: str | None) -> None:
        """The lines of one operation (and those nested in it), from where it stands; None: of all."""
        self._want(operation=operation, attempt=None)

    def begin_at(self, one: OperationView | None, *, ended: bool) -> None:
        """Where its log is read from: at its error if it failed, at the beginning when all is over, else at the end."""
        if not ended:
            self.view.action_last()
            return
        found = self.book.trouble(-1, 1, self.view.evidence) if one is not None and one.error else None
        self.view.action_first() if found is None else self.view.centre(found)
        self._note()

    def show_line(self, line: LogLine) -> bool:
        """Go to it, with what is around it; False if it is no longer kept."""
        number = self.book.number_of(line)
        if number is None:
            return False
        if not self.book.wanted.takes(line):
            self._seeks += 1
            self.book.want(Wanted())
            self.view.again(number)
        self.view.centre(self.book.index(number))
        self._note()
        return True

    def _want(self, **changes: str | None) -> None:
        """The marked line stays marked, if it is still shown."""
        self._seeks += 1
        number = self._marked_number
        self.book.narrow(**changes)
        self.view.again(number)
        self._note()

    @property
    def _marked_number(self) -> int | None:
        return self.book.shown[self.view.cursor] if len(self.book) and not self.view.following else None

    def _note(self) -> None:
        room = max(self.size.width - 2, 10)
        self.query_one("#log-note", Line).say(fitted(self._state(), room, STYLE))

    def _state(self) -> list[Part]:
        view, wanted = self.view, self.book.wanted
        state: list[Part] = [self._follows]
        if view.new and not view.following:
            new = plural("{count} new line", "{count} new lines", view.new)
            state.append((f"  ▼ {new}, " + _("G goes there"), "cyan bold"))
        counts = f"{len(self.book):,}" if wanted.all else f"{len(self.book):,}/{len(self.book.lines):,}"
        said = [_("{count} lines").format(count=counts)]
        said += [_("of {operation}").format(operation=escape.line(wanted.operation))] if wanted.operation else []
        said += [_("attempt {attempt}").format(attempt=escape.line(wanted.attempt))] if wanted.attempt else []
        said += [_("{level} and above").format(level=wanted.level)] if wanted.level != LEVELS[0] else []
        said += [_("only with {text}").format(text=escape.line(wanted.text))] if wanted.text else []
        said += [_("finding {text}, n next").format(text=escape.line(view.found))] if view.found else []
        said += [_("the last {count} are kept").format(count=f"{MOST_LINES:,}")] if self.book.first else []
        return [*state, (f"  {STYLE.dot} ", "dim"), (f"  {STYLE.dot}  ".join(said), "")]

    @property
    def _follows(self) -> Part:
        """Where nothing comes any more, nothing is followed and nothing paused."""
        if self.shown is not None and self.shown.view.session.status.ended:
            return "■ " + _("ended"), "dim"
        return ("● " + _("following"), "green") if self.view.following else ("■ " + _("paused"), "yellow")

    # Typing

    def action_search(self) -> None:
        self._type("find", _("find in the lines"), self.view.found)

    def action_narrow(self) -> None:
        self._type("only", _("only lines that have this"), self.book.wanted.text)

    def _type(self, what: str, about: str, value: str) -> None:
        self._typing = ""
        line = self.query_one("#log-input", Input)
        line.placeholder, line.value, line.display = about, value, True
        line.focus()
        self._typing = what

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._typing == "only":
            self._seeks += 1
            self._sift(self.book.sift(replace(self.book.wanted, text=event.value)), self._seeks)
        elif self._typing == "find":
            self.view.found, self._missed, self._asked = event.value, "", ""
            self._look(self.view.cursor - 1, 1)
            self.view.refresh()
            self._note()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._typing == "find" and event.value:
            self._asked = event.value
            self._tell_missed()
        self._typed()

    def _tell_missed(self) -> None:
        if self._asked and self._asked == self._missed:
            self.notify(_("not found: {text}").format(text=escape.line(self._asked)), markup=False, severity="warning")
            self._asked = ""

    # Looking through the lines, some at a time: keys and paints come between

    def _look(self, index: int, by: int) -> None:
        """For the text that is marked, from the line behind this one on, all around."""
        self._seeks += 1
        if self.view.found and len(self.book):
            self._seek(self.book.shown[index % len(self.book)], by, len(self.book), self._seeks)

    def _seek(self, after: int, by: int, left: int, seeks: int) -> None:
        """From the line of this number; lines may have come and gone since the turn before."""
        if seeks != self._seeks or not len(self.book):
            return
        index = self.book.index(after)
        found = self.book.find(self.view.found, index, by, SOME)
        if found is not None:
            self.view.centre(found)
            self._note()
        elif left > SOME:
            onwards = self.book.shown[(index + by * SOME) % len(self.book)]
            self.call_later(self._afterwards, partial(self._seek, onwards, by, left - SOME, seeks))
        else:
            self._missed = self.view.found
            self._tell_missed()

    async def _afterwards(self, turn: Callable[[], None]) -> None:
        """After whatever else is ready to be done."""
        await asyncio.sleep(0)
        turn()

    def _sift(self, turns: Iterator[None], seeks: int) -> None:
        """The marked line stays marked, as above."""
        if seeks != self._seeks:
            return
        number = self._marked_number
        if next(turns, self) is None:
            self.call_later(self._afterwards, partial(self._sift, turns, seeks))
        else:
            self.view.again(number)
            self._note()

    def _typed(self) -> None:
        self._typing = ""
        self.query_one("#log-input", Input).display = False
        self.view.focus()

    def leave(self) -> bool:
        """Shows everything again; False when everything was shown already."""
        if self.query_one("#log-input", Input).display or self.view.found:
            self._typed()
            self._seeks += 1
            self.view.found = ""
            self.view.refresh()
            self._note()
            return True
        if not self.book.wanted.all:
            self._want(operation=None, attempt=None, level=LEVELS[0], text="")
            return True
        return False

    # Keys

    def action_next(self, by: int) -> None:
        self._look(self.view.cursor, by)

    def action_error(self) -> None:
        found = self.book.trouble(self.view.cursor, 1, self.view.evidence)
        if found is None:
            self.notify(_("no error in these lines"), markup=False)
            return
        self.view.centre(found)
        self._note()

    def action_follow(self) -> None:
        self.view.hold() if self.view.following else self.view.action_last()
        self._note()

    def action_level(self) -> None:
        self._want(level=LEVELS[(LEVELS.index(self.book.wanted.level) + 1) % len(LEVELS)])

    def action_wrap(self) -> None:
        self.view.lay(wrapped=not self.view.wrapped)

    def action_times(self) -> None:
        self.view.lay(times=(self.view.times + 1) % len(TIMES))

    def action_operation(self) -> None:
        counts = self.book.operations()
        choices = {_ALL: _("all operations")}
        choices |= {name: _counted(name, n) for name, n in counts.items() if name}
        self.app.push_screen(Pick(_("lines of which operation?"), choices), self._operation_picked)

    def _operation_picked(self, name: str | None) -> None:
        if name is not None:
            self.only(None if name == _ALL else name)

    def action_attempt(self) -> None:
        counts = self.book.attempts()
        choices = {_ALL: _("all attempts")}
        choices |= {name: _counted(name, n) for name, n in sorted(counts.items())}
        title = _("lines of which attempt? (execution.redrive.retry)")
        self.app.push_screen(Pick(title, choices), self._attempt_picked)

    def _attempt_picked(self, name: str | None) -> None:
        if name is not None:
            self._want(attempt=None if name == _ALL else name)

    def on_log_view_moved(self, event: LogView.Moved) -> None:
        event.stop()
        self._note()

    def on_log_view_chosen(self, event: LogView.Chosen) -> None:
        event.stop()
        self.app.push_screen(Whole.of_line(event.line))


def _counted(name: str, lines: int) -> str:
    return f"{escape.line(name)}  {plural('{count} line', '{count} lines', lines)}"
