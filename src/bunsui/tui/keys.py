"""Which keys do what, by the ids of bindings, and whether keys of somebody's own go with them.

The bindings themselves stand in their screens and widgets; where keys are written down is `preferences`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto

from textual.app import App
from textual.binding import ActiveBinding, Binding, InvalidBinding
from textual.dom import DOMNode
from textual.keys import Keys, format_key, key_to_character
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from bunsui.text.language import _
from bunsui.tui.textuals import WORDS

_MODIFIED = re.compile(r"(?:(?:ctrl|alt|shift|super|meta)\+)+(.+)")
_NAMED = frozenset(key.value for key in Keys if not key.value.startswith("<"))
_EVERYWHERE = "everywhere"
_TEXTUALS = (
    "app.focus_next",
    "app.focus_previous",
    "screen.copy_text",
    "quit",
    "help_quit",
    "page_left",
    "page_right",
)  # known without us
_SHOWN = {"escape": "esc", "enter": "enter"}


class Kind(Enum):
    APP = auto()
    SCREEN = auto()
    QUESTION = auto()  # on top of a screen: nothing below it has keys meanwhile
    PART = auto()  # of a screen


@dataclass(frozen=True, slots=True)
class Bound:
    """A binding that can be given another key: the keys that it has by itself, and what it does."""

    id: str
    owner: str  # the class that it stands in
    where: str  # the folder of the screens that it holds in, or everywhere
    kind: Kind
    keys: tuple[str, ...]
    about: str

    def meets(self, other: Bound) -> bool:
        """Whether both may hold at the same moment: a screen and its parts, not two screens, nor two of its parts."""
        if self.owner == other.owner:
            return True
        if Kind.QUESTION in (self.kind, other.kind) or self.kind is other.kind:
            return False
        return self.where == other.where or _EVERYWHERE in (self.where, other.where)


class Named:
    """Something whose keys do what its bindings cannot know: what Enter opens, what Yes means."""

    @property
    def named(self) -> Mapping[str, str]:
        """By action, in the language in use; empty: it does nothing now, and is not told."""
        return {}


def translated(active: ActiveBinding) -> ActiveBinding:
    """As it is told to people: in the language in use, by what it does here and now."""
    binding = active.binding
    named = active.node.named if isinstance(active.node, Named) else {}
    if binding.action in named:
        told = named[binding.action]
        return active._replace(binding=replace(binding, description=told, tooltip="", show=binding.show and bool(told)))
    if not binding.description:
        return active
    described = binding.description if binding.id else WORDS.get(binding.description, binding.description)
    tooltip = _(binding.tooltip) if binding.tooltip else ""
    return active._replace(binding=replace(binding, description=_(described), tooltip=tooltip))


def bound(app: type[App[None]]) -> tuple[Bound, ...]:
    """Everything of ours that has an id: of the app, of every screen and of every widget that was imported."""
    return tuple(one for owner in dict.fromkeys((app, *_owners(Widget))) for one in _of(owner))


def _owners(base: type[DOMNode]) -> Iterator[type[DOMNode]]:
    for one in base.__subclasses__():
        if one.__module__.startswith("bunsui.tui."):
            yield one
        yield from _owners(one)


def _of(owner: type[DOMNode]) -> Iterator[Bound]:
    found: dict[str, list[Binding]] = {}
    for binding in Binding.make_bindings(owner.__dict__.get("BINDINGS", [])):
        if binding.id:
            found.setdefault(binding.id, []).append(binding)
    for id, same in found.items():
        keys, about = tuple(one.key for one in same), same[0].tooltip or same[0].description
        yield Bound(id, owner.__name__, _where(owner), _kind(owner), keys, about)


def _where(owner: type[DOMNode]) -> str:
    folder = owner.__module__.split(".")[2]
    return _EVERYWHERE if issubclass(owner, App) or folder == "widgets" else folder


def _kind(owner: type[DOMNode]) -> Kind:
    if issubclass(owner, App):
        return Kind.APP
    if issubclass(owner, ModalScreen):
        return Kind.QUESTION
    return Kind.SCREEN if issubclass(owner, Screen) else Kind.PART


def normal(keys: str) -> tuple[str, ...]:
    """As bindings have them: ``?, ctrl+x`` is question_mark and ctrl+x. Nothing, if that is no list of keys."""
    try:
        found = tuple(one.key for one in Binding.make_bindings([Binding(keys, "")]))
    except InvalidBinding:
        return ()
    return found if all(_is_key(one) for one in found) else ()


def _is_key(name: str) -> bool:
    """A character, or a name that terminals know: f5, ctrl+x, pagedown."""
    if name in _NAMED:
        return True
    modified = _MODIFIED.fullmatch(name)
    return _is_key(modified[1]) if modified else key_to_character(name) is not None


def names() -> frozenset[str]:
    return _NAMED


def told(active: ActiveBinding) -> str:
    """What a key does, if that is to be told: not when it does nothing now, or the same everywhere in the world."""
    binding = active.binding
    return (binding.tooltip or binding.description) if active.enabled and binding.action not in _TEXTUALS else ""


def shown(key: str) -> str:
    """As it stands on the key."""
    modifiers, plus, plain = key.rpartition("+")
    return f"{modifiers}{plus}{_SHOWN.get(plain) or format_key(plain)}"


def clashes(everything: tuple[Bound, ...], wanted: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str, Bound]]:
    """The id, the key that is new to it, and what else holds at the same moment and has that key."""
    for one in everything:
        new = [key for key in wanted.get(one.id, ()) if key not in one.keys]
        for other in everything:
            if other.id != one.id and one.meets(other):
                yield from ((one.id, key, other) for key in new if key in wanted.get(other.id, other.keys))
