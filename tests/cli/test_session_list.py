"""What of a list of sessions fits into a terminal."""

from __future__ import annotations

import pytest

from bunsui.cli.commands.session_list import fitted
from bunsui.model.session import Runtime, Session
from bunsui.model.status import SessionStatus
from bunsui.text import width
from bunsui.text.style import Style
from bunsui.text.table import table

_SESSION = Session(
    id="my-project-20260225-abcdef",
    pipeline="my-project",
    version=None,
    definition_sha256="0" * 64,
    params={},
    source="pipeline.yaml",
    runtime=Runtime("python3", "/usr/bin", "."),
    owner="tester",
    created="2026-02-25T06:13:20Z",
    started="2026-02-25T06:13:20Z",
    ended="2026-02-25T06:13:24Z",
    status=SessionStatus.FAILED,
    reason="Bunsui.OperationsFailed: 2 of 5 operations failed: extract (ValueError), load (ValueError)",
)


def listed(limit: int | None) -> list[str]:
    return table(*fitted([_SESSION], 0, limit), Style(colour=False), limit)


@pytest.mark.parametrize("limit", [40, 50, 60, 70, 80, 100, 200])
def test_a_list_fits_its_terminal_and_ids_stay_whole(limit):
    lines = listed(limit)

    assert max(map(width.columns, lines)) <= limit
    assert lines[1].startswith("my-project-20260225-abcdef  FAILED")


@pytest.mark.parametrize(
    ("limit", "titles"),
    [
        (100, ["SESSION", "STATUS", "STARTED", "TIME", "WHY"]),
        (60, ["SESSION", "STATUS", "STARTED", "TIME"]),
        (50, ["SESSION", "STATUS", "TIME"]),
        (40, ["SESSION", "STATUS"]),
    ],
)
def test_a_narrower_terminal_gets_fewer_columns(limit, titles):
    assert listed(limit)[0].split() == titles


def test_where_there_is_no_terminal_nothing_is_left_out():
    assert listed(None)[1].endswith("4.0s  2 of 5 operations failed: extract (ValueError), load (ValueError)")


def test_what_failed_comes_first_where_the_line_is_cut():
    assert "4.0s  extract (ValueError), lo…" in listed(80)[1]
