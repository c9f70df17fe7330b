"""What a line has room for: heads of columns, times that mean the same everywhere, headings that are not cut."""

from __future__ import annotations

import re

from bunsui.tui.session import heading
from tui.pilot import Keys, Project, at


def test_columns_have_one_name_at_every_width_and_show_the_order(project: Project) -> None:
    project.run("first")

    async def flow(keys: Keys) -> None:
        for columns in (64, 80, 120, 200):
            await keys.resize(columns, 24)
            await keys.until(r"CREATED ▾ ")
        assert re.search(r"COMPLETED .* \d\d:\d\d:\d\d ", await keys.until("COMPLETED"))

    at(project.app(), flow, (80, 24))


def test_the_time_of_a_recovered_session_is_the_same_in_the_list_and_in_its_heading(project: Project) -> None:
    project.fail("down")
    session = project.workspace.sessions.resume("down")
    project.workspace.sessions.wait(session.id, 60)

    async def flow(keys: Keys) -> None:
        row = re.search(r"COMPLETED .*? ([\d.]+m?s)", await keys.until("COMPLETED"))
        assert row
        await keys.press("enter")
        await keys.until(rf"COMPLETED  down .* {re.escape(row[1])} / [\d.]+m?s since the recovery")

    at(project.app(), flow, (100, 30))


def test_what_stands_side_by_side_goes_on_in_the_next_line() -> None:
    parts = [("one of them", ""), ("another", ""), ("and a third", "")]

    assert heading.in_rows(parts, 60) == [[parts[0], heading.BETWEEN, parts[1], heading.BETWEEN, parts[2]]]
    assert heading.in_rows(parts, 30) == [[parts[0], heading.BETWEEN, parts[1]], [parts[2]]]
    assert heading.in_rows(parts, 10) == [[part] for part in parts]
    assert heading.in_rows([], 10) == []
