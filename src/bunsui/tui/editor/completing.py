"""What fits the cursor: asked for while one types, shown as a list, put into the text when it is taken.

What is offered is decided in `bunsui.definition.completion`; the list is `offers`.
"""

from __future__ import annotations

from abc import abstractmethod

from bunsui.definition.completion import Completion, Offer
from bunsui.tui.editor import jobs
from bunsui.tui.editor.code import Code
from bunsui.tui.editor.jobs import Wanted
from bunsui.tui.editor.messages import Offered
from bunsui.tui.editor.offers import Offers
from bunsui.tui.editor.questions import Questions

_WORD = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$.")


class Completing(Questions):
    wanted: Wanted
    ready = False  # there is a text
    _completion = Completion(0)
    _line = 0  # that something is offered for
    _asked = False  # by key

    def want(self) -> None:
        """The text and its cursor as they are now are what jobs get."""
        wanted = self.wanted
        wanted.path, wanted.text, wanted.edition = self.draft.path, self.code.text, wanted.edition + 1
        wanted.line, wanted.column = self.code.cursor_location

    @abstractmethod
    def check(self) -> None:
        """Have the text looked at."""

    @property
    def offers(self) -> Offers:
        return self.query_one("#offers", Offers)

    def complete_as_typed(self) -> None:
        line, column = self.code.cursor_location
        before = self.code.document.get_line(line)[:column]
        self._asked = False
        if before[-1:] in _WORD and not before.lstrip().startswith("#"):
            self.loader.read(self, "complete", jobs.offered(self.wanted))
        else:
            self.put_away()

    def action_complete(self) -> None:
        if self.ready and not self.code.read_only:
            self._asked = True
            self.want()
            self.loader.read(self, "complete", jobs.offered(self.wanted))
            self.check()

    def on_offered(self, told: Offered) -> None:
        """Of an older text: what fits now is on its way. A word that is whole already is not completed unasked."""
        if told.edition != self.wanted.edition:
            return
        found, (line, column) = told.completion, self.code.cursor_location
        if not found.offers or (found.whole and not self._asked) or self.app.focused is not self.code:
            self.put_away()
            return
        self._completion, self._line = found, line
        at = self.code.cursor_screen_offset
        self.offers.offer(found.offers, at - (column - found.begins, 0), self.size.width - 2)
        self.code.held = Offers.KEYS

    def put_away(self) -> None:
        self.offers.put_away()
        self.code.held = frozenset()

    def cursor_moved(self) -> None:
        """Away from the word that something is offered for."""
        line, column = self.code.cursor_location
        if self.offers.is_shown and (line != self._line or column < self._completion.begins):
            self.put_away()

    def on_code_intercepted(self, event: Code.Intercepted) -> None:
        event.stop()
        if event.key in ("enter", "tab"):
            self._take(self.offers.chosen)
        elif event.key == "escape":
            self.put_away()
        else:
            self.offers.move(event.key)

    def _take(self, offer: Offer) -> None:
        line, column = self.code.cursor_location
        begins = self._completion.begins
        after = "" if self._is_followed(offer, line, column) else offer.after + offer.tail
        self.put_away()
        self.code.replace(offer.text + after, (line, begins), (line, column), maintain_selection_offset=False)
        row, end = self.code.cursor_location
        if after and offer.tail:
            self.code.move_cursor((row, end - len(offer.tail)))

    def _is_followed(self, offer: Offer, line: int, column: int) -> bool:
        rest = self.code.document.get_line(line)[column:].lstrip()
        return bool(offer.after) and rest.startswith(offer.after.strip()[:1])
