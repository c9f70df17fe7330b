"""The form that a pipeline is run with: a field for each parameter, by its type; what does not fit is said at once.

It starts the session itself, and gives its id; the same on the command line stands below.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input

from bunsui.model.pipeline import Parameter, Pipeline
from bunsui.text import escape, width
from bunsui.text.language import _, mark, plural
from bunsui.text.said import said
from bunsui.tui import doing
from bunsui.tui.messages import Done, Failed, NotAllowed
from bunsui.tui.paint import STYLE
from bunsui.tui.pipelines import jobs, trust, typing
from bunsui.tui.pipelines.fields import Choice, Field, Typed
from bunsui.tui.pipelines.messages import Fitting, Previous
from bunsui.tui.screen import Bunsui
from bunsui.tui.widgets.asking import Confirm
from bunsui.tui.widgets.box import Box
from bunsui.tui.widgets.line import Line

_FIXED = 7  # lines of the form that are not fields
_WIDEST = 96


class RunForm(Box[str | None]):
    """The id of the session that was started. None: it is not to be run."""

    DEFAULT_CSS = f"""
    RunForm {{ align: center middle; background: $background 60%; }}
    RunForm > Vertical {{ width: 94%; max-width: {_WIDEST}; height: auto; max-height: 96%; background: $surface;
        border: round $primary; padding: 0 1; }}
    RunForm VerticalScroll {{ height: auto; scrollbar-size-vertical: 1; }}
    RunForm Line {{ padding: 0; }}
    RunForm Input {{ height: 1; border: none; background: $panel; padding: 0 1; }}
    RunForm Input:focus {{ border: none; background: $primary 30%; }}
    RunForm Input.bad {{ background: $error 25%; }}
    RunForm .wrong {{ display: none; }}
    RunForm .label {{ margin-top: 1; }}
    RunForm #command {{ margin-top: 1; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "submit", mark("run it"), key_display="enter", id="form.run"),
        Binding("down", "app.focus_next", mark("next field"), key_display="tab", id="form.down"),
        Binding("up", "app.focus_previous", mark("field before"), show=False, id="form.up"),
        Binding("ctrl+l", "again", mark("as last time"), id="form.last"),
        Binding("escape", "leave", mark("leave it"), id="form.leave"),
    ]

    def __init__(self, source: str, pipeline: Pipeline, given: Mapping[str, str] | None = None) -> None:
        """`given`: what the fields begin with."""
        super().__init__()
        self._source, self._pipeline, self._given = source, pipeline, given or {}
        self._names = list(pipeline.params)
        self._wrong: Mapping[str, str] = {}
        self._touched: set[str] = set()
        self._previous: Previous | None = None
        self._asked = False
        self.wanted: dict[str, str] = {}  # what is typed now, for the job that looks whether it fits

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            with VerticalScroll(can_focus=False):
                for number, one in enumerate(self._pipeline.params.values()):
                    yield Line(typing.label(one, _WIDEST - 6), classes="label")
                    yield _field(one, f"p{number}")
                    yield Line(id=f"w{number}", classes="wrong")
            yield Line(id="about")
            yield Line(id="command")
        box.border_title = escape.line(f"{_('run')} {self._pipeline.name}")

    @property
    def named(self) -> Mapping[str, str]:
        """Only what makes sense now is told."""
        several = {} if len(self._names) > 1 else {"app.focus_next": ""}
        return several if self._previous is not None and self._previous.texts else {**several, "again": ""}

    @property
    def _loader(self) -> Bunsui:
        return cast(Bunsui, self.app)

    def on_mount(self) -> None:
        self._fill(self._given)
        if self._names:
            self._field(0).focus()
        self._loader.loader.read(self, "previous", jobs.previous(self._pipeline))
        self._tell()

    def on_resize(self) -> None:
        room = max(self.size.height * 96 // 100 - _FIXED, 3)
        self.query_one(VerticalScroll).styles.max_height = room
        self._tell()

    def _field(self, number: int) -> Field:
        found = self.query_one(f"#p{number}")
        assert isinstance(found, Typed | Choice)
        return found

    @property
    def typed(self) -> dict[str, str]:
        """Those that are left empty keep their defaults."""
        found = {name: self._field(number).value for number, name in enumerate(self._names)}
        return {name: value for name, value in found.items() if value}

    # What is typed

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._changed(event.input.id or "")

    def on_choice_changed(self, event: Choice.Changed) -> None:
        event.stop()
        self._changed(event.field.id or "")

    def _changed(self, id: str) -> None:
        name = self._names[int(id[1:])]
        if self._field(int(id[1:])).value:
            self._touched.add(name)
        self.wanted = self.typed
        self._tell()
        self._loader.loader.read(self, "fits", jobs.fitting(self._pipeline, lambda: self.wanted))

    def on_typed_stepped(self, event: Typed.Stepped) -> None:
        event.stop()
        one = self._pipeline.params[self._names[int((event.field.id or "p0")[1:])]]
        event.field.value = typing.stepped(one, event.field.value, event.by)
        event.field.cursor_position = len(event.field.value)

    def on_fitting(self, told: Fitting) -> None:
        if told.typed != self.wanted:
            return
        self._wrong = told.wrong
        self._complain()
        if self._asked:
            self._asked = False
            self._start()

    def _complain(self) -> None:
        """Under the fields: of those that were typed into, and of all once it was to be run."""
        for number, name in enumerate(self._names):
            text = self._wrong.get(name, "") if name in self._touched else ""
            lines = width.wrap(escape.line(said(text)), max(min(self.size.width, _WIDEST) - 8, 20)) if text else []
            below = self.query_one(f"#w{number}", Line)
            below.say(*(STYLE.paint(part, "red") for part in lines))
            below.display = bool(lines)
            self._field(number).set_class(bool(text), "bad")

    def _tell(self) -> None:
        columns = max(min(self.size.width * 94 // 100, _WIDEST) - 4, 20)
        command = typing.command(self._source, self._pipeline, self.typed if self.is_mounted else {})
        shown = width.wrap(escape.line(command), columns - 2)[:3]
        self.query_one("#command", Line).say(
            *(STYLE.dim(f"{'$ ' if not n else '  '}{one}") for n, one in enumerate(shown))
        )
        self.query_one("#about", Line).say(*(part for line in self._about() for part in width.wrap(line, columns)))
        self.refresh_bindings()

    def _about(self) -> list[str]:
        told = []
        if not self._names:
            told.append(_("It has no parameters: it starts at once."))
        if any(typing.is_secret(self._pipeline.params[name]) for name in self.wanted):
            told.append(_("What was typed as a secret is kept with the session: a secret belongs in env."))
        if found := typing.secrets(self._pipeline):
            told.append(
                _("Its tasks read secrets where they start: {names}").format(names=escape.line(", ".join(found)))
            )
        return told

    # What was given before

    def on_previous(self, told: Previous) -> None:
        self._previous = told
        self._tell()

    def action_again(self) -> None:
        if self._previous is None or not self._previous.texts:
            return
        self._fill(self._previous.texts)
        self.notify(_("as in {session}").format(session=escape.line(self._previous.session)), markup=False)

    def _fill(self, texts: Mapping[str, str]) -> None:
        for number, name in enumerate(self._names):
            if name in texts:
                self._field(number).value = texts[name]

    # Running

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_submit()

    def on_choice_submitted(self, event: Choice.Submitted) -> None:
        event.stop()
        self.action_submit()

    def key_enter(self) -> None:
        if not self._names:
            self.action_submit()

    def action_submit(self) -> None:
        """What is typed is looked at first, by the same rules as on the command line."""
        self._asked, self.wanted = True, self.typed
        self._touched = set(self._names)
        self._loader.loader.read(self, "fits", jobs.fitting(self._pipeline, lambda: self.wanted))

    def _start(self) -> None:
        if self._wrong:
            self._field(self._names.index(next(name for name in self._names if name in self._wrong))).focus()
            self.app.bell()
        else:
            self._loader.loader.do(self, "run", doing.run(self._source, self.wanted))

    def on_done(self, told: Done) -> None:
        self.dismiss(told.session.id)

    def on_not_allowed(self, told: NotAllowed) -> None:
        """It came from S3: what it would run here is shown, and asked about once for this content."""
        question = Confirm(_("run this on this machine, now and from now on?"), trust.lines(told), _("run it"))
        self.app.push_screen(question, lambda sure: self._allowed(told) if sure else None)

    def _allowed(self, told: NotAllowed) -> None:
        self._loader.loader.do(self, "run", doing.run(self._source, self.wanted, told.sha256))

    def on_failed(self, failed: Failed) -> None:
        if failed.asked == "previous":
            return
        problems = [f"{said(one.message)} {said(one.hint)}" for one in failed.problems]
        told = [said(failed.message), said(failed.hint), *problems[:3]]
        if len(problems) > 3:
            told.append(plural("{count} problem in all", "{count} problems in all", len(problems)))
        self.notify("\n".join(escape.line(part) for part in told if part), severity="error", markup=False)

    def action_leave(self) -> None:
        self.dismiss(None)


def _field(one: Parameter, id: str) -> Field:
    options = typing.choices(one)
    if options:
        return Choice(options, None if one.required else typing.text(one.default), id=id)
    return Typed(placeholder=typing.placeholder(one), password=typing.is_secret(one), id=id)
