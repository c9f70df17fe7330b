"""Folders as far as they were opened, as rows: what is shown, and in which order. Pure; what lies where it is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from bunsui.services.pipelines.desk import Entry, Listing
from bunsui.text import escape, width, words
from bunsui.text.language import _
from bunsui.tui.paint import STYLE

_NOTE = "\0"
_ROOM_FOR_TIMES = 56  # columns


@dataclass(frozen=True, slots=True)
class Row:
    """An entry, or a note (`entry` is None) about the folder that it stands in.

    `problem`: the note says why that cannot be read; `goes_on`: the folder's next page can be read from here.
    """

    key: str
    depth: int
    entry: Entry | None
    note: str = ""
    is_open: bool = False
    problem: bool = False
    goes_on: str = ""


def joined(before: Listing | None, page: Listing) -> Listing:
    """A listing with one more page. A page that could not be read leaves what is there, and can be asked for again."""
    if before is None:
        return page
    if page.problem:
        return before
    return replace(page, entries=(*before.entries, *page.entries))


@dataclass(slots=True)
class Tree:
    root: str
    listings: dict[str, Listing] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    only_pipelines: bool = False
    dotted: bool = False  # what begins with a dot, and caches

    def give_up(self) -> None:
        """Of what was asked for and did not come."""
        for address in (self.root, *self.opened):
            note = _("not waited for: u looks again")
            self.listings.setdefault(address, Listing(address, problem=note))

    def rows(self) -> Iterator[Row]:
        yield from self._below(self.root, 0)

    def _below(self, address: str, depth: int) -> Iterator[Row]:
        listing = self.listings.get(address)
        if listing is None:
            yield Row(address + _NOTE, depth, None, _("reading ..."))
            return
        if listing.problem:
            yield Row(address + _NOTE, depth, None, listing.problem, problem=True)
        left_out = 0
        for entry in listing.entries:
            if not self._is_shown(entry):
                left_out += 1
                continue
            is_open = entry.address in self.opened
            yield Row(entry.address, depth, entry, is_open=is_open)
            if is_open:
                yield from self._below(entry.address, depth + 1)
        if note := self._left_out(listing, left_out):
            yield Row(address + _NOTE, depth, None, note, goes_on=address if listing.next else "")

    def _is_shown(self, entry: Entry) -> bool:
        if (entry.name.startswith(".") or entry.name == "__pycache__") and not self.dotted:
            return False
        return entry.is_folder or entry.pipeline or not self.only_pipelines

    def _left_out(self, listing: Listing, count: int) -> str:
        if listing.next:
            return _("{n:,} so far, Enter reads more").format(n=len(listing.entries))
        if listing.more:
            return _("the first {n:,} only: o opens any file by its path").format(n=len(listing.entries))
        if not listing.entries and not listing.problem:
            return _("empty")
        return _("{n:,} hidden").format(n=count) if count else ""


def line(row: Row, columns: int) -> str:
    indent = "  " * min(row.depth, max((columns - 24) // 2, 1))
    if row.entry is None:
        return STYLE.dim(width.cut(f"{indent}  {escape.line(row.note)}", columns))
    entry = row.entry
    size = "" if entry.is_folder or not entry.readable else words.size(entry.size)
    size = f"{entry.changed}  {size:>9}" if entry.changed and columns >= _ROOM_FOR_TIMES else size
    room = columns - width.columns(indent) - 2 - width.columns(size) - 1
    name = escape.line(entry.name) + ("/" if entry.is_folder else "") + _said(entry)
    shown = width.pad(width.cut(name, max(room, 4)), max(room, 4))
    return indent + _painted(entry, shown, row.is_open) + " " + STYLE.dim(size)


def _said(entry: Entry) -> str:
    link = f" → {escape.line(entry.link)}" if entry.link else ""
    if entry.loops:
        return f"{link} {_('(leads back)')}"
    return link if entry.readable else f"{link} {_('(cannot be read)')}"


def _painted(entry: Entry, shown: str, is_open: bool) -> str:
    if entry.is_folder:
        glyph = "▾" if is_open else "▸"
        return (
            STYLE.dim(f"{glyph} {shown}")
            if entry.loops or not entry.readable
            else STYLE.paint(f"{glyph} {shown}", "blue")
        )
    if entry.pipeline:
        return STYLE.paint("◆ ", "green") + STYLE.bold(shown)
    return STYLE.dim(f"  {shown}")
