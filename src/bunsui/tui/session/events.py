"""The history of an execution as lines: as a story by operation, or event by event with what each says. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bunsui.analysis.run import Operation
from bunsui.model.history import HistoryEvent
from bunsui.model.json import Json
from bunsui.services.views import ExecutionTree, RunView
from bunsui.text import cause, escape, recovery, width, words
from bunsui.text.folding import Fold, IsOpen, folded
from bunsui.text.language import _
from bunsui.text.parts import Part
from bunsui.text.style import STATUS_STYLE, Style
from bunsui.tui.session.pane import About

_NAME, _TYPE = 24, 28
_MOST_NAMES = 6
Said = tuple[float, str, tuple[Part, ...]]  # when, of which operation, what


def story(run: RunView, about: About, style: Style) -> Iterator[Fold]:
    """What a person would tell: who began and ended when, which tries failed. Items of fan-outs only if they failed."""
    execution = run.tree.execution
    began = [one.view.started for one in run.operations if one.view.started is not None]
    begin = min([execution.started.timestamp(), *began])
    for one in about.recoveries:
        yield Fold(f"recovery-{one.number}", ((recovery.recovery_line(one), "yellow"),), one.why or one.action)
    said: list[Said] = [(begin, "", ((_("{name} began").format(name=escape.line(execution.name)), "bold"),))]
    for operation in run.operations:
        said += _of(operation, style)
    if execution.ended:
        paint = STATUS_STYLE.get(execution.status, "")
        said.append((execution.ended.timestamp(), "", ((f"{execution.status}", f"{paint} bold".strip()),)))
    for number, (at, name, parts) in enumerate(sorted(said, key=lambda one: one[0])):
        head = ((f"{words.clock(at)}  {f'+{words.duration(at - begin)}':>9}  ", "dim"),)
        who = ((width.pad(width.cut_middle(escape.line(name), _NAME), _NAME) + "  ", ""),)
        yield Fold(f"{name}\n{number}", (*head, *who, *parts), "".join(text for text, _style in parts).strip())


def _of(one: Operation, style: Style) -> Iterator[Said]:
    view = one.view
    if view.started is None:
        return
    yield view.started, view.name, ((_("began"), "dim"),)
    for this in one.tries:
        if this.error and this.ended is not None:
            item = _("item {item}").format(item=this.item) + ", " if this.item is not None else ""
            what = _("try {number} failed").format(number=this.number)
            yield this.ended, view.name, ((f"{item}{what}: {escape.line(this.error)}", "red"),)
        elif this.number > 1:
            yield this.started, view.name, ((_("try {number} began").format(number=this.number), "yellow"),)
    if view.ended is not None:
        paint = STATUS_STYLE.get(view.status, "")
        parts: list[Part] = [(f"{style.glyph(view.status)} {view.status}", paint)]
        parts.append((f"  {words.duration(view.ended - view.started)}", "dim"))
        if view.items:
            parts.append((f"  {view.items.done}/{view.items.total}", ""))
        if view.error:
            parts.append((f"  {escape.line(view.error)} {cause.one_line(view.error, view.cause)}", ""))
        yield view.ended, view.name, tuple(parts)


def raw(tree: ExecutionTree, is_open: IsOpen, style: Style, path: str = "") -> Iterator[Fold]:
    """Every event as the backend tells it; open, with all that it says. Then those of nested pipelines."""
    execution = tree.execution
    paint = STATUS_STYLE.get("COMPLETED" if execution.status == "SUCCEEDED" else execution.status, "")
    title = (escape.line(execution.name), "bold"), (f"  {execution.status}", paint), (f"  {path}", "dim")
    yield Fold(f"{path}:", title, execution.arn)
    start = tree.events[0].time if tree.events else 0.0
    states: dict[int, str] = {}
    for event in tree.events:
        states[event.id] = _state(event, states)
        key = f"{path}:{event.id}"
        opened = is_open(key, False)
        yield Fold(key, tuple(_event(event, states[event.id], start, opened)), dict(event.details), opened)
        if opened:
            yield from folded(_("details"), dict(event.details), is_open, f"{key}/details", 3)
    for operation, child in tree.children.items():
        yield Fold(f"{path}{operation}-space", ())
        yield from raw(child, is_open, style, f"{path}.{operation}" if path else operation)


def _state(event: HistoryEvent, states: Mapping[int, str]) -> str:
    """Its state's name; events of tasks have none of their own, and are their state's."""
    if event.type.startswith("Execution"):
        return ""
    return str(event.details.get("name") or states.get(event.previous_id, ""))


def _event(event: HistoryEvent, state: str, start: float, opened: bool) -> Iterator[Part]:
    yield f"{'▾' if opened else '▸'} {event.id:>5}  {f'+{words.duration(event.time - start)}':>9}  ", "dim"
    yield width.pad(event.type, _TYPE) + "  ", _tone(event.type)
    yield width.pad(width.cut_middle(escape.line(state), _NAME), _NAME) + "  ", ""
    error = event.details.get("error")
    if error:
        yield f"{escape.line(error)} {cause.one_line(str(error), str(event.details.get('cause') or ''))}", "red"
    else:
        yield (
            next(
                (_brief(event.details[key]) for key in ("output", "input", "parameters") if event.details.get(key)), ""
            ),
            "dim",
        )


def _brief(value: Json) -> str:
    """Never the whole of it: payloads are large, and events many."""
    if isinstance(value, dict):
        more = ", …" if len(value) > _MOST_NAMES else ""
        return f"{{{', '.join(escape.line(name) for name in [*value][:_MOST_NAMES])}{more}}}"
    if isinstance(value, list):
        return f"[{len(value)}]"
    return escape.line(value[:80]) if isinstance(value, str) else escape.json_text(value)


def _tone(type: str) -> str:
    if type.endswith(("Failed", "TimedOut", "Aborted")):
        return "red"
    return "green" if type.endswith("Succeeded") else ""
