"""Alerts as lines: a list, one in full, how a test went. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bunsui.model.alert import Alert, AlertStatus
from bunsui.model.alert_address import shown
from bunsui.services.alerts.service import Tested
from bunsui.text import alerts, escape, width, words
from bunsui.text.language import _, mark
from bunsui.text.said import said
from bunsui.text.style import Style
from bunsui.tui.home.lines import moment
from bunsui.tui.widgets import columns as table
from bunsui.tui.widgets.columns import Column
from bunsui.tui.widgets.titled import wrapped

ALERTS = (
    Column(mark("WHEN"), 11),
    Column(mark("STATE"), 10),
    Column(mark("KIND"), 8),
    Column(mark("TO"), 15, share=3, least=60, middle=True),
    Column(mark("SESSION"), 14, share=3, least=104, middle=True),
    Column(mark("ALERT"), 16, share=6),
    Column(mark("HOW FAR"), 16, share=4, least=140),
)
_GLYPHS = {AlertStatus.SENT: "COMPLETED", AlertStatus.GIVEN_UP: "FAILED", AlertStatus.PENDING: "QUEUED"}


def alert(one: Alert, now: float, columns: int, style: Style) -> str:
    about, colour = one.message, alerts.STYLES[one.status]
    texts = [
        moment(words.seconds_of(one.created), now, 11),
        f"{style.glyph(_GLYPHS[one.status])} {one.status}",
        str(about.kind),
        escape.line(shown(one.target)),
        escape.line(about.session),
        escape.line(said(about.subject)),
        escape.line(alerts.state(one)),
    ]
    kind = "red" if about.bad else "green"
    return table.line(ALERTS, columns, texts, style, ["dim", colour, kind, "", "", "", "dim"])


def detail(one: Alert, columns: int, style: Style) -> Iterator[str]:
    """How far it got, and all that it says."""
    colour = alerts.STYLES[one.status]
    status = style.paint(f"{style.glyph(_GLYPHS[one.status])} {one.status}", colour)
    yield f"{status}  {style.bold(str(one.message.kind))}"
    yield from wrapped(_("to"), escape.line(shown(one.target)), columns, style)
    yield from wrapped(_("how far"), escape.line(alerts.state(one)), columns, style, colour)
    yield from wrapped(_("made"), words.moment(words.seconds_of(one.created)), columns, style)
    if one.attempts:
        yield from wrapped(_("tries"), str(one.attempts), columns, style)
    if one.error and one.held:  # else it stands in how far it got
        yield from wrapped(_("why not"), escape.line(one.error), columns, style, "red")
    if one.due and one.status is AlertStatus.PENDING:
        yield from wrapped(_("next try"), words.moment(words.seconds_of(one.due)), columns, style)
    if one.batch:
        yield from wrapped(_("went with"), _("others, in one message"), columns, style)
    if one.message.session:
        yield from wrapped(_("session"), escape.line(one.message.session), columns, style)
    yield ""
    yield style.dim("─" * max(columns, 1))
    yield from alerts.message_lines(one.message, columns, style)


def results(found: Sequence[Tested], style: Style) -> Iterator[str]:
    for one in found:
        if not one.error:
            told = f"{style.glyph('SUCCEEDED')} {escape.line(one.target)}  {escape.line(one.how)}"
            yield style.paint(told, "green")
            continue
        yield style.paint(f"{style.glyph('FAILED')} {escape.line(one.target)}", "red")
        yield from (f"  {row}" for row in width.wrap(escape.line(one.error), 70))
        if one.hint:
            yield from (f"  {style.dim(row)}" for row in width.wrap(escape.line(one.hint), 70))
