"""Values of users on a line."""

from __future__ import annotations

from bunsui.text import values

_FILE = {"$ref": "outputs/etl/load/1.0.0/files/totals.csv", "bytes": 102, "sha256": "0"}


def test_a_reference_is_shown_as_the_file_that_it_stands_for():
    assert values.shown(_FILE) == "totals.csv (102 B)"


def test_references_inside_of_a_value_are_shown_too():
    assert values.shown({"file": _FILE, "rows": [1, _FILE]}) == (
        '{"file":"totals.csv (102 B)","rows":[1,"totals.csv (102 B)"]}'
    )


def test_rows_are_aligned_and_cut_to_the_terminal():
    assert list(values.rows({"a": 1, "long": "x" * 50}, 30)) == ["  a     1", "  long  " + "x" * 21 + "…"]
    assert list(values.rows({}, 30)) == []
