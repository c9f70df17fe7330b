"""The filter line of the home screen: what it reads, and which sessions it takes."""

from __future__ import annotations

import pytest

from bunsui.model.session import Runtime, Session
from bunsui.model.status import SessionStatus
from bunsui.text import words
from bunsui.text.style import Style
from bunsui.text.width import columns
from bunsui.tui.home import lines
from bunsui.tui.home.lines import Around
from bunsui.tui.home.query import Query, parse

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


@pytest.mark.parametrize("wide", [20, 60, 78, 118, 198])
def test_a_line_is_never_wider_than_its_room_and_has_no_control_characters(wide: int) -> None:
    line = lines.line(SESSION, Around(NOW), wide, Style(colour=False))
    assert "\x1b" not in line
    assert wide < 60 or columns(line) <= wide
