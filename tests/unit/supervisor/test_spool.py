"""The spool on its own: what is kept, forgotten, torn, and refused by the disk."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bunsui.local.launch import Outcome, Saved
from bunsui.local.supervisor import spool as spools
from bunsui.local.supervisor.messages import report_line
from bunsui.local.supervisor.spool import Spool


def lines(*ids: str) -> dict[str, bytes]:
    return {id: report_line(Outcome(id, {"text": "é\n"}, None, None, 1.0, 2.0)) for id in ids}


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_added_is_there_after_a_restart(tmp_path: Path) -> None:
    Spool(tmp_path).add(lines("a", "b"))
    later = Spool(tmp_path)
    assert later.reports() == list(lines("a", "b").values())
    assert "a" in later


def test_what_is_forgotten_is_gone_after_a_restart(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.add(lines("a", "b"))
    spool.forget(["a", "unknown"])
    assert Spool(tmp_path).ids() == ["b"]


def test_an_acknowledgement_in_a_later_segment_counts(tmp_path: Path) -> None:
    Spool(tmp_path).add(lines("a", "b"))
    later = Spool(tmp_path)
    later.add(lines("c"))
    later.forget(["a"])
    assert Spool(tmp_path).ids() == ["b", "c"]


def test_a_segment_goes_when_all_of_it_is_acknowledged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spools, "SEGMENT", 100)
    spool = Spool(tmp_path)
    for id in ("a", "b", "c"):
        spool.add(lines(id))
    assert files(tmp_path) == ["000000000001.outcomes", "000000000002.outcomes", "000000000003.outcomes"]
    spool.forget(["a", "b"])
    assert files(tmp_path) == ["000000000003.outcomes"]


def test_a_tidy_spool_has_no_files(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.add(lines("a"))
    spool.tidy()
    assert len(files(tmp_path)) == 1
    spool.forget(["a"])
    spool.tidy()
    assert files(tmp_path) == []


@pytest.mark.parametrize("flip", [False, True])
def test_a_file_torn_or_spoiled_anywhere_yields_whole_outcomes_only(tmp_path: Path, flip: bool) -> None:
    Spool(tmp_path).add(lines("a", "b", "c"))
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + (bytes([whole[at] ^ 1]) + whole[at + 1 :] if flip else b""))
        kept = Spool(tmp_path).reports()
        assert set(kept) <= set(lines("a", "b", "c").values())
        assert len(kept) >= (1 if flip else 0)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_refused_write_leaves_nothing_and_may_be_tried_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.add(lines("a"))
    size = next(tmp_path.iterdir()).stat().st_size
    with largest_file(size + 20), pytest.raises(OSError, match="File too large"):
        spool.add(lines("b"))
    assert "b" not in spool
    assert Spool(tmp_path).ids() == ["a"]
    spool.add(lines("b"))
    assert Spool(tmp_path).ids() == ["a", "b"]


def test_the_last_position_of_a_key_is_kept_until_its_task_is_acknowledged(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.save(Saved("t/1", "key", {"row": 1}, 1.0))
    spool.save(Saved("t/2", "key", {"row": 2}, 2.0))
    spool.forget(["t/1"])
    kept = Spool(tmp_path).position("key")
    assert kept is not None
    assert kept.position == {"row": 2}
    spool.forget(["t/2"])
    assert files(tmp_path) == []
