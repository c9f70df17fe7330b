"""The heading of the editor and its list of problems, as painted lines. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bunsui.model.problem import Problem, Severity
from bunsui.text import escape, width
from bunsui.text.language import _, plural
from bunsui.tui.editor.messages import Checked
from bunsui.tui.paint import STYLE

_ERROR = Severity.ERROR
_MOST_SAID = 3  # lines


def heading(path: str, *, modified: bool, stale: bool, checked: Checked | None, columns: int) -> str:
    """What is edited, whether it is saved, whether it is valid."""
    right, tone = state(checked)
    marks = [STYLE.paint(_("● modified"), "yellow")] if modified else []
    marks += [STYLE.paint(_("changed on disk"), "red bold")] if stale else []
    said = [_("● modified")] * modified + [_("changed on disk")] * stale
    room = columns - width.columns(right) - sum(width.columns(one) + 2 for one in said) - 2
    title = _("edit")
    name = width.cut_middle(escape.line(path or _("a new pipeline")), max(room - width.columns(title) - 1, 8))
    left = f"{STYLE.bold(title)} {name}" + "".join(f"  {one}" for one in marks)
    used = width.columns(title) + 1 + width.columns(name) + sum(width.columns(one) + 2 for one in said)
    return left + " " * max(columns - used - width.columns(right), 1) + STYLE.paint(right, tone)


def state(checked: Checked | None) -> tuple[str, str]:
    if checked is None:
        return _("checking ..."), "dim"
    bad = sum(one.severity is _ERROR for one in checked.problems)
    if bad:
        return f"{STYLE.glyph('FAILED')} {plural('{count} error', '{count} errors', bad)}", "red"
    warned = len(checked.problems)
    count = plural("{count} operation", "{count} operations", checked.operations)
    warnings = "  " + plural("{count} warning", "{count} warnings", warned) if warned else ""
    return f"{STYLE.glyph('SUCCEEDED')} {_('valid')}  {count}{warnings}", "green"


def problem(one: Problem, columns: int, *, here: str) -> str:
    """``14:9  message hint``; with the name of the file if it is another one."""
    place = f"{one.place.line}:{one.place.column}"
    if one.place.file != here:
        place = f"{width.cut_middle(escape.line(one.place.file), 24)}:{place}"
    tone = "red" if one.severity is _ERROR else "yellow"
    glyph = STYLE.glyph("FAILED") if one.severity is _ERROR else "!"
    head = f"{glyph} {width.pad(place, 7)}  "
    message = escape.line(one.message)
    room = columns - width.columns(head)
    shown = width.cut(message, max(room, 0))
    left = room - width.columns(shown) - 1
    hint = STYLE.dim(" " + width.cut(escape.line(one.hint), left)) if one.hint and left > 8 else ""
    return STYLE.paint(head, tone) + shown + hint


def explained(problems: Sequence[Problem], columns: int) -> list[str]:
    """A problem whole: that of the line with the cursor, or the one that is marked."""
    if not problems:
        return []
    one = problems[0]
    tone = "red" if one.severity is _ERROR else "yellow"
    said = width.wrap(f"{escape.line(one.message)} {escape.line(one.hint)}".rstrip(), max(columns, 20))
    return [STYLE.paint(part, tone) for part in said[:_MOST_SAID]]
