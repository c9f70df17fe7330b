"""The form for a pipeline's parameters: a field each, with its type, its rules and what holds when it is left empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input

from bunsui.model.pipeline import Parameter
from bunsui.text import escape, parameters, values
from bunsui.tui.paint import STYLE
from bunsui.tui.widgets.line import Line


class RunForm(ModalScreen[dict[str, str] | None]):
    """What was typed, by parameter; those left empty keep their defaults. None: it is not to be run."""

    DEFAULT_CSS = """
    RunForm { align: center middle; background: $background 60%; }
    RunForm > Vertical { width: 90%; max-width: 90; height: auto; max-height: 92%; background: $surface;
        border: round $primary; padding: 0 1; }
    RunForm VerticalScroll { height: auto; max-height: 28; }
    RunForm Line { padding: 0; }
    RunForm Input { height: 1; border: none; background: $panel; margin-bottom: 1; padding: 0 1; }
    RunForm Input:focus { border: none; background: $primary 30%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave it"),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, name: str, params: Mapping[str, Parameter], typed: Mapping[str, str], problem: str = "") -> None:
        super().__init__()
        self._name, self._params, self._typed, self._problem = name, params, typed, problem

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Line(STYLE.paint(f"run {escape.line(self._name)}", "cyan bold"), "")
            with VerticalScroll(can_focus=False):
                for number, (name, one) in enumerate(self._params.items()):
                    yield Line(_label(name, one))
                    yield Input(self._typed.get(name, ""), placeholder=_default(one), id=f"p{number}")
            yield Line(*(STYLE.paint(escape.line(part), "red") for part in self._problem.split("\n") if part))
            yield Line(f"{STYLE.bold('enter')} run it   {STYLE.bold('tab')} next field   {STYLE.bold('esc')} leave it")

    def on_input_submitted(self, _: Input.Submitted) -> None:
        typed = {name: self.query_one(f"#p{number}", Input).value for number, name in enumerate(self._params)}
        self.dismiss({name: value for name, value in typed.items() if value})

    def action_leave(self) -> None:
        self.dismiss(None)


def _label(name: str, one: Parameter) -> str:
    rules = f"{one.type} {parameters.rules(one)}".rstrip()
    about = f"  {escape.line(one.description)}" if one.description else ""
    return f"{STYLE.bold(escape.line(name))}  {STYLE.dim(rules)}{about}"


def _default(one: Parameter) -> str:
    return "required" if one.required else values.shown(one.default)
