"""Browsing for a pipeline file: folders on the left, what the marked file would be beside them.

What lies where is asked of the desk, by addresses: a prefix of another store is listed by the same screen.
"""

from __future__ import annotations

import os
import shlex
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.timer import Timer

from bunsui.model.address import SCHEME, is_remote, parsed
from bunsui.model.listing import Entry
from bunsui.text import escape, width
from bunsui.text.language import _, mark
from bunsui.tui.load import jobs, lines, tree
from bunsui.tui.load.messages import Found, Listed, Peeked
from bunsui.tui.load.tree import Row, Tree, joined
from bunsui.tui.paint import STYLE
from bunsui.tui.pipelines.addresses import as_folder, near
from bunsui.tui.screen import View
from bunsui.tui.widgets.asking import Ask
from bunsui.tui.widgets.keybar import KeyBar
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Page, Rows

_PAUSE = 0.12  # seconds that a file is marked before it is looked into


class Files(Rows):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "screen.unfold", mark("open the folder"), show=False, id="load.unfold"),
        Binding("left", "screen.fold", mark("close the folder"), show=False, id="load.fold"),
    ]


class LoadScreen(View):
    TITLE = "load"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("backspace", "above", mark("folder above"), id="load.above"),
        Binding("p", "only", mark("pipelines only"), id="load.only"),
        Binding("full_stop", "dotted", mark("hidden files"), key_display=".", id="load.hidden"),
        Binding("o", "path", mark("by its path"), id="load.path"),
        Binding("s", "store", mark("S3 or here"), id="load.store"),
        Binding("v", "versions", mark("versions"), id="load.versions"),
        Binding("e", "edit", mark("edit"), id="load.edit"),
        Binding("n", "new", mark("new"), id="load.new"),
        Binding("u", "again", mark("look again"), show=False, id="load.again"),
        Binding("escape", "app.up", mark("back"), id="load.leave"),
    ]
    DEFAULT_CSS = """
    LoadScreen Horizontal { height: 1fr; }
    LoadScreen Rows { width: 44%; }
    LoadScreen #about { width: 1fr; border-left: solid $panel; }
    """

    def __init__(self, folder: str = "") -> None:
        super().__init__()
        self._tree = Tree(as_folder(folder) or ".")
        self._rows: dict[str, Row] = {}
        self._pause: Timer | None = None
        self._wanted = ""  # the file to be looked into
        self._peeked: Peeked | None = None

    def compose(self) -> ComposeResult:
        yield Line(id="top")
        with Horizontal():
            yield Files(self._draw, id="files", enter=mark("open"))
            yield Page(id="about")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Rows).focus()
        self._read(self._tree.root)
        self._show()

    def copyable(self) -> dict[str, str]:
        key = self._marked
        return {_("path"): key.address} if key else {}

    # What is read

    def _read(self, address: str, after: str = "") -> None:
        self.loader.read(self, f"list {address}", jobs.listed(address, after))

    def on_listed(self, told: Listed) -> None:
        first = not self._tree.listings
        if told.asked == self._tree.root:
            self._tree.root = told.listing.address
        address = told.listing.address
        self._tree.listings[address] = joined(self._tree.listings.get(address) if told.after else None, told.listing)
        if told.after and told.listing.problem:
            self.complain(told.listing.problem)
        self._show()
        if first:
            at = next((one.address for one in told.listing.entries if one.pipeline), None)
            self.query_one(Rows).fill(list(self._rows), at=at)

    def on_peeked(self, told: Peeked) -> None:
        if told.address == self._wanted:
            self._peeked = told
            self._beside()

    def _show(self) -> None:
        self._rows = {row.key: row for row in self._tree.rows()}
        rows = self.query_one(Rows)
        rows.fill(list(self._rows))
        self._head()
        self._look()

    def _head(self) -> None:
        said = [_("pipelines only")] * self._tree.only_pipelines + [_("hidden files too")] * self._tree.dotted
        right = ", ".join(said)
        title = _("load")
        room = self.size.width - 4 - width.columns(title) - width.columns(right)
        where = width.cut_middle(escape.line(_from_home(self._tree.root)), max(room, 8))
        gap = " " * max(room - width.columns(where), 0)
        self.query_one("#top", Line).say(f"{STYLE.bold(title)} {where}{gap} {STYLE.dim(right)}")

    def _draw(self, key: str, columns: int) -> str:
        return tree.line(self._rows[key], columns)

    # Beside

    @property
    def _row(self) -> Row | None:
        return self._rows.get(self.query_one(Rows).key or "")

    @property
    def _marked(self) -> Entry | None:
        return self._row.entry if self._row else None

    def on_rows_moved(self, event: Rows.Moved) -> None:
        event.stop()
        self._look()

    def _look(self) -> None:
        entry = self._marked
        looks = entry is not None and entry.pipeline
        wanted = entry.address if entry is not None and looks else ""
        if wanted == self._wanted and wanted:
            return
        self._wanted, self._peeked = wanted, None
        self._beside()
        if self._pause is not None:
            self._pause.stop()
        if wanted:
            self._pause = self.set_timer(_PAUSE, self._peek)

    def _peek(self) -> None:
        self.loader.read(self, "peek", jobs.peeked(lambda: self._wanted))

    def _beside(self) -> None:
        page = self.query_one("#about", Page)
        columns = max(page.size.width - 4, 16)
        entry = self._marked
        if self._peeked is not None:
            page.show(lines.peeked(self._peeked, columns))
        elif self._wanted:
            page.show([STYLE.dim(_("looking ..."))])
        else:
            page.show(lines.about(entry, columns) if entry else lines.note(self._row, columns))
        page.scroll_home(animate=False)

    def on_resize(self) -> None:
        self._head()
        self.call_after_refresh(self._beside)

    # What people do

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        entry = self._rows[event.key].entry
        if entry is None:
            self._read_on(self._rows[event.key].goes_on)
        elif entry.is_folder:
            (self.action_fold if entry.address in self._tree.opened else self.action_unfold)()
        else:
            self.bunsui.show_pipeline(near(entry.address))

    def _read_on(self, address: str) -> None:
        """The next page, where there is one."""
        listing = self._tree.listings.get(address)
        if listing is not None and listing.next:
            self._read(address, listing.next)

    def action_unfold(self) -> None:
        entry = self._marked
        if entry is not None and entry.is_folder and entry.address not in self._tree.opened:
            self._unfold(entry)

    def _unfold(self, entry: Entry) -> None:
        if entry.loops:
            self.complain(_("this link leads back to a folder that it lies in"), _("o opens any folder by its path"))
            return
        self._tree.opened.add(entry.address)
        self._read(entry.address)
        self._show()

    def action_fold(self) -> None:
        """The folder that is marked, or else the one that the marked file lies in."""
        row = self._row
        if row is None:
            return
        folder = row.key if row.is_open else self._around(row)
        if folder in self._tree.opened:
            self._tree.opened.discard(folder)
            self._show()
            self.query_one(Rows).fill(list(self._rows), at=folder)

    def _around(self, row: Row) -> str:
        """The folder whose row stands above, and less deep."""
        above = list(self._rows.values())
        above = above[: above.index(row)]
        return next((one.key for one in reversed(above) if one.depth < row.depth), "")

    def action_above(self) -> None:
        here = self._tree.listings.get(self._tree.root)
        if here is not None and here.above:
            self._go(here.above, here.address)

    def _go(self, root: str, marked: str = "") -> None:
        self._tree = Tree(root, self._tree.listings, self._tree.opened, self._tree.only_pipelines, self._tree.dotted)
        self._read(root)
        self._show()
        if marked:
            self.query_one(Rows).fill(list(self._rows), at=marked)

    def action_store(self) -> None:
        """To the buckets; from there, back to the current folder."""
        self._go("." if is_remote(self._tree.root) else SCHEME)

    def action_versions(self) -> None:
        """Those of the marked file stand below it."""
        entry = self._marked
        if entry is None or not entry.has_versions:
            self.complain(_("earlier versions are kept in S3 only"))
        elif entry.address in self._tree.opened:
            self.action_fold()
        else:
            self._unfold(entry)

    def abandoned(self) -> None:
        """What was not read says so, in place of being read for ever."""
        self._tree.give_up()
        self._wanted = ""
        self._show()

    def action_only(self) -> None:
        self._tree.only_pipelines = not self._tree.only_pipelines
        self._show()

    def action_dotted(self) -> None:
        self._tree.dotted = not self._tree.dotted
        self._show()

    def action_again(self) -> None:
        for address in [self._tree.root, *self._tree.opened]:
            self._read(address)
        self._wanted = ""
        self._look()

    def action_path(self) -> None:
        hint = _("pipeline.yaml, a folder, or s3://bucket/...")
        here = near(self._tree.root)
        begun = here if here.endswith("/") else here + os.sep
        self.app.push_screen(Ask(_("load which file?"), value=begun, hint=hint), self._path)

    def _path(self, text: str | None) -> None:
        if not text or not text.strip():
            return
        self.loader.read(self, "found", jobs.found(text.strip()))

    def on_found(self, told: Found) -> None:
        if told.is_folder:
            self._go(told.address)
        else:
            self.bunsui.show_pipeline(near(told.address))

    def action_edit(self) -> None:
        entry = self._marked
        if entry is not None and is_remote(entry.address):
            self._not_written(entry.address)
        elif entry is not None and not entry.is_folder:
            self.bunsui.go("edit", entry.address)

    def _not_written(self, address: str) -> None:
        command = f"aws s3 cp {shlex.quote(str(parsed(address).newest))} ."
        self.complain(_("what is in S3 is not written from here"), _("copy it: {command}").format(command=command))

    def action_new(self) -> None:
        if is_remote(self._tree.root):
            self._not_written(self._tree.root)
            return
        entry = self._marked
        folder = entry.address if entry is not None and entry.is_folder else self._tree.root
        self.bunsui.go("new", folder)


def _from_home(path: str) -> str:
    home = os.path.expanduser("~")
    return "~" + path.removeprefix(home) if path == home or path.startswith(home + os.sep) else path
