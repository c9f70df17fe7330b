"""What may leave a task: limits, references, and the way back."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bunsui.task import outputs
from bunsui.task.failure import TaskFailure
from bunsui.task.files import File, file_name
from bunsui.task.store import FolderStore


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(str(tmp_path))


def bound(value: dict[str, Any], store: FolderStore, inline: tuple[str, ...] = (), cap: int = 32768) -> Any:
    return json.loads(outputs.bound(outputs.to_text(value), store, "outputs/s/op/1.0.0/", list(inline), cap))


def test_small_outputs_stay_as_they_are(store: FolderStore) -> None:
    assert bound({"a": [1, "é", None], "b": {}}, store) == {"a": [1, "é", None], "b": {}}


@pytest.mark.parametrize("length", [8190, 8191])
def test_a_field_of_8_kib_stays_and_one_byte_more_goes(store: FolderStore, length: int) -> None:
    stays = length + 2 <= 8192
    assert isinstance(bound({"x": "y" * length}, store)["x"], str if stays else dict)


def test_sizes_are_bytes_not_characters(store: FolderStore) -> None:
    assert isinstance(bound({"x": "日" * 3000}, store)["x"], dict)


def test_the_largest_fields_are_shed_first(store: FolderStore) -> None:
    value = {"a": "x" * 1000, "b": "y" * 3000, "c": "z" * 2000}
    shed = bound(value, store, cap=4000)
    assert [type(shed[name]) for name in "abc"] == [str, dict, str]


def test_inline_fields_are_not_counted_against_the_rest(store: FolderStore) -> None:
    value = {"inline": "x" * 100_000, "other": "y" * 5000}
    assert bound(value, store, inline=("inline",)) == value


def test_a_cap_below_the_field_limit_holds(store: FolderStore) -> None:
    assert isinstance(bound({"x": "y" * 3000}, store, cap=2500)["x"], dict)


def test_what_was_shed_comes_back_whole(store: FolderStore) -> None:
    value = {"rows": [{"n": n} for n in range(5000)], "small": 1}
    assert outputs.resolve(bound(value, store), store) == value


LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=99)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=30), VALUES, max_size=6), st.integers(600, 4000))
def test_whatever_is_json_survives_the_way_through_the_store(value: dict[str, Any], cap: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert _there_and_back(value, FolderStore(folder), cap) in (
            value,
            "Bunsui.OutputNotJson",
            "Bunsui.OutputTooLarge",
        )


def _there_and_back(value: dict[str, Any], store: FolderStore, cap: int) -> Any:
    try:
        return outputs.resolve(bound(value, store, cap=cap), store)
    except TaskFailure as failure:  # text with a lone surrogate, or hundreds of small fields
        return failure.error


@pytest.mark.parametrize("name", ["..", ".", "a/b", "é", "x" * 300, "", "a\0b", ".aside", "\ud800"])
def test_any_field_name_is_one_part_of_a_key(store: FolderStore, name: str) -> None:
    quoted = file_name(name) + ".json"
    assert "/" not in quoted
    assert not quoted.startswith(("..", "./"))
    assert len(quoted.encode()) <= 255
    assert Path(store.path(f"p/{quoted}")).parent == Path(store.root) / "p"


def test_a_users_own_ref_is_left_alone(store: FolderStore) -> None:
    schema = {"schema": {"$ref": "#/definitions/row"}}
    assert outputs.resolve(schema, store) == schema


def test_a_changed_object_is_noticed(store: FolderStore) -> None:
    shed = bound({"x": "y" * 9000}, store)
    store.put(shed["x"]["$ref"], b'"other"')
    with pytest.raises(TaskFailure, match="it was changed"):
        outputs.resolve(shed, store)


def test_a_file_reference_comes_back_as_a_path(store: FolderStore) -> None:
    store.put("outputs/s/op/1.0.0/files/a.txt", b"text")
    reference = {"$ref": "outputs/s/op/1.0.0/files/a.txt", "bytes": 4, "sha256": "..."}
    (file,) = outputs.resolve([reference], store)
    assert isinstance(file, File)
    assert Path(file).read_text() == file.open().read() == "text"
    assert file == reference


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"a": {1, 2}}, r"\$.a is a set"),
        ({"a": b"x"}, r"\$.a is a bytes"),
        ({(1, 2): 3}, r"\$ has a key that is a tuple"),
        ({"a": [float("inf")]}, r"\$.a\[0\] is inf"),
    ],
)
def test_what_is_not_json_is_named_with_its_place(value: dict[Any, Any], says: str) -> None:
    with pytest.raises(TaskFailure, match=says) as caught:
        outputs.to_text(value)
    assert caught.value.error == "Bunsui.OutputNotJson"


def test_an_endless_nesting_is_not_json() -> None:
    value: dict[str, Any] = {}
    for _ in range(100_000):
        value = {"x": value}
    with pytest.raises(TaskFailure, match="nested too deeply"):
        outputs.to_text(value)
