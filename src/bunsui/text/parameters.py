"""The parameters of a pipeline as a table: what may be given with ``-p``, and what holds when it is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bunsui.model.json import Json
from bunsui.model.pipeline import Parameter
from bunsui.text import escape, values, words
from bunsui.text.language import _, mark
from bunsui.text.style import Style
from bunsui.text.table import Column, table

_TITLES = (mark("TYPE"), mark("DEFAULT"), mark("ABOUT"))


def lines(parameters: Mapping[str, Parameter], columns: int, style: Style) -> Iterator[str]:
    if not parameters:
        return
    yield ""
    head = [Column(_("PARAMETER")), *(Column(_(title), cut=True) for title in _TITLES)]
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
    default = _("required") if one.required else values.shown(one.default)
    kind = f"{one.type} {rules(one)}".rstrip()
    return [escape.line(name), kind, default, escape.line(one.description)]


def rules(one: Parameter) -> str:
    """``1 to 12``, ``at least 3 long``, ``one of EUR, JPY``, ``like ^a``."""
    parts = [
        _range(one.minimum, one.maximum, _VALUE),
        _range(one.min_length, one.max_length, _LENGTH),
        _("like {pattern}").format(pattern=escape.line(one.pattern)) if one.pattern else "",
        _("one of {choices}").format(choices=_choices(one)) if one.choices else "",
    ]
    return ", ".join(part for part in parts if part)


_VALUE = (mark("{least} to {most}"), mark("at least {least}"), mark("at most {most}"))
_LENGTH = (mark("{least} to {most} long"), mark("at least {least} long"), mark("at most {most} long"))


def _range(least: float | None, most: float | None, told: tuple[str, str, str]) -> str:
    if least is not None and most is not None:
        return _(told[0]).format(least=words.number(least), most=words.number(most))
    if least is not None:
        return _(told[1]).format(least=words.number(least))
    return _(told[2]).format(most=words.number(most)) if most is not None else ""


def _choices(one: Parameter) -> str:
    return words.listed([values.shown(choice) for choice in one.choices or ()], 8)
