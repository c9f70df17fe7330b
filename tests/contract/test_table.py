"""The port Table: the same claims for every adapter, SQLite's and, over the wire, DynamoDB's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bunsui.errors import Conflict, InvalidInput
from bunsui.local.home import open_home
from bunsui.local.table import SqliteTable
from bunsui.ports import Deletion, Record, Table
from ministack.server import MiniStack


@pytest.fixture(params=["sqlite", pytest.param("dynamodb", marks=pytest.mark.ministack)])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Table:
    if request.param == "sqlite":
        return SqliteTable(open_home(tmp_path / "home"))
    running: MiniStack = request.getfixturevalue("ministack")
    return running.table()


def test_a_record_comes_back_as_it_was_put(table: Table) -> None:
    stored = table.put(Record("p", "s", {"a": [1, None, "é"]}, {"status": ("RUNNING", "1")}))
    assert stored.revision == 1
    assert table.get("p", "s") == stored


def test_a_missing_record_is_none(table: Table) -> None:
    assert table.get("p", "s") is None


def test_a_new_record_is_refused_where_one_exists(table: Table) -> None:
    table.put(Record("p", "s", {"n": 1}))
    with pytest.raises(Conflict):
        table.put(Record("p", "s", {"n": 2}))
    assert table.get("p", "s") == Record("p", "s", {"n": 1}, revision=1)


def test_a_write_from_an_old_revision_is_refused(table: Table) -> None:
    first = table.put(Record("p", "s", {"n": 1}))
    table.put(replace(first, body={"n": 2}))
    with pytest.raises(Conflict):
        table.put(replace(first, body={"n": 3}))


def test_an_update_of_what_was_never_there_is_refused(table: Table) -> None:
    with pytest.raises(Conflict):
        table.put(Record("p", "s", {}, revision=3))


def test_a_transaction_is_all_or_nothing(table: Table) -> None:
    table.put(Record("p", "taken", {}))
    with pytest.raises(Conflict):
        table.transact([Record("p", "new", {}), Record("p", "taken", {})])
    assert table.get("p", "new") is None


def test_a_deletion_needs_the_revision(table: Table) -> None:
    table.put(Record("p", "s", {}, {"i": ("v", "1")}))
    with pytest.raises(Conflict):
        table.transact([Deletion("p", "s", 2)])
    table.transact([Deletion("p", "s", 1)])
    assert table.get("p", "s") is None
    assert table.query_index("i", "v").records == ()


def test_a_partition_is_read_in_order_by_prefix_and_page(table: Table) -> None:
    for sort in ("b#2", "a#1", "b#1", "b#3", "c"):
        table.put(Record("p", sort, {}))
    table.put(Record("q", "b#0", {}))
    first = table.query("p", "b#", limit=2)
    assert [r.sort for r in first.records] == ["b#1", "b#2"]
    second = table.query("p", "b#", limit=2, after=first.next)
    assert [r.sort for r in second.records] == ["b#3"]
    assert second.next is None


def test_a_partition_is_read_newest_first(table: Table) -> None:
    for sort in ("1", "2", "3"):
        table.put(Record("p", sort, {}))
    first = table.query("p", newest_first=True, limit=2)
    assert [r.sort for r in first.records] == ["3", "2"]
    assert [r.sort for r in table.query("p", newest_first=True, limit=2, after=first.next).records] == ["1"]


@pytest.mark.parametrize("newest_first", [False, True])
def test_an_index_is_read_in_order_of_its_own_sort(table: Table, newest_first: bool) -> None:
    for number, place in enumerate(("5", "3", "4", "3")):
        table.put(Record(f"p{number}", "s", {}, {"all": ("x", place)}))
    seen, after = [], None
    while True:
        page = table.query_index("all", "x", newest_first=newest_first, limit=1, after=after)
        seen += [r.partition for r in page.records]
        if (after := page.next) is None:
            break
    assert seen == (["p0", "p2", "p3", "p1"] if newest_first else ["p1", "p3", "p2", "p0"])


def test_a_changed_index_is_found_only_at_its_new_value(table: Table) -> None:
    first = table.put(Record("p", "s", {}, {"status": ("RUNNING", "1")}))
    table.put(replace(first, indexes={"status": ("FAILED", "1")}))
    assert table.query_index("status", "RUNNING").records == ()
    assert [r.revision for r in table.query_index("status", "FAILED").records] == [2]


def test_a_refused_write_leaves_the_indexes_alone(table: Table) -> None:
    first = table.put(Record("p", "s", {}, {"status": ("RUNNING", "1")}))
    with pytest.raises(Conflict):
        table.put(replace(first, revision=9, indexes={"status": ("FAILED", "1")}))
    assert len(table.query_index("status", "RUNNING").records) == 1


def test_numbers_and_texts_come_back_as_they_were(table: Table) -> None:
    body: dict[str, Any] = {
        "large": 2**63 - 1,
        "exact": 2**53 + 1,
        "small": -0.1,
        "far": 1e300,
        "whole": 1.0,
        "empty": "",
        "nothing": [],
        "": {"": None},
        "size": "a reserved word",
        "text": "\0 \u2028 \U0001f680",
    }
    table.put(Record("p", "s", body))
    found = table.get("p", "s")
    assert found is not None
    assert found.body == body
    assert isinstance(found.body["whole"], float)


def test_a_record_of_hundreds_of_kilobytes_is_kept(table: Table) -> None:
    table.put(Record("p", "s", {"text": "é" * 150_000}))
    found = table.get("p", "s")
    assert found is not None
    assert found.body == {"text": "é" * 150_000}


def test_a_hundred_records_are_written_in_one_transaction(table: Table) -> None:
    table.transact([Record("p", f"{number:03}", {"n": number}, {"i": ("v", "1")}) for number in range(100)])
    assert len(table.query("p", limit=200).records) == 100
    with pytest.raises(InvalidInput):
        table.transact([Record("q", f"{number:03}", {}) for number in range(101)])
    assert table.query("q").records == ()


def test_a_transaction_writes_no_record_twice(table: Table) -> None:
    with pytest.raises(InvalidInput):
        table.transact([Record("p", "s", {"n": 1}), Record("p", "s", {"n": 2}, revision=1)])
    assert table.get("p", "s") is None


def test_a_transaction_of_nothing_does_nothing(table: Table) -> None:
    table.transact([])


@pytest.mark.parametrize("key", [("", "s"), ("p", ""), ("p" * 2049, "s"), ("p", "é" * 513)])
def test_a_key_that_is_empty_or_too_long_is_refused(table: Table, key: tuple[str, str]) -> None:
    with pytest.raises(InvalidInput):
        table.put(Record(*key, {}))


def test_writing_changing_and_deleting_go_together(table: Table) -> None:
    one, two = table.put(Record("p", "1", {})), table.put(Record("p", "2", {}))
    table.transact([replace(one, body={"n": 1}), Deletion("p", "2", two.revision), Record("p", "3", {})])
    assert [(r.sort, r.revision) for r in table.query("p").records] == [("1", 2), ("3", 1)]
    with pytest.raises(Conflict):
        table.transact([Deletion("p", "3", 1), replace(one, body={"n": 2})])
    assert len(table.query("p").records) == 2


@pytest.mark.parametrize(("after", "forward", "backward"), [("a", 3, 0), ("b#2", 1, 1), ("b#9", 0, 3), ("c", 0, 3)])
def test_a_page_may_begin_anywhere(table: Table, after: str, forward: int, backward: int) -> None:
    for sort in ("a", "b#1", "b#2", "b#3", "c"):
        table.put(Record("p", sort, {}))
    assert len(table.query("p", "b#", after=after).records) == forward
    assert len(table.query("p", "b#", after=after, newest_first=True).records) == backward


def test_records_larger_than_a_page_of_the_store_are_all_read(table: Table) -> None:
    for number in range(9):
        table.put(Record("p", str(number), {"text": "x" * 300_000}, {"all": ("x", "1")}))
    assert [r.sort for r in table.query("p").records] == [str(number) for number in range(9)]
    assert len(table.query_index("all", "x").records) == 9


def test_values_of_an_index_do_not_run_into_each_other(table: Table) -> None:
    table.put(Record("p", "1", {}, {"i": ("a", "1")}))
    table.put(Record("p", "2", {}, {"i": ("a#1", "")}))
    table.put(Record("p", "3", {}, {"j": ("a", "1")}))
    assert [r.sort for r in table.query_index("i", "a").records] == ["1"]
    assert [r.sort for r in table.query_index("i", "a#1").records] == ["2"]


def test_a_page_that_is_full_says_whether_there_is_more(table: Table) -> None:
    for number in range(2):
        table.put(Record("p", str(number), {}, {"all": ("x", "1")}))
    assert table.query("p", limit=2).next is None
    assert table.query_index("all", "x", limit=2).next is None


def test_a_page_goes_on_where_a_record_was_that_is_there_no_more(table: Table) -> None:
    for number in range(3):
        table.put(Record("p", str(number), {}, {"all": ("x", "1")}))
    by_key, by_index = table.query("p", limit=2), table.query_index("all", "x", limit=2)
    table.transact([Deletion("p", "1", 1)])
    assert [r.sort for r in table.query("p", after=by_key.next).records] == ["2"]
    assert [r.sort for r in table.query_index("all", "x", after=by_index.next).records] == ["2"]


def test_a_place_that_no_page_named_is_refused(table: Table) -> None:
    with pytest.raises(InvalidInput):
        table.query_index("all", "x", after="yesterday")


def test_of_those_who_race_to_write_one_wins_each_revision(table: Table) -> None:
    table.put(Record("p", "s", {"n": 0}))

    def add_up(times: int) -> None:
        while times:
            there = table.get("p", "s")
            assert there is not None
            try:
                table.put(replace(there, body={"n": int(str(there.body["n"])) + 1}))
                times -= 1
            except Conflict:
                continue

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add_up, [5] * 4))
    found = table.get("p", "s")
    assert found is not None
    assert (found.body, found.revision) == ({"n": 20}, 21)
