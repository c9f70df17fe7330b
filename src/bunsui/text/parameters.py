"""The parameters of a pipeline as a table: what may be given with ``-p``, and what holds when it is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bunsui.model.json import Json
from bunsui.model.pipeline import Parameter
from bunsui.text import escape, values, words
from bunsui.text.style import Style
from bunsui.text.table import Column, table


def lines(parameters: Mapping[str, Parameter], columns: int, style: Style) -> Iterator[str]:
    if not parameters:
        return
    yield ""
    head = [Column("PARAMETER"), Column("TYPE", cut=True), Column("DEFAULT", cut=True), Column("ABOUT", cut=True)]
    rows = [_row(name, one) for name, one in parameters.items()]
    yield from table(head, rows, style, columns)


def body(parameters: Mapping[str, Parameter]) -> list[Json]:
    return [
        {
            "name": name,
            "type": one.type,
            "required": one.required,
            "default": one.default,
            "rules": rules(one),
            "description": one.description,
        }
        for name, one in parameters.items()
    ]


def _row(name: str, one: Parameter) -> list[str]:
    default = "required" if one.required else values.shown(one.default)
    kind = f"{one.type} {rules(one)}".rstrip()
    return [escape.line(name), kind, default, escape.line(one.description)]


def rules(one: Parameter) -> str:
    """``1 to 12``, ``at least 3 long``, ``one of EUR, JPY``, ``like ^a``."""
    parts = [
        _range(one.minimum, one.maximum, ""),
        _range(one.min_length, one.max_length, " long"),
        f"like {escape.line(one.pattern)}" if one.pattern else "",
        f"one of {words.listed([values.shown(choice) for choice in one.choices], 8)}" if one.choices else "",
    ]
    return ", ".join(part for part in parts if part)


def _range(least: float | None, most: float | None, of: str) -> str:
    if least is not None and most is not None:
        return f"{words.number(least)} to {words.number(most)}{of}"
    if least is not None:
        return f"at least {words.number(least)}{of}"
    return f"at most {words.number(most)}{of}" if most is not None else ""
