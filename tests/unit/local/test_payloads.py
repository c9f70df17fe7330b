"""Large values of journal rows: what is packed comes back, and what grew costs what was added."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bunsui.local import database, schema
from bunsui.local.payloads import Packer, Unpacker, unpack

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
KEYS = st.sampled_from(["a", "b", "\0", "text"]) | st.text(max_size=5)
SMALL = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))
LARGE = st.builds(lambda value, size: [value, "x" * size], SMALL, st.sampled_from([0, 900, 1100, 5000]))
FIELDS = st.dictionaries(KEYS.filter(lambda key: key != "\0"), SMALL | LARGE, max_size=4)


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    path: Path = tmp_path_factory.mktemp("payloads") / "engine.db"
    database.create(path, schema.ENGINE)
    connection = database.connect(path)
    connection.execute("PRAGMA synchronous=OFF")
    return connection


def stored(packer: Packer, connection: sqlite3.Connection) -> None:
    packer.store(connection)
    packer.committed()


@given(st.lists(FIELDS, max_size=4))
def test_what_is_packed_comes_back(connection: sqlite3.Connection, rows: list[dict[str, Any]]) -> None:
    packer = Packer()
    packed = []
    for fields in rows:
        packed.append(packer.fields(fields, 1))
        stored(packer, connection)
    assert [unpack(connection, row) for row in packed] == rows


def test_a_bag_that_grew_is_stored_as_what_was_added(connection: sqlite3.Connection) -> None:
    packer, bag, packed, size = Packer(), {}, [], 0
    for number in range(200):
        bag = {**bag, f"operation_{number}": {"s": "ok", "o": {"rows": number}}}
        packed.append((packer.value(bag, 1), bag))
        size += sum(len(new.body) - new.shared for new in packer._new.values())
        stored(packer, connection)
    assert all(unpack(connection, row) == value for row, value in packed)
    whole = sum(len(str(value)) for _, value in packed)
    assert size < whole / 4


def test_the_same_object_twice_is_one_payload(connection: sqlite3.Connection) -> None:
    packer, value = Packer(), ["x" * 3000]
    packer.fields({"output": value, "input": value}, 1)
    assert len(packer._new) == 1


def test_a_commit_that_failed_is_forgotten(connection: sqlite3.Connection) -> None:
    packer, value = Packer(), ["y" * 3000]
    packer.value(value, 1)
    packer.discard()
    packed = packer.value(value, 1)
    stored(packer, connection)
    assert unpack(connection, packed) == value


def test_a_bag_that_grows_and_forgets_is_read_as_it_was_written(connection) -> None:
    """Also where the last member changes, goes, or comes back, and where another bag comes in between."""
    packer, bag, rows = Packer(), {}, []
    for number in range(60):
        bag = {name: {"s": "ok"} if number % 3 else record for name, record in bag.items()}
        bag[f"o{number}"] = {"s": "ok", "o": {"text": '"},{' * (number % 5), "n": number}}
        if number % 7 == 0:
            bag.pop(f"o{number // 2}", None)
        if number % 11 == 0:
            bag[f"o{number // 3}"] = {"s": "failed", "e": {}}
        value = {"padding": "x" * 6000, **bag} if number % 2 else {**bag, "padding": "x" * 6000}
        rows.append((dict(value), packer.value(value, 1)))
        stored(packer, connection)
    unpacker = Unpacker(connection)
    for value, packed in [*rows, *reversed(rows)]:
        assert list(unpacker.unpack(packed).items()) == list(value.items())
