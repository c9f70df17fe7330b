"""What may be written at a place of a pipeline file: keys, values, operations, parameters, by the table of keys.

The text may be unfinished: its places are told by indentation and brackets. What is right is for `validator` to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bunsui.definition import names
from bunsui.definition.containers import Either, Key, ListOf, MapOf, Record
from bunsui.definition.keys import KINDS, OPERATION, OPERATION_NAME, PIPELINE
from bunsui.definition.outline import Outline, outline
from bunsui.definition.places import ITEM, Spot, Step, spot
from bunsui.definition.shapes import Boolean, Choice, Formula, Shape, Switch
from bunsui.expressions import BUILT_IN

_VARIABLE = re.compile(r"\$((?:[A-Za-z_]\w*)?)((?:\.\w*)*)$")
_FAR = 8_000  # characters back to where an expression may begin
_KIND_NAMES = frozenset(kind.name for kind in KINDS)
_ABOUT_FAN_OUT = {
    "items": "the outputs, in the order of the items",
    "succeeded": "how many succeeded",
    "failed": "how many failed",
    "errors": "which failed, and why",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """`text` is put in place of the word at the cursor, then `after` and `tail`; the cursor ends between these two."""

    text: str
    about: str = ""
    after: str = ""
    tail: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """`begins` is the column where the word begins that an offer replaces; `word` is what is written of it.

    `whole`: it is already one of what may stand here.
    """

    begins: int
    word: str = ""
    offers: tuple[Offer, ...] = ()
    whole: bool = False


def complete(text: str, line: int, column: int) -> Completion:
    """Lines and columns count from 0. What fits best comes first; what is written whole is not offered."""
    lines = text.split("\n")
    if line >= len(lines):
        return Completion(column)
    before = lines[line][:column]
    here = spot(lines, line, before)
    known = outline(lines)
    if _in_expression(lines, line, before):
        return _expression(text, before, here, known)
    word = here.word
    found = _keys(here) if here.is_key else _values(here, known)
    return _completion(column - len(word), word, found)


def _completion(begins: int, word: str, found: Iterator[Offer]) -> Completion:
    """Those that begin with the word, then those that hold it."""
    low, offers = word.lower(), list(found)
    left = [one for one in offers if one.text != word or one.after or one.tail]
    first = [one for one in left if one.text.lower().startswith(low)]
    fitting = (*first, *(one for one in left if low in one.text.lower() and one not in first))
    return Completion(begins, word, fitting, whole=len(left) < len(offers))


# Keys


def _keys(here: Spot) -> Iterator[Offer]:
    has_kind = bool(here.there & _KIND_NAMES)
    for shape in _shapes(here.path):
        if not isinstance(shape, Record):
            continue
        for key in _needed_first(shape):
            if key.name in here.there or (shape is OPERATION and has_kind and key.name in _KIND_NAMES):
                continue
            yield Offer(key.name, key.doc, *_behind(key, here))


def _needed_first(shape: Record) -> list[Key]:
    return sorted(shape.keys, key=lambda key: not key.required)


def _behind(key: Key, here: Spot) -> tuple[str, str]:
    """What is written behind a key, before and after the cursor."""
    shape = key.shape
    if isinstance(shape, Formula):
        return ': "{% $', ' %}"'
    if isinstance(shape, ListOf):
        return ": [", "]"
    if not isinstance(shape, Record | MapOf):
        return ": ", ""
    if here.in_flow or key.name in _KIND_NAMES:
        return ": {", "}"
    return f":\n{' ' * (here.indent + 2)}", ""


def _shapes(path: Sequence[Step]) -> list[Shape]:
    """What may stand at the end of a path: several where there is a choice."""
    found: list[Shape] = [PIPELINE]
    for step in path:
        found = [inner for shape in found for inner in _inside(shape, step)]
    return [one for shape in found for one in _choices(shape)]


def _inside(shape: Shape, step: Step) -> Iterator[Shape]:
    for one in _choices(shape):
        if isinstance(one, ListOf) and step is ITEM:
            yield one.item
        elif isinstance(one, MapOf) and isinstance(step, str):
            yield one.value
        elif isinstance(one, Record):
            yield from (key.shape for key in one.keys if key.name == step)


def _choices(shape: Shape) -> Iterator[Shape]:
    if isinstance(shape, Either):
        yield from (one for one in (shape.scalar, shape.sequence, shape.mapping) if one is not None)
    else:
        yield shape


# Values


def _values(here: Spot, known: Outline) -> Iterator[Offer]:
    for shape in _shapes(here.path):
        if shape is OPERATION_NAME:
            yield from _operations(here, known)
        elif isinstance(shape, Choice):
            yield from (Offer(str(option)) for option in shape.options)
        elif isinstance(shape, Boolean):
            yield from (Offer("true"), Offer("false"))
        elif isinstance(shape, Switch):
            yield from (Offer("on"), Offer("off"))
        elif isinstance(shape, Formula) and not here.word:
            yield Offer('"{% $', "an expression", tail=' %}"')


def _operations(here: Spot, known: Outline) -> Iterator[Offer]:
    """Those that may be needed: not itself, and none that waits for it."""
    itself = _operation_of(here)
    waits = known.behind(itself) if itself else frozenset()
    for name, one in known.operations.items():
        if name == itself or name in here.there or name in waits:
            continue
        yield Offer(name, f"after {', '.join(one.needs)}" if one.needs else "begins at once")


def _operation_of(here: Spot) -> str | None:
    step = here.path[1] if len(here.path) > 1 and here.path[0] == "operations" else None
    return step if isinstance(step, str) else None


# Expressions


def _in_expression(lines: Sequence[str], line: int, before: str) -> bool:
    head, number = before, line
    while "{%" not in head and "%}" not in head and number and len(head) < _FAR:
        number -= 1
        head = f"{lines[number]}\n{head}"
    return head.rfind("{%") > head.rfind("%}")


def _expression(text: str, before: str, here: Spot, known: Outline) -> Completion:
    found = _VARIABLE.search(before)
    if not found:
        return Completion(len(before))
    name, fields = found[1], found[2]
    if not fields:
        begins = found.start() + 1
        return _completion(begins, name, _variables(name, here, known))
    word = fields.rpartition(".")[2]
    offers = _fields(text, name, known) if fields.count(".") == 1 else iter(())
    return _completion(len(before) - len(word), word, offers)


def _variables(word: str, here: Spot, known: Outline) -> Iterator[Offer]:
    itself = _operation_of(here)
    if known.params:
        yield Offer("params", "what the run was given")
    if itself and itself in known.operations and known.operations[itself].fan_out:
        yield Offer("item", "this item of the list")
        yield Offer("index", "its number, from 0")
    before = known.before(itself) if itself else frozenset(known.operations)
    names_ = [name for name in known.operations if name != itself]
    for name in sorted(names_, key=lambda name: name not in before):
        yield Offer(name, "its output" if name in before else "its output, once it is in 'needs'")
    if word:
        functions = sorted(name for name in BUILT_IN if name.lower().startswith(word.lower()))
        yield from (Offer(name, "function", "(", ")") for name in functions)


def _fields(text: str, name: str, known: Outline) -> Iterator[Offer]:
    if name == "params":
        yield from (Offer(param, kind) for param, kind in known.params.items())
    elif name in known.operations and known.operations[name].fan_out:
        yield from (Offer(field, _ABOUT_FAN_OUT[field]) for field in names.FAN_OUT_MEMBERS)
    elif name in known.operations:
        read = re.findall(rf"\${re.escape(name)}\.([A-Za-z_]\w*)", text)
        yield from (Offer(field, "read elsewhere in this file") for field in dict.fromkeys(read))
