"""What the interface keeps between two starts."""

from __future__ import annotations

from pathlib import Path

from bunsui.tui.state import FILE, State


def test_what_is_put_is_there_after_the_next_start_and_only_the_user_reads_it(tmp_path: Path) -> None:
    State(tmp_path).put("home.views", {"mine": "owner:me", "夜間": "status:failed"})

    assert State(tmp_path).get("home.views") == {"mine": "owner:me", "夜間": "status:failed"}
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == [FILE]


def test_two_interfaces_on_one_home_keep_what_the_other_wrote(tmp_path: Path) -> None:
    one, other = State(tmp_path), State(tmp_path)

    one.put("theme", "nord")
    other.put("home.views", ["failed"])
    one.put("theme", "bunsui-light")

    kept = State(tmp_path)
    assert (kept.get("theme"), kept.get("home.views")) == ("bunsui-light", ["failed"])


def test_none_takes_a_value_away(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.put("theme", "nord")
    state.put("theme", None)

    assert State(tmp_path).get("theme", "bunsui") == "bunsui"


def test_a_state_that_is_no_json_is_moved_aside_and_told(tmp_path: Path) -> None:
    for broken in (b"\xff\xfe", b"{", b"[1]", b"[" * 100_000):
        (tmp_path / FILE).write_bytes(broken)

        state = State(tmp_path)

        assert "tui-state.broken" in state.problem
        assert (tmp_path / "tui-state.broken").read_bytes() == broken
        state.put("theme", "nord")
        assert State(tmp_path).get("theme") == "nord"


def test_a_home_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    state = State(tmp_path / "gone")

    state.put("theme", "nord")

    assert (state.get("theme"), state.problem) == ("nord", "")
    assert not (tmp_path / "gone").exists()


def test_a_state_that_cannot_be_written_is_told_and_holds_until_the_end(tmp_path: Path) -> None:
    state = State(tmp_path)
    (tmp_path / FILE).mkdir()

    state.put("theme", "nord")

    assert "cannot be" in state.problem
    assert state.get("theme") == "nord"
    assert [one.name for one in tmp_path.iterdir()] == [FILE]


def test_text_that_is_not_utf_8_survives(tmp_path: Path) -> None:
    State(tmp_path).put("last", "caf\udce9")

    assert State(tmp_path).get("last") == "caf\udce9"
