"""The events of executions as text, a line each. Reading them is the business of services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bunsui.model.history import HistoryEvent
from bunsui.services.views import ExecutionTree
from bunsui.text import escape, width, words
from bunsui.text.style import Style

_NAME = 20  # columns of a state's name
_TELLING = ("error", "cause", "output", "input", "parameters")


def tree_lines(tree: ExecutionTree, columns: int | None, style: Style, path: str = "") -> Iterator[str]:
    """An execution's events, then those of its nested pipelines."""
    name = escape.line(tree.execution.name)
    yield f"{style.bold(name)}  {style.status(tree.execution.status)}" + (f"  ({path})" if path else "")
    start = tree.events[0].time if tree.events else 0.0
    states: dict[int, str] = {}
    for event in tree.events:
        states[event.id] = _state(event, states)
        yield _event(event, states[event.id], start, columns, style)
    for operation, child in tree.children.items():
        yield ""
        yield from tree_lines(
            child, columns, style, f"{path}.{escape.line(operation)}" if path else escape.line(operation)
        )


def _state(event: HistoryEvent, states: Mapping[int, str]) -> str:
    """Its state's name; events of tasks have none of their own, and are their state's."""
    if event.type.startswith("Execution"):
        return ""
    return str(event.details.get("name") or states.get(event.previous_id, ""))


def _event(event: HistoryEvent, state: str, start: float, columns: int | None, style: Style) -> str:
    head = f"{event.id:>5}  {width.pad(f'+{words.duration(event.time - start)}', 9, right=True)}  "
    name = escape.line(state)
    name = name if columns is None else width.cut_middle(name, _NAME, style.ellipsis)
    middle = f"{event.type:<28}  {width.pad(name, _NAME)}"
    said = _detail(event)
    room = None if columns is None else max(columns - width.columns(head + middle) - 2, 0)
    said = said if room is None else width.cut(said, room, style.ellipsis)
    return f"{style.dim(head)}{style.paint(middle, _tone(event.type))}  {style.dim(said)}".rstrip()


def _detail(event: HistoryEvent) -> str:
    for key in _TELLING:
        value = event.details.get(key)
        if value not in (None, "", {}):
            text = escape.line(value) if isinstance(value, str) else escape.json_text(value, indent=None)
            return text if key != "error" else f"{text} {escape.line(event.details.get('cause') or '')}"
    return ""


def _tone(type: str) -> str:
    if type.endswith(("Failed", "TimedOut", "Aborted")):
        return "red"
    return "green" if type.endswith("Succeeded") else ""
