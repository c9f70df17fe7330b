"""Lists that are read a page at a time."""

from __future__ import annotations

from bunsui.tui.paged import Paged


def page(*numbers: int) -> dict[str, int]:
    return {str(number): number for number in numbers}


def test_the_newest_come_above_what_was_read_and_older_pages_below() -> None:
    paged: Paged[int] = Paged()
    assert not paged.known
    paged.take(page(9, 8), None, "8")
    paged.take(page(7, 6), "8", None)
    paged.take(page(10, 9), None, "9")
    assert (list(paged.rows.values()), paged.more) == ([10, 9, 8, 7, 6], None)


def test_it_begins_anew_where_some_between_may_be_missing_or_all_was_read() -> None:
    paged: Paged[int] = Paged()
    paged.take(page(2, 1), None, "1")
    paged.take(page(9, 8), None, "8")
    assert (list(paged.rows.values()), paged.more) == ([9, 8], "8")
    paged.take(page(9), None, None)
    assert (list(paged.rows.values()), paged.more) == ([9], None)
