"""The filter line of the home screen: what it reads, and which sessions it takes."""

from __future__ import annotations

import pytest

from bunsui.analysis.progress import OperationView
from bunsui.model.session import Runtime, Session
from bunsui.model.status import OperationStatus, SessionStatus
from bunsui.services.views import SessionView
from bunsui.text import words
from bunsui.text.style import Style
from bunsui.text.width import columns
from bunsui.tui.home import detail, lines
from bunsui.tui.home.lines import Around
from bunsui.tui.home.query import Known, Query, completions, parse
from bunsui.tui.home.sorting import Order

NOW = words.seconds_of("2026-02-02T12:00:00Z")
SESSION = Session(
    id="etl-20260202-abcdef",
    pipeline="etl",
    version=None,
    definition_sha256="",
    params={},
    source="etl.yaml",
    runtime=Runtime("python3", "", ""),
    owner="mika",
    created="2026-02-02T10:00:00Z",
    status=SessionStatus.FAILED,
    reason="1 of 7 failed: 取引先が\x1b[31m拒否",
    started="2026-02-02T10:00:00Z",
    ended="2026-02-02T10:01:05Z",
)


def test_every_key_is_read_and_the_rest_is_text() -> None:
    assert parse("status:failed pipeline:etl since:24h owner:mika Load now") == Query(
        (SessionStatus.FAILED,), "etl", 86400, owner="mika", text=("load", "now")
    )


@pytest.mark.parametrize("text", ["", "status:", "pipeline:", "since:"])
def test_what_is_half_typed_filters_nothing(text: str) -> None:
    assert parse(text) == Query()


def test_what_cannot_be_read_is_told_and_filters_nothing() -> None:
    assert parse("status:lost").problem.startswith("no status lost: cancelled, completed")
    assert parse("since:soon").since is None
    assert parse("since:soon").problem == "since: 30m, 24h, 7d or today"
    assert parse("stauts:failed").problem == "stauts: Did you mean 'status:'?"
    assert parse("Bunsui.Failed:x pipe status").problem == ""


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("status:fail", True),
        ("status:running", False),
        ("since:3h", True),
        ("since:1h", False),
        ("owner:mika etl", True),
        ("owner:juri", False),
        ("1 OF 7", True),
        ("warehouse", False),
    ],
)
def test_a_session_is_taken_if_everything_fits(text: str, taken: bool) -> None:
    assert parse(text).takes(SESSION, NOW) is taken


@pytest.mark.parametrize("wide", [20, 38, 48, 58, 64, 78, 118, 198])
def test_a_line_is_never_wider_than_its_room_and_has_no_control_characters(wide: int) -> None:
    line = lines.line(SESSION, Around(NOW), wide, Style(colour=False))
    assert "\x1b" not in line
    assert wide < 30 or columns(line) <= wide
    assert wide < 30 or "1m 05s" in line


@pytest.mark.parametrize("wide", [52, 60, 90])
def test_the_detail_fits_beside_the_list_with_or_without_what_is_still_read(wide: int) -> None:
    view = SessionView(
        SESSION,
        (
            OperationView("load", "python", OperationStatus.FAILED, error="Refused", cause="取引先が拒否 " * 40),
            OperationView("after", "python", OperationStatus.UPSTREAM_FAILED),
        ),
    )
    style = Style(colour=False)
    for known in (None, view):
        told = list(detail.lines(SESSION, known, Around(NOW, usual={"etl": 30.0}), wide, style))
        assert [line for line in told if columns(line) > wide] == []
        assert "bunsui session recover etl-20260202-abcdef" in "\n".join(told)


@pytest.mark.parametrize(
    ("seconds", "bar"), [(0.0, "───┼───"), (15.0, "━━─┼───"), (30.0, "━━━┿───"), (45.0, "━━━┿━──"), (900.0, "━━━┿━━━")]
)
def test_the_usual_time_ends_in_the_middle_of_its_bar(seconds: float, bar: str) -> None:
    assert lines.against(seconds, 30.0, Style(colour=False), running=True) == bar


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("", ["status:", "pipeline:", "owner:", "since:"]),
        ("sta", ["status:"]),
        ("status:failed own", ["owner:"]),
        ("status:fa", ["status:failed"]),
        ("status:failed,ti", ["status:failed,timed_out"]),
        ("owner:", ["owner:me", "owner:mika"]),
        ("pipeline:e", ["pipeline:etl"]),
        ("since:t", ["since:today"]),
        ("etl", []),
    ],
)
def test_the_last_word_is_completed_to_keys_and_to_what_was_seen(typed: str, offered: list[str]) -> None:
    assert completions(typed, Known(["etl"], ["mika"])) == offered


def test_groups_of_statuses_and_today_are_read_and_me_is_whoever_asks() -> None:
    query = parse("status:open,fail since:today owner:me")
    assert SessionStatus.QUEUED in query.statuses
    assert SessionStatus.FAILED in query.statuses
    assert SessionStatus.COMPLETED not in query.statuses
    assert query.today
    assert query.by("mika").owner == "mika"


@pytest.mark.parametrize("wide", [78, 118, 138])
def test_a_click_on_a_head_finds_the_column_that_stands_there(wide: int) -> None:
    head = lines.head(wide, Style(colour=False), Order("session"))
    named = {"STATUS": "status", "SESSION": "session", "TIME": "time", "OWNER": "owner", "PIPELINE": "pipeline"}
    for text, column in named.items():
        if text in head:
            assert lines.column_at(wide, head.index(text)) == column
            assert lines.column_at(wide, head.index(text) + len(text) - 1) == column
    assert lines.column_at(wide, head.index("PROGRESS")) is None
