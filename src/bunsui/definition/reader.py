"""From bytes to a tree: encoding, YAML's syntax, duplicate keys, aliases, bounds. What the keys mean is in `keys`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML, events
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.reader import ReaderError

from bunsui.definition import syntax
from bunsui.definition.positions import place_at
from bunsui.definition.scalars import plain
from bunsui.definition.tree import Mapping, Node, Scalar, Sequence, shorten
from bunsui.model.problem import Place, Problem

MAX_BYTES = 1 << 20
MAX_LINE = 256 << 10  # some scans of the YAML library are quadratic in the length of a line
MAX_DEPTH = 40
MAX_NODES = 100_000  # a node behind an alias counts at every use
_HALF = re.compile("[\ud800-\udfff]")


@dataclass(slots=True, eq=False, repr=False)
class Document:
    """`root` is None when nothing could be read; then there are problems."""

    file: str
    text: str = ""
    root: Node | None = None
    problems: list[Problem] = field(default_factory=list)

    def report(self, line: int, column: int, message: str, hint: str = "") -> None:
        """Lines and columns count from 0 here."""
        self.problems.append(Problem(Place(self.file, line + 1, column + 1), message, hint))


class _Stop(Exception):
    """A bound was passed: reading on would only cost time. Its problem has been reported."""


def read(data: bytes, file: str) -> Document:
    """The tree with all the problems that can be seen in it. Never raises."""
    document = Document(file)
    text = _decode(data, document)
    if text is None:
        return document
    document.text = text
    builder = _Builder(document)
    try:
        document.root = builder.document(_events(text))
    except _Stop:
        pass
    except MarkedYAMLError as error:
        document.problems.append(syntax.problem(error, text, file))
    except ReaderError as error:
        document.problems.append(syntax.character(error, text, file))
    except Exception:  # the YAML library stumbled over its input: the file is at fault, at the last place seen
        document.report(builder.line, builder.column, "this cannot be read as YAML.", syntax.LOOK_AROUND)
    return document


def _events(text: str) -> Iterator[events.Event]:
    parsed: Iterator[events.Event] = YAML(typ="safe", pure=True).parse(text)
    return parsed


def _decode(data: bytes, document: Document) -> str | None:
    if len(data) > MAX_BYTES:
        size = f"{len(data) / MAX_BYTES:.1f} MiB"
        document.report(0, 0, f"the file is {size} large; at most 1 MiB is read.", "Put data beside it, not into it.")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = place_at(data[: error.start].decode("utf-8-sig"))
        document.report(line, column, "the file is not UTF-8 from here on.", "Save it as UTF-8.")
        return None
    long = next((n for n, line in enumerate(text.split("\n")) if len(line) > MAX_LINE), None)
    if long is not None:
        document.report(long, 0, "the line is longer than 256 KiB.", "Break it into several lines.")
        return None
    if not text.strip():
        document.report(0, 0, "the file is empty.", "Begin with: bunsui init")
        return None
    return text


@dataclass(slots=True, eq=False, repr=False)
class _Builder:
    source: Document
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)
    open_anchors: set[str] = field(default_factory=set)
    nodes: int = 0
    line: int = 0
    column: int = 0

    def document(self, stream: Iterator[events.Event]) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in stream:
            if not isinstance(event, events.DocumentStartEvent):
                continue
            documents += 1
            if documents == 2:
                self._at(event)
                self._report("a second document begins here; a pipeline is one document.", "Remove the line '---'.")
                raise _Stop
            root = self._node(next(stream), stream, 0)
        if root is None and not self.source.problems:
            self.source.report(0, 0, "the file holds no pipeline, only comments.", "Begin with: bunsui init")
        return root

    def _node(self, event: events.Event, stream: Iterator[events.Event], depth: int) -> Node:
        self._at(event)
        if isinstance(event, events.AliasEvent):
            return self._alias(event.anchor)
        self._count(1)
        if depth > MAX_DEPTH:
            self._report(f"this is nested more than {MAX_DEPTH} levels deep.", "Nest less.")
            raise _Stop
        start = self.nodes
        anchor: str | None = getattr(event, "anchor", None)
        if anchor:
            self.open_anchors.add(anchor)
        node = self._fresh(event, stream, depth)
        if anchor:
            self.open_anchors.discard(anchor)
            self.anchors[anchor] = (node, self.nodes - start + 1)
        return node

    def _fresh(self, event: events.Event, stream: Iterator[events.Event], depth: int) -> Node:
        mark = event.start_mark
        tag = getattr(event, "ctag", None) or getattr(event, "tag", None)
        if tag is not None and str(tag) != "!":
            written = str(tag).replace("tag:yaml.org,2002:", "!!")
            self._report(f"the tag {shorten(written)} is not supported.", "Remove it.")
        if isinstance(event, events.ScalarEvent):
            return self._whole(_scalar(event, tagged=tag is not None))
        if isinstance(event, events.SequenceStartEvent):
            return self._sequence(Sequence(mark.line, mark.column, mark.index), stream, depth)
        return self._mapping(Mapping(mark.line, mark.column, mark.index), stream, depth)

    def _whole(self, node: Scalar) -> Scalar:
        if _HALF.search(node.text):
            hint = "Write both halves, or the character itself."
            self.source.report(node.line, node.column, "the text holds half of a character (\\uD800 to \\uDFFF).", hint)
        return node

    def _sequence(self, node: Sequence, stream: Iterator[events.Event], depth: int) -> Sequence:
        while not isinstance(event := next(stream), events.SequenceEndEvent):
            node.items.append(self._node(event, stream, depth + 1))
        return node

    def _mapping(self, node: Mapping, stream: Iterator[events.Event], depth: int) -> Mapping:
        while not isinstance(event := next(stream), events.MappingEndEvent):
            key = self._node(event, stream, depth + 1)
            value = self._node(next(stream), stream, depth + 1)
            if self._usable(key, node) and isinstance(key, Scalar):
                node.keys[key.text] = key
                node.values[key.text] = value
        return node

    def _usable(self, key: Node, node: Mapping) -> bool:
        if not isinstance(key, Scalar):
            self.source.report(key.line, key.column, "a key must be a word, not a list or a mapping.", syntax.QUOTE)
            return False
        if key.text == "<<" and not key.style:
            hint = "Write the keys out, or use the pipeline's 'defaults'."
            self.source.report(key.line, key.column, "merge keys (<<) are not part of YAML 1.2.", hint)
            return False
        if key.text in node.keys:
            first = node.keys[key.text].line + 1
            message = f"the key '{shorten(key.text)}' stands here a second time; the first is in line {first}."
            self.source.report(key.line, key.column, message, "Remove one of them.")
            return False
        return True

    def _alias(self, name: str) -> Node:
        if name in self.open_anchors:
            self._report(f"*{shorten(name)} stands inside what it repeats.", "Write the value out.")
            raise _Stop
        if name not in self.anchors:
            self._report(f"*{shorten(name)} repeats &{shorten(name)}, which does not exist.", "Write the value out.")
            raise _Stop
        node, size = self.anchors[name]
        self._count(size)
        return node

    def _count(self, nodes: int) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            self._report(f"the file has more than {MAX_NODES:,} values, aliases written out.", "Use fewer aliases.")
            raise _Stop

    def _at(self, event: events.Event) -> None:
        self.line, self.column = event.start_mark.line, event.start_mark.column

    def _report(self, message: str, hint: str) -> None:
        self.source.report(self.line, self.column, message, hint)


def _joined(text: str) -> str:
    """JSON writes a character beyond U+FFFF as two escapes; YAML's reader leaves them two halves."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass") if _HALF.search(text) else text


def _scalar(event: events.ScalarEvent, tagged: bool) -> Scalar:
    mark, text = event.start_mark, _joined(event.value)
    value, surprise = (text, None) if event.style or tagged else plain(text)
    return Scalar(mark.line, mark.column, mark.index, text, value, event.style or "", surprise)
