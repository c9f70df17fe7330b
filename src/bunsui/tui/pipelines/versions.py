"""The versions of a pipeline, and how the marked one differs from another: by default from the one before."""

from __future__ import annotations

from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message

from bunsui.services.pipelines.views import PipelineVersion
from bunsui.text import comparison, escape, width, words
from bunsui.text.language import _, mark
from bunsui.tui.messages import Failed
from bunsui.tui.paint import STYLE
from bunsui.tui.pipelines import jobs
from bunsui.tui.pipelines.messages import Differs, Versions
from bunsui.tui.screen import Bunsui
from bunsui.tui.widgets.sheet import Page, Rows

_SHA = 8


class VersionsPane(Horizontal):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "base", mark("compare with this"), id="versions.base"),
        Binding("d", "read", mark("read the differences"), id="versions.read"),
    ]
    DEFAULT_CSS = """
    VersionsPane #list { width: 44%; min-width: 36; }
    VersionsPane #difference { width: 1fr; border-left: solid $panel; }
    """

    class Opened(Message):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self) -> None:
        super().__init__()
        self._versions: dict[str, PipelineVersion] = {}
        self._code: dict[str, tuple[str, ...]] = {}
        self._base: str | None = None

    def compose(self) -> ComposeResult:
        yield Rows(self._draw, id="list", enter=mark("open"))
        yield Page(id="difference")

    @property
    def count(self) -> int:
        return len(self._versions)

    @property
    def marked(self) -> str | None:
        """``name@version``."""
        return self.query_one("#list", Rows).key

    def take(self, told: Versions, source: str) -> None:
        self._versions = {f"{one.name}@{one.version}": one for one in told.versions}
        self._code = {f"{one.name}@{one.version}": told.code.get(one.version, ()) for one in told.versions}
        self.query_one("#list", Rows).fill(list(self._versions), at=source if source in self._versions else None)
        self._compare()

    def _draw(self, key: str, columns: int) -> str:
        one = self._versions[key]
        when = words.moment(words.seconds_of(one.created))[:16]
        base = STYLE.paint("◆ ", "yellow") if key == self._base else "  "
        code = self._code[key]
        ran = _("code {digest}").format(digest=code[0][:_SHA]) if code else ""
        head = f"{width.pad(f'v{one.version}', 5)} {when}  "
        rest = f"{one.sha256[:_SHA]}  {ran}".rstrip()
        room = columns - len(head) - 2
        owner = width.cut(escape.line(one.owner), min(10, max(room, 0)))
        shown = width.cut(f"{width.pad(owner, 10)} {rest}", room) if room >= _SHA + 11 else owner
        return base + STYLE.bold(head) + STYLE.dim(shown)

    def _pair(self) -> tuple[str, str] | None:
        """What the marked one is compared with, and it."""
        keys = list(self._versions)
        if self.marked is None or self.marked not in keys:
            return None
        if self._base and self._base != self.marked:
            return self._base, self.marked
        at = keys.index(self.marked)
        return (keys[at + 1], self.marked) if at + 1 < len(keys) else None

    def _compare(self) -> None:
        pair = self._pair()
        if pair is None:
            said = _("The first version.") if self._versions else _("It is not registered: it has no versions.")
            self.query_one("#difference", Page).show([STYLE.dim(said)])
        else:
            cast(Bunsui, self.app).loader.read(self, "differs", jobs.differs(self._pair))

    def on_differs(self, told: Differs) -> None:
        found = told.comparison
        if (found.before, found.after) != self._pair():
            return
        page = self.query_one("#difference", Page)
        columns = max(page.size.width - 4, 20)
        title = STYLE.bold(width.cut_middle(f"{found.before} → {found.after}", columns))
        counted = STYLE.dim(width.cut(comparison.counted(found), columns))
        command = STYLE.dim(width.cut(f"bunsui pipeline diff {found.before} {found.after}", columns))
        page.show([title, counted, command, "", *comparison.lines(found, STYLE, columns, fold=True)])
        page.scroll_home(animate=False)

    def on_failed(self, failed: Failed) -> None:
        self.query_one("#difference", Page).show([STYLE.paint(escape.line(failed.message), "red")])

    def on_rows_moved(self, event: Rows.Moved) -> None:
        event.stop()
        self._compare()

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        self.post_message(self.Opened(event.key))

    def action_base(self) -> None:
        """Once more: no longer."""
        self._base = None if self._base == self.marked else self.marked
        self.query_one("#list", Rows).refresh()
        self._compare()

    def action_read(self) -> None:
        """There and back."""
        page = self.query_one("#difference", Page)
        (self.query_one("#list", Rows) if page.has_focus else page).focus()
