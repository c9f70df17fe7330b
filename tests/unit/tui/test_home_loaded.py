"""What the home screen keeps of pages: nothing twice, nothing between left out, and only as far as all was read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bunsui.model.session import Runtime, Session
from bunsui.model.status import SessionStatus
from bunsui.tui.home.jobs import Sessions, Streams
from bunsui.tui.home.known import Loaded
from bunsui.tui.home.query import Query
from bunsui.tui.home.sorting import COLUMNS, NEWEST, Order, order_of

_S = SessionStatus
NOW = 2_000_000_000.0
BELOW: Streams = ((None, "there"),)


def session(number: int, status: SessionStatus = _S.COMPLETED) -> Session:
    at = f"2026-01-01T00:{number:02}:00.000Z"
    return Session(
        f"s{number}", "etl", None, "", {}, "", Runtime("", "", ""), "mika", at, status, started=at, ended=at, revision=1
    )


def page(*numbers: int, more: Streams = (), newest: bool = True, asked: Query = Query()) -> Sessions:
    found = tuple(session(number) for number in sorted(numbers, reverse=True))
    frontier = found[-1].created if more else ""
    first = found[0].created if found else ""
    return Sessions(asked, found, {}, more, first, frontier, len(found), newest=newest)


def shown(loaded: Loaded, order: Order = NEWEST) -> list[str]:
    return loaded.keys(order, NOW)


def test_the_newest_come_above_what_was_read_and_older_pages_below() -> None:
    loaded = Loaded()
    loaded.take(page(8, 9, more=BELOW))
    loaded.take(page(6, 7, newest=False))
    loaded.take(page(9, 10, more=BELOW))
    assert shown(loaded) == ["s10", "s9", "s8", "s7", "s6"]
    assert loaded.streams == ()


def test_if_more_is_new_than_was_read_the_list_begins_anew_and_leaves_nothing_out() -> None:
    loaded = Loaded()
    loaded.take(page(1, 2, more=BELOW))
    loaded.take(page(8, 9, more=BELOW))  # 3 to 7 were never read
    assert shown(loaded) == ["s9", "s8"]
    assert loaded.streams == BELOW


def test_a_session_that_was_purged_or_is_not_taken_any_more_is_gone() -> None:
    running = Query(statuses=(_S.RUNNING,))
    loaded = Loaded()
    loaded.take(page(1, 2, 3, asked=running))
    loaded.take(page(1, 3, asked=running))
    assert shown(loaded) == ["s3", "s1"]
    told = page(3, more=BELOW, asked=running)
    told.again = (replace(session(1), status=_S.FAILED, revision=2),)
    loaded.take(told)
    assert shown(loaded) == ["s3"]


def test_of_several_indexes_only_what_all_of_them_reach_is_shown() -> None:
    loaded = Loaded()
    told = page(1, 5, 8, 9, more=((_S.FAILED, "there"),))
    told.frontier = session(5).created  # of the failed ones, those before were not read
    loaded.take(told)
    assert shown(loaded) == ["s9", "s8", "s5"]
    assert shown(loaded, Order("session", down=False)) == ["s1", "s5", "s8", "s9"]


def test_a_search_that_finds_nothing_yet_goes_on_where_it_was_though_sessions_start_meanwhile() -> None:
    loaded = Loaded()
    empty = Sessions(Query(text=("x",)), (), {}, BELOW, "2026-01-09", "2026-01-08", 1000, newest=True)
    loaded.take(empty)
    assert loaded.wants_more(20)
    loaded.take(replace_streams(empty, ((None, "further"),), "2026-01-05"))
    loaded.take(Sessions(Query(text=("x",)), (), {}, BELOW, "2026-01-10", "2026-01-08", 100, newest=True))
    assert loaded.streams == ((None, "further"),)
    assert loaded.looked == 2000


def replace_streams(told: Sessions, streams: Streams, frontier: str) -> Sessions:
    return Sessions(told.asked, (), {}, streams, told.first, frontier, told.looked)


def test_a_search_rests_after_many_sessions_until_somebody_asks_for_more() -> None:
    loaded = Loaded()
    told = Sessions(Query(text=("x",)), (), {}, BELOW, "2026-01-09", "2026-01-08", 20_000, newest=True)
    loaded.take(told)
    assert not loaded.wants_more(20)
    assert loaded.further(NEWEST)
    assert loaded.wants_more(20)


@pytest.mark.parametrize("column", COLUMNS)
def test_every_order_sorts_turns_around_and_is_kept_as_text(column: str) -> None:
    order = NEWEST if column == "created" else NEWEST.chosen(column)
    turned = order.chosen(column)
    assert (turned.column, turned.down) == (column, not order.down)
    assert order_of(order.text()) == order
    some = [session(3), replace(session(1), owner="a", pipeline="a", status=_S.FAILED), session(2)]
    assert {one.id for one in order.sorted(some, NOW)} == {"s1", "s2", "s3"}
    assert order_of("nonsense") == NEWEST


def test_what_failed_comes_first_by_status() -> None:
    some = [session(1), session(2, _S.RUNNING), session(3, _S.FAILED), session(4)]
    assert [one.id for one in Order("status", down=False).sorted(some, NOW)] == ["s3", "s2", "s4", "s1"]
