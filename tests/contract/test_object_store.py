"""The port ObjectStore: the same claims for every adapter, the folder's and, over the wire, S3's."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bunsui.errors import InvalidInput, NotFound
from bunsui.local.objects import FolderObjectStore
from bunsui.ports import ObjectStore
from ministack.server import MiniStack


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.ministack)])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "folder":
        return FolderObjectStore(tmp_path)
    running: MiniStack = request.getfixturevalue("ministack")
    return running.objects()


def test_an_object_comes_back_as_it_was_put(objects: ObjectStore) -> None:
    objects.put("a/b.json", b"\0\xff")
    assert objects.get("a/b.json") == b"\0\xff"


def test_a_second_put_replaces_the_first(objects: ObjectStore) -> None:
    objects.put("k", b"old")
    objects.put("k", b"new")
    assert objects.get("k") == b"new"


def test_a_missing_object_is_not_found(objects: ObjectStore) -> None:
    with pytest.raises(NotFound):
        objects.get("a/none")


def test_what_need_not_last_is_there_like_all_else(objects: ObjectStore) -> None:
    assert objects.put_if_absent("new/folder/k", b"first", lasting=False)
    assert not objects.put_if_absent("new/folder/k", b"second", lasting=False)
    objects.put("new/folder/lasting", b"x")
    assert objects.get("new/folder/k") == b"first"
    assert list(objects.list("new/")) == ["new/folder/k", "new/folder/lasting"]


def test_put_if_absent_keeps_what_is_there(objects: ObjectStore) -> None:
    assert objects.put_if_absent("a/k", b"first")
    assert not objects.put_if_absent("a/k", b"second")
    assert objects.get("a/k") == b"first"


def test_keys_are_listed_in_the_order_of_their_bytes(objects: ObjectStore) -> None:
    keys = ["a-b", "a.txt", "a/b", "a/b/é", "a/b.c", "ab/c", "b"]
    for key in keys:
        if key != "a/b":  # a name is a file or a folder, never both
            objects.put(key, b"")
    listed = [key for key in sorted(keys, key=str.encode) if key != "a/b"]
    assert list(objects.list("")) == listed
    for after in listed:
        assert list(objects.list("", after)) == [key for key in listed if key.encode() > after.encode()]


def test_only_keys_below_the_prefix_are_listed(objects: ObjectStore) -> None:
    for key in ("logs/s1/a", "logs/s10/a", "logs/s2/b/c", "other"):
        objects.put(key, b"")
    assert list(objects.list("logs/s1/")) == ["logs/s1/a"]
    assert list(objects.list("logs/s1")) == ["logs/s1/a", "logs/s10/a"]
    assert list(objects.list("nothing/")) == []


def test_deleting_twice_is_the_same_as_once(objects: ObjectStore) -> None:
    objects.put("k", b"")
    objects.delete("k")
    objects.delete("k")
    assert list(objects.list("")) == []


@pytest.mark.parametrize("key", ["é" * 513, "", "/etc/passwd", "a/../b", "..", "a//b", "a/", ".", "a\0b"])
def test_a_key_that_could_leave_the_store_is_refused(objects: ObjectStore, key: str) -> None:
    with pytest.raises(InvalidInput):
        objects.put(key, b"")


def test_an_object_has_an_address(objects: ObjectStore) -> None:
    objects.put("a/b c", b"")
    assert objects.url("a/b c").partition("?")[0].endswith("a/b%20c")


def test_a_part_of_an_object_is_read_by_itself(objects: ObjectStore) -> None:
    objects.put("k", b"0123456789")
    assert objects.get("k", 3, 4) == b"3456"
    assert objects.get("k", 8, 100) == b"89"
    assert objects.get("k", 7) == b"789"
    assert objects.get("k", 20, 4) == b""
    assert objects.get("k", 3, 0) == b""
    with pytest.raises(NotFound):
        objects.get("none", 3, 4)


def test_an_empty_object_is_there(objects: ObjectStore) -> None:
    objects.put("k", b"")
    assert objects.get("k") == b""
    assert objects.get("k", 1) == b""
    assert not objects.put_if_absent("k", b"x")


def test_sizes_are_summed_below_a_prefix(objects: ObjectStore) -> None:
    objects.put("a/1", b"123")
    objects.put("a/b/2", b"45")
    objects.put("b", b"6")
    assert objects.size("a/") == 5
    assert objects.size("c/") == 0


def test_more_keys_than_a_page_holds_are_all_listed(objects: ObjectStore) -> None:
    keys = [f"k/{number:04}" for number in range(1010)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda key: objects.put_if_absent(key, b"", lasting=False), keys))
    assert list(objects.list("k/")) == keys
    assert list(objects.list("k/", "k/1005")) == keys[1006:]


def test_writers_and_removers_of_neighbours_do_not_disturb_each_other(objects: ObjectStore) -> None:
    failed: list[BaseException] = []
    rounds = 150 if isinstance(objects, FolderObjectStore) else 30

    def come_and_go(name: str) -> None:
        try:
            for number in range(rounds):
                objects.put_if_absent(f"a/b/c/{name}", b"x")
                objects.put(f"a/b/c/{name}", str(number).encode())
                assert objects.get(f"a/b/c/{name}") == str(number).encode()
                objects.delete(f"a/b/c/{name}")
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=come_and_go, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert list(objects.list("")) == []


def test_folders_that_hold_nothing_any_more_go(tmp_path: Path) -> None:
    objects = FolderObjectStore(tmp_path)
    objects.put("logs/s/a/1", b"")
    objects.put("logs/s/b", b"")
    objects.delete("logs/s/a/1")
    assert sorted(path.name for path in (tmp_path / "logs/s").iterdir()) == ["b"]
    objects.delete("logs/s/b")
    assert sorted(path.name for path in (tmp_path / "logs").iterdir()) == []
