"""The colours of YAML and of the expressions in it, line by line: text that is half written has colours, too. Pure.

It knows what a line looks like, not what it means: that is for `bunsui.definition`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Span(NamedTuple):
    """Columns from 0. `tone` is key, text, number, word, note, mark, name or call."""

    begins: int
    ends: int
    tone: str


class State(NamedTuple):
    """What a line begins in: ``"`` or ``'`` an open text, ``|`` a block deeper than `indent`; "" nothing.

    `code`: inside an expression.
    """

    inside: str = ""
    indent: int = 0
    code: bool = False


START = State()
LONGEST = 4_000  # columns of a line that have colours
_BLANKS = re.compile(r" *")
_DASHES = re.compile(r"(?:- +)*(?:-(?=$))?")
_COMMON = r"""
    (?P<note>(?:(?<=\s)|^)\#.*)
  | (?P<double>"(?:[^"\\]|\\.)*"?)
  | (?P<single>'(?:[^']|'')*'?)
  | (?P<block>[|>][+-]?[0-9]?[+-]?(?=\s*(?:\#.*)?$))
  | (?P<mark>[{}\[\],&*!]|:(?=\s|$))
  | (?P<key>[^\s{}\[\],:\#"'|>&*!%@`][^{}\[\],:\#]*?(?=\s*:(?:\s|$)))
"""
_IN_FLOW = re.compile(_COMMON + r"| (?P<plain>[^\s{}\[\],](?:[^{}\[\],:\#]|:(?!\s|$)|(?<!\s)\#)*)", re.VERBOSE)
_IN_BLOCK = re.compile(_COMMON + r"| (?P<plain>[^\s{}\[\]](?:[^:\#]|:(?!\s|$)|(?<!\s)\#)*)", re.VERBOSE)
_CLOSING = {
    '"': re.compile(r'(?<!\\)(?:\\\\)*"'),
    "'": re.compile(r"(?<!')(?:'')*'(?!')"),
}
_WORDS = frozenset({"true", "false", "null", "on", "off", "yes", "no", "~"})
_NUMBER = re.compile(r"[-+]?\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?(?:(?:[smhdw]\d*)+|%)?")
_CODE = re.compile(
    r"""
    (?P<mark>\{%|%\})
  | (?P<call>\$[A-Za-z_]\w*(?=\s*\())
  | (?P<name>\$[A-Za-z_]?\w*(?:\.[A-Za-z_]\w*)*)
  | (?P<text>'[^']*'?|\\?"[^"\\]*(?:\\?")?|`[^`]*`)
  | (?P<number>(?<![\w.])\d+(?:\.\d+)?)
  | (?P<word>\b(?:and|or|in|true|false|null|function)\b)
    """,
    re.VERBOSE,
)


def spans(line: str, state: State) -> tuple[list[Span], State]:
    """The spans of a line that begins in a state, and the state that the next one begins in."""
    if len(line) > LONGEST:
        return [], START if not state.inside else state
    if state.inside == "|":
        if not line.strip() or len(_blanks(line)) > state.indent:
            return _block(line, state)
        state = START
    found: list[Span] = []
    if state.inside:
        end = _closing(line, 0, state.inside)
        code = list(_inside(line, 0, len(line) if end is None else end, "text", state.code))
        found += code
        if end is None:
            return found, State(state.inside, 0, _is_open(line, state.code))
        at = end
    else:
        at = _DASHES.match(line, len(_blanks(line))).end()  # type: ignore[union-attr]  # it matches nothing, too
        if at > len(_blanks(line)):
            found.append(Span(len(_blanks(line)), at, "mark"))
    return _rest(line, at, found)


def _rest(line: str, at: int, found: list[Span]) -> tuple[list[Span], State]:
    after, depth = START, 0
    while token := (_IN_FLOW if depth else _IN_BLOCK).search(line, at):
        kind, (begins, at) = token.lastgroup or "", token.span()
        if kind in ("double", "single"):
            after = _quoted(line, begins, at, found)
        elif kind == "block":
            found.append(Span(begins, at, "mark"))
            after = State("|", len(_blanks(line)))
        elif kind == "plain":
            found += _plain(token[0], begins)
        else:
            found.append(Span(begins, at, kind))
            depth += (token[0] in "{[") - (token[0] in "}]") if kind == "mark" else 0
    return found, after


def _quoted(line: str, begins: int, ends: int, found: list[Span]) -> State:
    """A text, or a key; the state behind it."""
    quote = line[begins]
    is_closed = _closing(line, begins + 1, quote) is not None
    if is_closed and line[ends:].lstrip().startswith(":"):
        found.append(Span(begins, ends, "key"))
        return START
    found += _inside(line, begins, ends, "text", False)
    return START if is_closed else State(quote, 0, _is_open(line[begins:ends], False))


def _plain(text: str, begins: int) -> Iterator[Span]:
    word = text.rstrip()
    if word.lower() in _WORDS:
        yield Span(begins, begins + len(word), "word")
    elif _NUMBER.fullmatch(word):
        yield Span(begins, begins + len(word), "number")


def _block(line: str, state: State) -> tuple[list[Span], State]:
    found = list(_inside(line, 0, len(line), "text", state.code))
    return found, State("|", state.indent, _is_open(line, state.code))


def _inside(line: str, begins: int, ends: int, tone: str, code: bool) -> Iterator[Span]:
    """A text: what of it is an expression has the colours of one."""
    yield Span(begins, ends, tone)
    at = begins
    while at < ends:
        opened = at if code else line.find("{%", at, ends)
        if opened < 0:
            return
        closed = line.find("%}", opened, ends)
        until = ends if closed < 0 else closed + 2
        yield Span(opened, until, "code")
        yield from (Span(*one.span(), one.lastgroup or "") for one in _CODE.finditer(line, opened, until))
        at, code = until, False


def _is_open(text: str, code: bool) -> bool:
    """Whether an expression is still open at the end."""
    opened, closed = text.rfind("{%"), text.rfind("%}")
    return opened > closed or (code and closed < 0)


def _closing(line: str, at: int, quote: str) -> int | None:
    """Behind the quote that closes a text which is open at this column."""
    closing = _CLOSING[quote].search(line, at)
    return closing.end() if closing else None


def _blanks(line: str) -> str:
    return _BLANKS.match(line)[0]  # type: ignore[index]  # it matches nothing, too
