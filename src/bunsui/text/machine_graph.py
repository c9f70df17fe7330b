"""The graph of a state machine of a user's own: its top-level states and where each goes next.

Machines may loop; edges that go back are left out of the drawing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bunsui.graph.layers import Node
from bunsui.model.json import Json
from bunsui.text import escape


def nodes(definition: Mapping[str, Json]) -> list[Node]:
    """States in the order in which they are reached, then those that never are."""
    states = definition.get("States")
    table = (
        {name: state for name, state in states.items() if isinstance(state, dict)} if isinstance(states, dict) else {}
    )
    start = definition.get("StartAt")
    order, back = _walk(table, [start] if isinstance(start, str) else [])
    needs: dict[str, list[str]] = {name: [] for name in [*order, *(name for name in table if name not in order)]}
    for name in needs:
        for following in _next(table[name]):
            if following in needs and (name, following) not in back and name not in needs[following]:
                needs[following].append(name)
    return [Node(name, escape.line(name), tuple(of)) for name, of in needs.items()]


def _walk(table: Mapping[str, dict[str, Json]], starts: list[str]) -> tuple[list[str], set[tuple[str, str]]]:
    """Depth first: the states reached, each before what it leads to, and the edges that go back."""
    finished: list[str] = []
    open_: set[str] = set()
    back: set[tuple[str, str]] = set()
    stack = [(name, iter(list(_next(table[name])))) for name in starts if name in table]
    open_.update(name for name, _ in stack)
    while stack:
        name, following = stack[-1]
        target = next((one for one in following if one in table), None)
        if target is None:
            stack.pop()
            open_.discard(name)
            finished.append(name)
        elif target in open_:
            back.add((name, target))
        elif target not in finished:
            open_.add(target)
            stack.append((target, iter(list(_next(table[target])))))
    return finished[::-1], back


def _next(state: Mapping[str, Json]) -> Iterator[str]:
    ways: list[Json] = [state.get("Next"), state.get("Default")]
    for key in ("Choices", "Catch"):
        rules = state.get(key)
        ways += [rule.get("Next") for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []
    yield from (way for way in ways if isinstance(way, str))
