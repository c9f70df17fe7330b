"""The panes of a session and its recovery, by their keys, on a real home with the real engine."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bunsui.model.status import SessionStatus
from bunsui.tui.recover.screen import RecoverScreen
from bunsui.tui.session.graph import GraphPane
from bunsui.tui.session.log import LogPane
from bunsui.tui.session.screen import SessionScreen
from bunsui.tui.session.timeline import TimelinePane
from bunsui.tui.widgets.drawing import Drawing
from tui.pilot import Keys, Project, at

FORK = """
version: 1
name: fork
operations:
  fetch: {python: {call: "steps:fetch"}, with: {n: 4}}
  fans:
    needs: [fetch]
    for_each: "{% $fetch.rows %}"
    tolerate: 100%
    python: {call: "more:odd"}
    with: {x: "{% $item %}"}
  side: {needs: [fetch], python: {call: "more:chat"}}
  load: {needs: [fans, side], python: {call: "steps:total"}, retry: {max_attempts: 2, interval: 1s}}
  send: {needs: [load], idempotent: false, python: {call: "more:chat"}}
"""
MORE = """
def odd(x):
    if x % 2:
        raise ValueError(f"{x} is odd")
    return {"x": x}


def chat():
    for number in range(300):
        print(f"row {number}: 東京から大阪まで" + " と長い行" * 30)
    return {"rows": {"deep": {"deeper": [1, 2, 3]}}, "name": "テキスト"}
"""


@pytest.fixture
def fork(project: Project) -> Project:
    (project.folder / "fork.yaml").write_text(FORK)
    (project.folder / "more.py").write_text(MORE)
    project.numbers = "fork.yaml"
    return project


async def _open(keys: Keys, session: str, pane: str = "") -> SessionScreen:
    await keys.until(session)
    await keys.press("enter")
    await keys.until(r"2 graph|operations|COMPLETED|FAILED")
    screen = keys.app.screen
    assert isinstance(screen, SessionScreen)
    await keys.until(lambda: screen.shown is not None and screen.shown.run is not None)
    if pane:
        await keys.press(pane)
    return screen


def test_a_cursor_goes_through_the_graph_and_enter_opens_the_log_of_the_box(fork: Project) -> None:
    fork.fail("down")

    async def flow(keys: Keys) -> None:
        screen = await _open(keys, "down", "2")
        graph = screen.query_one(GraphPane)
        await keys.until("┏━.*(?s:.*)✘ load")  # the failure is marked
        assert graph.marked == "load"
        await keys.press("k", "h")
        assert graph.marked == "fans"
        text = await keys.until("fans 2/4 ✘2")
        assert "2 of 4 items, 2 failed" in text
        await keys.press("l", "j", "j")
        assert graph.marked == "send"
        await keys.press("slash")
        await keys.type("sid")
        await keys.press("enter")
        assert graph.marked == "side"
        await keys.press("z", "z")
        await keys.until(r"┃ ✔ ┃")
        await keys.press("o")
        await keys.until("side  ← fetch")
        assert graph.marked == "side"
        await keys.press("enter")
        assert "fetching" not in await keys.until("of side.*(?s:.*)row 0: 東京から大阪まで")

    at(fork.app(), flow, (100, 34))


def test_a_click_marks_a_box_and_a_double_click_opens_its_log(fork: Project) -> None:
    fork.run("good")

    async def flow(keys: Keys) -> None:
        screen = await _open(keys, "good", "2")
        await keys.until("✔ send")
        graph, drawing = screen.query_one(GraphPane), screen.query_one(Drawing)
        await keys.until(lambda: drawing.chart is not None)
        assert drawing.chart is not None
        box = drawing.chart.boxes["side"]
        await keys.click(Drawing, box.x + 3, box.y + 1)
        await keys.until(lambda: graph.marked == "side")
        await keys.click(Drawing, box.x + 3, box.y + 1, times=2)
        await keys.until("of side")

    at(fork.app(), flow, (100, 40))


def test_the_timeline_shows_every_try_and_is_made_larger(fork: Project) -> None:
    fork.fail("down")

    async def flow(keys: Keys) -> None:
        screen = await _open(keys, "down", "3")
        text = await keys.until("load +◆ +▇+╌+▇+.* ×2")
        assert "critical path" in text
        assert re.search("try 1 ConnectionError", text)  # the failed one is marked
        pane = screen.query_one(TimelinePane)
        before = pane._sheet.scale.span if pane._sheet else 0.0
        await keys.press("plus", "plus")
        await keys.until(lambda: pane._sheet is not None and pane._sheet.scale.span < before / 3)
        await keys.press("0")
        await keys.until(lambda: pane._sheet is not None and pane._sheet.scale.span == before)
        await keys.press("i")
        await keys.until("(?s)load  FAILED.*2 attempts.*try 1")
        await keys.press("escape")
        await keys.until("critical path")

    at(fork.app(), flow, (100, 30))


def test_an_operation_is_opened_with_its_tries_input_and_output(fork: Project) -> None:
    fork.fail("down")

    async def flow(keys: Keys) -> None:
        await _open(keys, "down", "1")
        await keys.press("g", "enter")
        text = await keys.until("(?s)fetch  SUCCEEDED.*1 attempt.*input:.*n: 4.*output:.*rows: 4 items")
        assert "fetching [bold]all[/bold]" in text  # the end of its log
        await keys.press("escape")
        await keys.until("OPERATION")
        await keys.press("exclamation_mark", "enter")
        await keys.until("(?s)load  FAILED.*ConnectionError.*the warehouse refused")
        await keys.press("G", "enter")
        await keys.until("of load")
        log = keys.app.screen.query_one(LogPane)
        assert log.book.line(log.view.cursor).level == "ERROR"  # not at the beginning

    at(fork.app(), flow, (100, 40))


def test_evidence_leads_to_its_line_in_the_log(fork: Project) -> None:
    fork.fail("down")

    async def flow(keys: Keys) -> None:
        screen = await _open(keys, "down")
        text = await keys.until("(?s)load.*lines.*the warehouse refused.*its log")
        assert "bunsui session recover down" in text
        await keys.until(lambda: "/evidence/" in (screen.query_one("#failures").key or ""))
        await keys.press("enter")
        log = screen.query_one(LogPane)
        await keys.until(lambda: log.view.has_focus and "refused" in log.book.line(log.view.cursor).message)
        assert log.book.shown[log.view.cursor] in log.view.evidence
        assert not log.view.following

    at(fork.app(), flow)


def test_the_log_finds_wraps_tells_times_apart_and_copies_the_line(fork: Project) -> None:
    fork.run("good")

    async def flow(keys: Keys) -> None:
        await keys.until("good")
        await keys.press("l")
        await keys.until("ended COMPLETED")
        log = keys.app.screen.query_one(LogPane)
        assert log.view.following
        await keys.press("slash")
        await keys.type("row 29:")
        await keys.press("enter")
        first = log.book.line(log.view.cursor)
        await keys.press("n")
        second = log.book.line(log.view.cursor)
        assert first.message == second.message
        assert {first.operation, second.operation} == {"side", "send"}
        before = log.view.virtual_size.height
        await keys.press("w")
        await keys.until(lambda: log.view.virtual_size.height > 2 * before)
        assert log.book.line(log.view.cursor) is second
        await keys.press("t")
        await keys.until(r"\+\d+\.\d\d")
        assert next(iter(keys.app.screen.copyable().values())) == second.message
        await keys.press("o")
        await keys.until("lines of which operation")
        await keys.press("j", "enter")
        assert "session" not in (await keys.until("of fetch")).split("of fetch")[1]
        await keys.press("enter")
        await keys.until("stdout")

    at(fork.app(), flow)


def test_a_long_log_is_looked_through_while_keys_go_on(project: Project) -> None:
    project.run("good")

    async def flow(keys: Keys) -> None:
        await keys.until("good")
        await keys.press("l")
        await keys.until("ended COMPLETED")
        log = keys.app.screen.query_one(LogPane)
        line = log.book.line(0)
        log.take([replace(line, message="rare and far")] + [replace(line, message="common")] * 30_000)
        await keys.press("slash")
        await keys.type("rare an")
        await keys.type("d far")
        await keys.until(lambda: log.book.line(log.view.cursor).message == "rare and far")
        await keys.type(" away")
        await keys.press("enter")
        await keys.until(lambda: [one.message for one in keys.app._notifications] == ["not found: rare and far away"])
        await keys.press("escape", "ampersand")
        await keys.type("rare and")
        await keys.until(lambda: len(log.book) == 1)
        log.take([replace(line, message="rare and new"), line])
        assert len(log.book) == 2
        await keys.press("enter", "escape")
        await keys.until(lambda: len(log.book) > 30_000)

    at(project.app(), flow)


def test_who_reads_above_stays_on_the_line_while_lines_come_and_fall_out(fork: Project) -> None:
    fork.run("good")

    async def flow(keys: Keys) -> None:
        await keys.until("good")
        await keys.press("l")
        await keys.until("ended COMPLETED")
        log = keys.app.screen.query_one(LogPane)
        log.book.most = len(log.book) + 5
        await keys.press("g", "space", "space", "space", "k")
        line, row = log.book.line(log.view.cursor), log.view.cursor - log.view.scroll_offset.y
        log.take([log.book.line(0)] * 10)
        assert "10 new lines" in await keys.until("new lines, G goes there")
        assert log.book.line(log.view.cursor) is line
        assert log.view.cursor - log.view.scroll_offset.y == row
        await keys.press("G")
        await keys.until(lambda: log.view.following)
        assert log.view.cursor == len(log.book) - 1

    at(fork.app(), flow)


def test_values_are_a_tree_and_history_is_a_story_or_every_event(fork: Project) -> None:
    fork.run("good")

    async def flow(keys: Keys) -> None:
        await _open(keys, "good", "6")
        await keys.until("outputs of operations")
        await keys.press("slash", "G", "k", "l")
        await keys.press("7")
        await keys.until("(?s)fetch +began.*load +✔ SUCCEEDED.*send +✔ SUCCEEDED")
        await keys.press("slash")
        await keys.type("fetch")
        await keys.press("enter")
        assert "send " not in await keys.until("only with fetch")
        await keys.press("escape", "m")
        await keys.until("ExecutionStarted")
        await keys.press("j", "enter")
        await keys.until("(?s)details:.*input")

    at(fork.app(), flow)


def test_each_operation_to_be_named_shows_what_it_would_rerun(fork: Project) -> None:
    fork.fail("down")

    async def flow(keys: Keys) -> None:
        await keys.until("down")
        await keys.press("r")
        text = await keys.until("suggested")
        assert "the warehouse refused" in text
        screen = keys.app.screen
        assert isinstance(screen, RecoverScreen)
        while screen.marked != "rerun":
            await keys.press("j")
        await keys.press("enter")
        await keys.until("which operation")
        await keys.press("g")
        await keys.until("runs +5: fetch, fans, side, load, send")
        await keys.press("j", "j")
        assert screen.marked == "side"
        await keys.until("(?s)runs +3: side, load, send.*--rerun side")
        await keys.press("escape")
        await keys.until("ways out")
        assert screen.marked == "rerun"

    at(fork.app(), flow, (120, 40))
    assert fork.workspace.sessions.get("down").recoveries == 0


def test_what_is_no_json_is_told_and_then_mended_and_the_skip_goes_on(fork: Project) -> None:
    fork.fail("down")

    async def flow(keys: Keys) -> None:
        await keys.until("down")
        await keys.press("r")
        await keys.until("suggested")
        screen = keys.app.screen
        assert isinstance(screen, RecoverScreen)
        while screen.marked != "skip":
            await keys.press("j")
        await keys.press("enter")
        await keys.until("(?s)which operation.*--skip load")
        await keys.press("enter")
        await keys.until("given to send")
        await keys.press("end", "backspace")
        await keys.until("not JSON at column 2")
        await keys.press("enter")
        assert "not JSON" in await keys.until("taken to have had")
        await keys.type('"sum": 6}')
        await keys.until("✔ sum")
        await keys.press("enter")
        await keys.until("do this.*(?s:.*)bunsui session recover down --skip load")
        await keys.press("y")
        await keys.until("COMPLETED")

    at(fork.app(), flow)
    session = fork.workspace.sessions.get("down")
    assert (session.status, session.recoveries) == (SessionStatus.COMPLETED, 1)


def test_the_pane_that_was_looked_at_last_is_there_after_the_next_start_and_a_failure_comes_first(
    project: Project,
) -> None:
    project.run("good")
    project.fail("bad")
    seen: list[str] = []

    async def flow(keys: Keys) -> None:
        for session in ("good", "bad"):
            keys.app.command(f"session {session}")
            await keys.until("COMPLETED" if session == "good" else "FAILED")
            await keys.until("1 failure" if session == "bad" else "succeeded")
            assert isinstance(keys.app.screen, SessionScreen)
            seen.append(keys.app.screen.pane)
            await keys.press("3", "5" if session == "bad" else "3")
            await keys.press("escape")

    at(project.app(), flow)
    at(project.app(), flow)
    assert seen == ["operations", "errors", "timeline", "errors"]


def test_a_session_of_a_file_is_run_again_from_any_folder(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.run("first", n=7)
    (project.folder / "else").mkdir()
    monkeypatch.chdir(project.folder / "else")

    async def flow(keys: Keys) -> None:
        await keys.until("first")
        await keys.press("enter")
        await keys.until("COMPLETED")
        await keys.press("x")
        await keys.until(r"run\s+/.*numbers.yaml(?s:.*)n=7")

    at(project.app(), flow)


def test_a_session_is_run_again_with_what_it_was_given(project: Project) -> None:
    project.run("first", n=7)

    async def flow(keys: Keys) -> None:
        await keys.until("first")
        await keys.press("enter")
        await keys.until("COMPLETED")
        await keys.press("x")
        await keys.until("run numbers.yaml.*n=7|n=7")
        await keys.press("enter")
        await keys.until(r"twice +SUCCEEDED +[0-9.]+s( +[0-9.]+s)? +7/7")

    at(project.app(), flow)
    newest = project.workspace.sessions.get("@last")
    assert (newest.params, newest.id != "first", Path(newest.source).name) == ({"n": 7}, True, "numbers.yaml")
