"""Screens that are opened and closed leave nothing behind: no thread, no open file, no screen and what it drew."""

from __future__ import annotations

import asyncio
import gc
import os
import threading

import pytest
from textual._styles_cache import StylesCache

from bunsui.tui.screen import View
from tui.pilot import Keys, Project, at


def _held() -> dict[str, int]:
    gc.collect()
    every = gc.get_objects()
    return {
        "threads": threading.active_count(),
        "files": len(os.listdir("/proc/self/fd")),
        "screens": sum(isinstance(one, View) for one in every),
        "what widgets drew, by screens": sum(isinstance(one, StylesCache) for one in every) // 20,
    }


def _grown(before: dict[str, int]) -> dict[str, tuple[int, int]]:
    return {what: (before[what], now) for what, now in _held().items() if now > before[what] + 6}


async def _round(keys: Keys, session: str) -> None:
    for command in (f"session {session}", "pipelines", "errors", f"session {session}"):
        keys.app.command(command)
        await keys.until(lambda: len(keys.app.screen_stack) > 2)
        await keys.press("4" if command.startswith("session") else "j")
        keys.app.action_go_home()
        await keys.until(lambda: len(keys.app.screen_stack) == 2)


def test_nobody_looks_at_running_sessions_whose_screens_were_closed(project: Project) -> None:
    running = [project.workspace.run(project.asking, name=f"asks{number}").id for number in range(4)]

    async def flow(keys: Keys) -> None:
        await keys.until("asks3")
        for session in running:
            keys.app.command(f"session {session}")
            await keys.until("a answers")
        keys.app.action_go_home()
        await keys.until(lambda: not [one for one in threading.enumerate() if one.name.startswith("tui-watch")])
        await keys.until(lambda: not [one for one in threading.enumerate() if one.name.startswith("tui-log")])

    at(project.app(), flow)
    for session in running:
        project.workspace.sessions.cancel(session)


@pytest.mark.parametrize(
    "rounds", [3, pytest.param(62, marks=pytest.mark.soak)], ids=["a dozen screens", "five hundred"]
)
def test_screens_that_were_closed_are_gone_with_their_threads_and_files(project: Project, rounds: int) -> None:
    running = project.workspace.run(project.asking, name="asks").id
    project.fail("down")

    async def flow(keys: Keys) -> None:
        await keys.until("down")
        for session in (running, "down"):
            await _round(keys, session)
        before = _held()
        for _ in range(rounds):
            await _round(keys, running)
            await _round(keys, "down")
        for _ in range(60):  # what was closed last needs a moment
            if not (grown := _grown(before)):
                break
            await asyncio.sleep(0.5)
        assert not grown

    at(project.app(), flow)
    project.workspace.sessions.cancel(running)
