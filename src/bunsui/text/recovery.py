"""Ways out of a session as text and as JSON: the table of all of them, and each exactly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields

from bunsui.analysis.deeds import done, to_do
from bunsui.analysis.deeds import not_possible as not_possible
from bunsui.model.json import Json
from bunsui.services.views import Action, Recovery, RecoveryPlan, Way
from bunsui.text import escape, width, words
from bunsui.text.body import plain
from bunsui.text.language import _
from bunsui.text.said import said
from bunsui.text.style import Style
from bunsui.text.table import Column, table

_WHAT = {
    Action.REDRIVE: "the same execution goes on from what was cut off",
    Action.RESUME: "keep what completed, run the rest",
    Action.EDITED: "resume with the pipeline as it is written now",
    Action.FROM: "keep only what OP needs, run OP and all else",
    Action.RERUN: "run OP again and all below it, keep the rest",
    Action.SKIP: "take OP for done, with an output you give",
    Action.RESTART: "from nothing",
    Action.CANCEL: "stop what runs, start nothing more",
}
_MOST = 8
_MOST_FLAGS = 22  # columns, beside which there is room for a reason
_HIDDEN = ("checkpoint", "edit")


def flag(way: Way, names: Sequence[str] = ("OP",)) -> str:
    """What to type for it."""
    if way.action in (Action.FROM, Action.RERUN, Action.SKIP):
        return " ".join(f"--{way.action} {name}" for name in names)
    return f"--{way.action}"


def what(way: Way) -> str:
    """In a few words."""
    return _WHAT[way.action]


def plan_lines(plan: RecoveryPlan, columns: int | None, style: Style) -> Iterator[str]:
    """Every way out: possible ones with a number, then the others and why not."""
    yield f"ways out of {style.bold(escape.line(plan.session))}, which is {style.status(plan.status)}"
    for line in plan.advice:
        yield from hanging("  ", "  ", line, columns)
    if possible := numbered(plan):
        yield ""
        yield from _possible(plan, possible, columns, style)
    if others := [way for way in plan.ways if not way.possible]:
        yield ""
        yield style.dim("not possible")
        yield from _impossible(others, columns)
    warnings = _by_text((text, way) for way in possible.values() if way.rerun for text in way.warnings)
    if warnings:
        yield ""
    for text, ways in [*warnings.items()][:_MOST]:
        of = "" if ways == [way for way in possible.values() if way.rerun] else f"{_flags(ways)}: "
        yield from hanging(f"{style.paint('!', 'yellow')} ", "  ", of + text, columns)


def _impossible(others: Sequence[Way], columns: int | None) -> Iterator[str]:
    """A reason that several share is said once."""
    reasons = _by_text((way.why, way) for way in others)
    size = max(len(_flags(ways)) for ways in reasons.values())
    for why, ways in reasons.items():
        if size > _MOST_FLAGS:
            yield from hanging("  ", "    ", f"{_flags(ways)}: {why}", columns)
        else:
            yield from hanging(f"  {_flags(ways):<{size}}  ", " " * (size + 4), why, columns)


def _by_text(said: Iterable[tuple[str, Way]]) -> dict[str, list[Way]]:
    found: dict[str, list[Way]] = {}
    for text, way in said:
        found.setdefault(text, []).append(way)
    return found


def _flags(ways: Sequence[Way]) -> str:
    return ", ".join(f"--{way.action}" for way in ways)


def _possible(plan: RecoveryPlan, possible: Mapping[int, Way], columns: int | None, style: Style) -> Iterator[str]:
    """The table; below each way what it runs, below all what may be named."""
    shape = [
        Column("", right=True),
        Column("WAY OUT"),
        Column("RUNS", right=True),
        Column("KEEPS", right=True),
        Column("ABOUT", right=True),
        Column("WHAT IT DOES", cut=True),
    ]
    rows = [_row(str(number), way, way.action == plan.suggested) for number, way in possible.items()]
    head, *lines = table(shape, rows, style, columns)
    yield head
    indent = " " * (len(str(len(rows))) + 2)
    for line, way in zip(lines, possible.values(), strict=True):
        yield line
        if way.rerun:
            title = f"{indent}runs " if not way.names else f"{indent}for {escape.line(way.names[0])} runs "
            names = [_counted(way, name) for name in way.rerun]
            shown = words.listed(names, _MOST) if columns is None else width.fitting(names, columns - len(title))
            yield style.dim(title + shown)
    if named := next((way for way in possible.values() if way.choices), None):
        yield ""
        yield from hanging("OP is one of ", "  ", ", ".join(named.choices), columns)


def _counted(way: Way, name: str) -> str:
    """Of a fan-out of which items are kept, how many run."""
    items = way.items.get(name)
    if items is None or items.again is None or not items.kept:
        return escape.line(name)
    return f"{escape.line(name)} ({items.again} of {items.kept + items.again} items)"


def hanging(first: str, rest: str, text: str, columns: int | None) -> Iterator[str]:
    """Safe rows of at most so many columns, all but the first below each other."""
    safe = escape.line(text)
    rows = [safe] if columns is None else width.wrap(safe, max(columns - max(len(first), len(rest)), 20))
    yield from ((rest if number else first) + row for number, row in enumerate(rows))


def numbered(plan: RecoveryPlan) -> Mapping[int, Way]:
    return dict(enumerate((way for way in plan.ways if way.possible), 1))


def _row(number: str, way: Way, suggested: bool) -> list[str]:
    runs = str(len(way.rerun)) if way.action is not Action.CANCEL else ""
    keeps = str(len(way.reused)) if way.action is not Action.CANCEL else ""
    about = "" if way.seconds is None else (">" if way.untimed else "") + words.duration(way.seconds)
    mark = "suggested: " if suggested else ""
    return [number, flag(way), runs, keeps, about, f"{mark}{_WHAT[way.action]}"]


def way_lines(way: Way, columns: int | None = None) -> Iterator[str]:
    """Exactly what it would do."""
    yield escape.line(to_do(way))
    again = "all that had completed" if way.action is Action.RESTART else _names(way.raised)
    rows = [
        ("keeps", _names(way.reused)),
        ("within", _names(way.inside)),
        ("runs", _names(way.rerun)),
        ("items", ", ".join(f"{escape.line(name)}: {_items(way, name)}" for name in way.items)),
        ("skips", _names(way.skipped)),
        ("maybe", f"{_names(way.maybe)} (if its `when` holds)" if way.maybe else ""),
        ("anew", f"{again} (with new idempotency keys)" if way.raised else ""),
        ("edited", _changes(way.changes)),
        ("about", _estimate(way)),
    ]
    for title, text in rows:
        if text:
            yield from hanging(f"  {title:<6} ", " " * 9, text, columns)
    for text in way.warnings:
        yield from hanging("  ! ", "    ", text, columns)


def _names(names: Sequence[str]) -> str:
    return words.listed([escape.line(name) for name in names], _MOST)


def _items(way: Way, name: str) -> str:
    items = way.items[name]
    again = "the others run" if items.again is None else f"{items.again} run"
    return f"{items.kept} kept, {again}"


def _changes(changes: Mapping[str, tuple[str, ...]]) -> str:
    shown = [f"{escape.line(name) or 'the pipeline'} ({', '.join(keys)})" for name, keys in changes.items()]
    return words.listed(shown, _MOST)


def _estimate(way: Way) -> str:
    parts = []
    if way.seconds is not None:
        rest = f" and what {words.listed([escape.line(one) for one in way.untimed], 3)} takes" if way.untimed else ""
        parts.append(words.duration(way.seconds) + rest)
    if way.transitions is not None and way.cost is not None:
        parts.append(f"{words.counted(way.transitions, 'transition')} ({words.dollars(way.cost)} on AWS)")
    return ", ".join(parts)


def way_body(way: Way) -> dict[str, Json]:
    return {one.name: plain(getattr(way, one.name)) for one in fields(way) if one.name not in _HIDDEN}


def plan_body(plan: RecoveryPlan) -> Json:
    return {
        "session": plan.session,
        "status": plan.status.value,
        "suggested": None if plan.suggested is None else plan.suggested.value,
        "advice": list(plan.advice),
        "ways": [way_body(way) for way in plan.ways],
    }


def recovery_line(one: Recovery) -> str:
    """What was done about a session, and whether it worked."""
    why = f" ({escape.line(one.why)})" if one.why else ""
    worked = "" if one.worked is None else _(", worked") if one.worked else _(", did not work")
    ended = f"{one.status}{worked}" if one.status else _("not ended yet")
    return f"{one.number} {escape.line(said(done(one.action, one.operations, one.who)))}{why}: {ended}"
