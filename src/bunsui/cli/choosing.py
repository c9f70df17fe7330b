"""Which way out a person takes, asked on the terminal until the answer can be used.

What the ways are and what each would run is in `bunsui.text.recovery`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from bunsui.cli.output import Output
from bunsui.errors import InvalidInput
from bunsui.model.json import Json
from bunsui.model.nearest import did_you_mean
from bunsui.services.views import Action, Ask, Way
from bunsui.text import escape
from bunsui.workspace import Workspace


def way(out: Output, ways: Mapping[int, Way]) -> Way | None:
    """By its number or its name; None when the person leaves it."""
    known = {str(number): one for number, one in ways.items()} | {str(one.action): one for one in ways.values()}
    out.say()
    while answer := out.question(f"Which way? [1-{len(ways)}, nothing to leave it] "):
        if chosen := known.get(answer.lstrip("-")):
            return chosen
        names = [str(one.action) for one in ways.values()]
        _wrong(out, f"There is no way {answer!r}. {did_you_mean(answer, names, f'Type one of 1 to {len(ways)}.')}")
    return None


def named(out: Output, opened: Workspace, way: Way) -> Way | None:
    """With the operations that the person names, and the outputs of those that are skipped; None: it is left."""
    if not way.choices:
        return way
    while True:
        listed = escape.line(", ".join(way.choices))
        answer = out.question(f"OP, one of {listed} [{escape.line(way.names[0])}] ")
        if answer is None:
            return None
        names = tuple(dict.fromkeys(answer.replace(",", " ").split())) or way.names
        found = opened.sessions.plan_way(way.session, way.action, Ask(names))
        if found.possible:
            return found if way.action is not Action.SKIP else _given(out, opened, found)
        _wrong(out, f"That cannot be done: {found.why}")


def _given(out: Output, opened: Workspace, way: Way) -> Way | None:
    outputs: dict[str, Json] = {}
    for name in way.names:
        if (output := _output(out, name)) is None:
            return None
        outputs[name] = output
    return opened.sessions.plan_way(way.session, Action.SKIP, Ask(way.names, outputs))


def _output(out: Output, name: str) -> Json:
    """None: the person leaves it."""
    while True:
        text = out.question(f"The output of {escape.line(name)}, as a JSON object [{{}}] ")
        if text is None:
            return None
        try:
            value = json_of(text or "{}")
        except InvalidInput as error:
            _wrong(out, f"It {error}")
            continue
        if isinstance(value, dict):
            return value
        _wrong(out, 'It must be an object, such as {"rows": 12}')


def json_of(text: str) -> Json:
    """Raises InvalidInput."""
    try:
        value: Json = json.loads(text, parse_constant=_number, parse_float=_number)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"is not JSON: {error}", 'Such as {"rows": 12}') from None
    return value


def _number(text: str) -> float:
    """Python reads more than JSON has: NaN, Infinity, and what is too large."""
    if not math.isfinite(float(text)):
        raise ValueError(f"{text} is no number of JSON")
    return float(text)


def _wrong(out: Output, text: str) -> None:
    out.say(f"{out.talk.paint('!', 'yellow')} {escape.line(text)}")
