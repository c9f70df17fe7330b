"""What the editor asks: where to save, what to do about a file that changed, whether to leave, register or run.

The text and its problems are the screen's; what it does is asked of the workspace through `jobs`.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable

from bunsui.model.problem import Severity
from bunsui.services.pipelines.desk import Draft
from bunsui.text import comparison, escape
from bunsui.text.language import _
from bunsui.tui.editor import jobs
from bunsui.tui.editor.code import Code
from bunsui.tui.editor.messages import Checked, Compared, Newest, Stale, Stored
from bunsui.tui.paint import STYLE
from bunsui.tui.pipelines.addresses import current, near, whole
from bunsui.tui.pipelines.form import RunForm
from bunsui.tui.screen import View
from bunsui.tui.widgets.asking import Ask, Confirm, Offer, Pick

_NAME = re.compile(r"^name: *[\"']?([a-z][a-z0-9-]*)", re.MULTILINE)
_COLUMNS = 72  # of a question


class Questions(View):
    draft: Draft
    checked: Checked | None
    stale: Stale | None
    _then: Callable[[], None] | None = None
    _saving = False

    @property
    def code(self) -> Code:
        return self.query_one("#text", Code)

    @property
    def modified(self) -> bool:
        return self.code.text != self.draft.text

    # Saving

    def action_save(self) -> None:
        self.save()

    def save(self, then: Callable[[], None] | None = None) -> None:
        """And `then`, once it is saved."""
        if self.code.read_only:
            self.complain(_("what could not be read is not written"))
            return
        self._then = then
        if not self.draft.path:
            self._ask_where()
        elif self.stale is not None:
            self._ask_about_theirs()
        else:
            self._write()

    def _write(self) -> None:
        self._saving = True
        self.loader.do(self, "save", jobs.saved(self.draft, self.code.text))

    def _ask_where(self) -> None:
        name = _NAME.search(self.code.text)
        value = f"{name[1] if name else 'pipeline'}.yaml"
        here = STYLE.dim(_("in {folder}").format(folder=escape.line(current())))
        self.app.push_screen(Ask(_("save as which file?"), [here], value=value), self._named)

    def _named(self, path: str | None) -> None:
        if path and path.strip():
            self.draft = Draft(whole(path.strip()))
            self.stale = None
            self._write()

    def after_saving(self) -> None:
        self._saving = False
        then, self._then = self._then, None
        if then is not None:
            then()

    # Somebody else wrote it

    def on_stale(self, told: Stale) -> None:
        self.stale = told
        if self._saving:
            self._saving = False
            self._ask_about_theirs()
        else:
            self.seen_stale()

    def seen_stale(self) -> None:
        """For the screen to show."""

    def _ask_about_theirs(self) -> None:
        there = self.stale is not None and self.stale.theirs is not None
        new = not self.draft.sha256
        title = _("{file} is there already") if new else _("{file} was changed on disk since it was read")
        if not there:
            title = _("{file} is gone, or can no longer be read")
        choices = {
            "over": _("save over it: what it holds now is lost") if there else _("write it anew"),
            "elsewhere": _("save what you wrote as another file"),
        }
        if there:
            choices["differences"] = _("see how the two differ")
            choices["again"] = _("read it again: what you wrote here is lost")
        self.app.push_screen(
            Pick(title.format(file=escape.line(os.path.basename(self.draft.path))), choices), self._about
        )

    def _about(self, choice: str | None) -> None:
        if choice == "over":
            self._saving = True
            self.loader.do(self, "save", jobs.saved_over(self.draft, self.code.text))
        elif choice == "elsewhere":
            self._ask_where()
        elif choice == "again":
            self.loader.read(self, "open", jobs.opened(self.draft.path))
        elif choice == "differences" and self.stale is not None and self.stale.theirs is not None:
            self.loader.read(self, "compare", jobs.compared(self.stale.theirs, self.code.text, near(self.draft.path)))

    def on_compared(self, told: Compared) -> None:
        title = _("from the file on disk to what you wrote")
        shown = list(comparison.lines(told.comparison, STYLE, _COLUMNS, fold=True))
        self.app.push_screen(Offer(title, shown, _("choose")), lambda sure: self._ask_about_theirs() if sure else None)

    # Leaving

    def action_leave(self) -> None:
        if self.has_class("graph") and not self.has_class("wide"):
            self.run_action_soon("graph")
        elif self.modified and not self.code.read_only:
            choices = {
                "save": _("save it, then close"),
                "leave": _("close it unsaved: what you wrote is lost"),
                "stay": _("stay"),
            }
            self.app.push_screen(Pick(_("what you wrote is not saved"), choices), self._left)
        else:
            self._gone()

    def run_action_soon(self, action: str) -> None:
        self.call_next(self.run_action, action)

    def _left(self, choice: str | None) -> None:
        if choice == "leave":
            self._gone()
        elif choice == "save":
            self.save(then=self._gone)

    def _gone(self) -> None:
        self.call_next(self.app.run_action, "up")

    # Registering and running

    def action_register(self) -> None:
        self._saved_and_valid(lambda: self.loader.read(self, "newest", jobs.newest(self.draft.path)))

    def action_run(self) -> None:
        self._saved_and_valid(self._ask_to_run)

    def _saved_and_valid(self, then: Callable[[], None]) -> None:
        if self.checked is None:
            return
        if any(one.severity is Severity.ERROR for one in self.checked.problems) or self.checked.pipeline is None:
            self.complain(_("it has problems: mend them first"), _("F8 goes to the next one"))
        elif self.modified or not self.draft.path:
            self.save(then=then)
        else:
            then()

    def _ask_to_run(self) -> None:
        if self.checked is not None and self.checked.pipeline is not None:
            source = near(self.draft.path)
            self.app.push_screen(RunForm(source, self.checked.pipeline), self._started)

    def _started(self, session: str | None) -> None:
        if session:
            self.bunsui.show_session(session)

    def on_newest(self, told: Newest) -> None:
        command = f"bunsui pipeline register {shlex.quote(near(self.draft.path))}"
        self.app.push_screen(
            Confirm(
                _("register {name}?").format(name=told.name),
                [*registering(told), "", STYLE.dim(escape.line(command))],
                _("register"),
            ),
            self._register,
        )

    def _register(self, sure: bool | None) -> None:
        if sure:
            self.loader.do(self, "register", jobs.registered(self.draft.path))

    def on_stored(self, told: Stored) -> None:
        text = _("registered as {name}@{version}; run it: bunsui run {name}")
        self.notify(text.format(name=told.version.name, version=told.version.version), markup=False)


def registering(told: Newest) -> list[str]:
    """What it would do."""
    if told.newest is None:
        return [_("It becomes version 1 of a new pipeline.")]
    if told.comparison is not None and told.comparison.same:
        return [_("It is version {n} already: nothing would be stored.").format(n=told.newest.version)]
    said = [_("It becomes version {n}.").format(n=told.newest.version + 1)]
    if told.comparison is not None:
        said += ["", *comparison.meaning(told.comparison, STYLE, _COLUMNS)]
    return said
