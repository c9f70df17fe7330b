"""What of a list of sessions fits into a terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bunsui.cli.commands.session_list import cut_places, fitted
from bunsui.model.session import Runtime, Session
from bunsui.model.status import SessionStatus
from bunsui.services.views import Place
from bunsui.text import places, width
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


def test_why_one_waits_is_told_whole_below_a_list_that_has_no_room_for_it():
    waits = replace(_SESSION, status=SessionStatus.QUEUED, reason="", ended=None)
    place = Place(waits.id, "warehouse", 2, 7, 0.0, "4 of 4 slots of pool warehouse are taken", 190.0, "ada")
    queue = {waits.id: place}

    def last(limit: int | None) -> str:
        return fitted([waits, _SESSION], 100.0, limit, queue)[1][0][-1]

    assert last(80).startswith("2 of 7 in pool")
    assert width.columns(last(80)) <= 80 - len("my-project-20260225-abcdef")
    assert cut_places(queue, 100.0, {waits.id: last(80)}) == [f"{waits.id}: {places.line(place, 100.0)}"]
    assert cut_places(queue, 100.0, {waits.id: last(40)}) == [f"{waits.id}: {places.line(place, 100.0)}"]
    assert cut_places(queue, 100.0, {waits.id: last(None)}) == []
