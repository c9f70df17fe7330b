"""What a marked file or folder is, as painted lines. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from bunsui.model.problem import Severity
from bunsui.services.pipelines.desk import Entry
from bunsui.services.pipelines.views import LoadedConfig
from bunsui.text import escape, parameters, width
from bunsui.text.language import _, plural
from bunsui.tui.load.messages import Peeked
from bunsui.tui.load.tree import Row
from bunsui.tui.paint import STYLE
from bunsui.tui.pipelines import drawing
from bunsui.tui.pipelines.addresses import near

_MOST_PROBLEMS = 20


def about(entry: Entry, columns: int) -> list[str]:
    """Of what is not looked into."""
    text, tone = _about(entry)
    return [STYLE.paint(part, tone) for part in width.wrap(text, columns)]


def _about(entry: Entry) -> tuple[str, str]:
    if entry.loops:
        return _("This link leads back to a folder that it lies in."), "dim"
    if not entry.readable:
        return _("It cannot be read: no permission, or it is gone."), "yellow"
    if entry.is_folder:
        return _("A folder: Enter opens it."), "dim"
    if not entry.pipeline and entry.changed:
        return _("Not a pipeline by its name and size: Enter looks at it all the same."), "dim"
    return _("Not a pipeline by its first lines: Enter looks at it all the same."), "dim"


def note(row: Row | None, columns: int) -> list[str]:
    """Of a row that is no entry: why its folder cannot be read."""
    if row is None or not row.problem:
        return []
    return [STYLE.paint(part, "red") for part in width.wrap(escape.line(row.note), columns)]


def peeked(found: Peeked, columns: int) -> list[str]:
    if found.looked is None:
        return [STYLE.paint(part, "red") for part in width.wrap(escape.line(found.problem), columns)]
    config = found.looked.config
    shown = list(problems(config, columns)) if config.pipeline is None else [*_preview(found, columns), ""]
    verb = "validate" if config.pipeline is None else "plan"
    command = f"bunsui {verb} {shlex.quote(near(found.address))}"
    return [*shown, *(STYLE.dim(part) for part in width.wrap(escape.line(command), columns))]


def _preview(found: Peeked, columns: int) -> Iterator[str]:
    assert found.looked is not None
    config = found.looked.config
    assert config.pipeline is not None
    count = plural("{count} operation", "{count} operations", len(found.looked.nodes))
    yield (
        STYLE.bold(escape.line(config.pipeline.name))
        + "  "
        + STYLE.paint(f"{STYLE.glyph('SUCCEEDED')} {_('valid')}", "green")
        + STYLE.dim(f"  {count}")
    )
    yield from (STYLE.dim(part) for part in width.wrap(escape.line(config.pipeline.description), columns) if part)
    yield ""
    yield from drawing.graph(found.looked.nodes, columns)
    yield from parameters.lines(config.pipeline.params, columns, STYLE)
    if config.problems:
        yield ""
        yield from problems(config, columns)


def problems(config: LoadedConfig, columns: int) -> Iterator[str]:
    """Each with its place, the line that it is in, and what to do."""
    text = config.text.split("\n")
    for one in config.problems[:_MOST_PROBLEMS]:
        tone = "red" if one.severity is Severity.ERROR else "yellow"
        first, *rest = width.wrap(escape.line(one.message), columns - 8)
        yield (
            STYLE.paint(width.pad(f"{one.place.line}:{one.place.column}", 6), f"{tone} bold")
            + f"  {STYLE.paint(first, tone)}"
        )
        yield from (f"        {STYLE.paint(part, tone)}" for part in rest)
        if one.place.file == config.source and 0 < one.place.line <= len(text):
            yield from _marked(text[one.place.line - 1], one.place.column, columns - 4, tone)
        yield from (STYLE.dim(f"    {part}") for part in width.wrap(escape.line(one.hint), columns - 4) if part)
        yield ""
    left = len(config.problems) - _MOST_PROBLEMS
    if left > 0:
        yield STYLE.dim(plural("and {count} more", "and {count} more", left))


def _marked(line: str, column: int, columns: int, tone: str) -> Iterator[str]:
    """The line, of a long one the part around its place, and what points at it."""
    start = max(column - 1 - columns // 2, 0) if len(line) > columns else 0
    shown = line[start : start + columns]
    before = escape.line(shown[: column - 1 - start])
    yield STYLE.dim("    " + width.cut(escape.line(shown), columns))
    yield STYLE.paint(f"    {' ' * min(width.columns(before), max(columns - 1, 0))}▲", tone)
