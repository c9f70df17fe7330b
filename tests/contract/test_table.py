"""The port Table: the same claims for every adapter. Adapters are added to ADAPTERS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bunsui.errors import Conflict
from bunsui.local.home import open_home
from bunsui.local.table import SqliteTable
from bunsui.ports import Deletion, Record, Table

ADAPTERS: dict[str, Callable[[Path], Table]] = {"sqlite": lambda folder: SqliteTable(open_home(folder / "home"))}


@pytest.fixture(params=ADAPTERS)
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Table:
    return ADAPTERS[request.param](tmp_path)


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
