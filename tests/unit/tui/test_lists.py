"""Lines of lists fit the room there is, whatever the language of what stands in them."""

from __future__ import annotations

import pytest

from bunsui.model.alert import Alert, AlertKind, AlertStatus, Failed, Message, Target
from bunsui.model.failure import Category
from bunsui.model.status import SessionStatus
from bunsui.services.errors.views import ErrorGroup
from bunsui.services.views import HeldSlots, Place, PoolView
from bunsui.text.style import Style
from bunsui.text.width import columns
from bunsui.tui.alerts import lines as alerts
from bunsui.tui.errors import lines as errors
from bunsui.tui.pools import lines as pools
from bunsui.tui.widgets import columns as table

PLAIN = Style(colour=False)
AT = "2026-02-02T12:00:00Z"
WIDE = "取引先データの集計-20260202-abcdef\x1b[31m"
GROUP = ErrorGroup(
    "f1", 12_345, AT, AT, ("etl", WIDE), WIDE, WIDE, "E" * 40, "c" * 400 + WIDE, Category.CODE, False, "do " * 60
)
FAILURE = Failed(WIDE, "why " * 60, "kind", "advice " * 40, ((WIDE * 5, "log of it"),))
ALERT = Alert(
    Message("1", AlertKind.FAILURE, "s" * 300, WIDE, "etl", (("session", WIDE),), (FAILURE,), 3, (("bunsui x", "y"),)),
    Target("mailto:somebody@example.com"),
    AT,
    AlertStatus.GIVEN_UP,
    attempts=5,
    error="no route " * 40,
)
HELD = HeldSlots(WIDE, WIDE, "mika", 2, 0.0, SessionStatus.RUNNING, True)
PLACE = Place(WIDE, "pool", 1, 9, 0.0, "because " * 40, 90.0, "mika", 7, 2)


@pytest.mark.parametrize("room", [58, 76, 118, 160, 198])
def test_no_line_is_wider_than_its_room_and_nothing_steers_the_terminal(room: int) -> None:
    told = [
        errors.group(GROUP, True, 10.0, room, PLAIN),
        *errors.summary(GROUP, False, room, PLAIN),
        alerts.alert(ALERT, 10.0, room, PLAIN),
        *alerts.detail(ALERT, room, PLAIN),
        pools.pool(PoolView(WIDE, 4, 2, 1, 3, False), room, PLAIN),
        pools.held(HELD, 10.0, room, PLAIN),
        pools.place(PLACE, 10.0, room, PLAIN),
        *(table.head(shape, room, PLAIN) for shape in (errors.GROUPS, errors.SEEN, alerts.ALERTS, pools.QUEUE)),
    ]
    assert [line for line in told if columns(line) > room] == []
    assert not any("\x1b" in line for line in told)


def test_columns_share_what_is_left_and_are_left_out_where_it_is_narrow() -> None:
    shape = (table.Column("A", 4), table.Column("B", 4, share=1), table.Column("C", 3, right=True, least=30))
    assert table.line(shape, 20, ["one", "two", "3"], PLAIN) == "one   two           "
    assert table.line(shape, 30, ["one", "two", "3"], PLAIN) == "one   two                    3"
