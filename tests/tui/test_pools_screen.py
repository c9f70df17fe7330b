"""Pools and queues by the keys: what is held, who waits in which order, set, drain, release."""

from __future__ import annotations

from bunsui.model.status import SessionStatus
from bunsui.tui.session.screen import SessionScreen
from tui.pilot import Keys, Project, at

_S = SessionStatus
POOLED = """
version: 1
name: pooled
concurrency: {pool: warehouse, priority: 3}
operations:
  ask: {approval: {message: "go on?"}}
"""
SINGLE = """
version: 1
name: single
concurrency: {max_sessions: 1}
operations:
  ask: {approval: {message: "go on?"}}
"""


def started(project: Project, *names: str, text: str = POOLED) -> None:
    (project.folder / "pooled.yaml").write_text(text)
    for name in names:
        project.workspace.run("pooled.yaml", name=name)


def test_slots_and_the_queue_are_shown_in_order_and_lead_to_their_sessions(project: Project) -> None:
    project.workspace.pools.set("warehouse", 1)
    started(project, "holder", "second", "third")

    async def flow(keys: Keys) -> None:
        await keys.until("1 of 2 in pool warehouse")
        await keys.press("P")
        text = await keys.until("(?s)holder.*1 +second +3.*2 +third +3")
        assert "2 sessions wait" in text
        assert "1/1" in text
        await keys.press("tab", "tab", "j", "enter")
        await keys.until(lambda: isinstance(keys.app.screen, SessionScreen) and keys.app.screen.session == "third")

    at(project.app(), flow, (120, 30))


def test_more_slots_admit_who_waits_and_a_drained_pool_admits_nobody(project: Project) -> None:
    project.workspace.pools.set("warehouse", 1)
    started(project, "holder", "second", "third")

    async def flow(keys: Keys) -> None:
        await keys.press("P")
        await keys.until("(?s)1 +second.*2 +third")
        await keys.press("D")
        text = await keys.until("bunsui pool drain warehouse")
        assert "2 sessions wait on" in text
        await keys.press("y")
        await keys.until("drained: it admits nobody")
        await keys.press("s")
        await keys.until("how many slots has warehouse")
        await keys.press("ctrl+u")
        await keys.type("2")
        await keys.press("enter")
        await keys.until("1/2")
        await keys.until("(?s)1 +second.*2 +third")
        await keys.press("D")
        await keys.until("bunsui pool drain warehouse --off")
        await keys.press("y")
        await keys.until("(?s)2/2.*1 +third")

    at(project.app(), flow)
    assert project.workspace.sessions.get("second").status is _S.RUNNING


def test_a_pool_is_made_and_what_is_no_number_of_slots_is_refused(project: Project) -> None:
    async def flow(keys: Keys) -> None:
        await keys.press("P")
        await keys.until("There are no pools")
        await keys.press("n")
        await keys.until("the name of the new pool")
        await keys.type("licences")
        await keys.press("enter")
        await keys.until("how many slots has licences")
        await keys.press("ctrl+u")
        await keys.type("many")
        await keys.press("enter")
        await keys.until(lambda: any("not a number" in one.message for one in keys.app._notifications))
        await keys.press("n")
        await keys.until("the name of the new pool")
        await keys.type("licences")
        await keys.press("enter")
        await keys.until("how many slots has licences")
        await keys.press("enter")
        await keys.until("licences +□ +0/1")

    at(project.app(), flow)
    assert [one.name for one in project.workspace.pools.list()] == ["licences"]


def test_slots_are_given_back_by_hand_after_a_warning(project: Project) -> None:
    project.workspace.pools.set("warehouse", 1)
    started(project, "holder", "second")

    async def flow(keys: Keys) -> None:
        await keys.press("P")
        await keys.until("(?s)holder.*1 +second")
        await keys.press("x")
        await keys.until(lambda: any("mark a session" in one.message for one in keys.app._notifications))
        await keys.press("tab", "x")
        text = await keys.until("bunsui pool release warehouse holder")
        assert "more may run than the pool has slots" in text
        await keys.press("y")
        await keys.until("second +● RUNNING")

    at(project.app(), flow)
    assert project.workspace.sessions.get("holder").status is _S.RUNNING


def test_the_queue_of_a_pipeline_that_counts_its_sessions_is_shown_too(project: Project) -> None:
    started(project, "first", "second", text=SINGLE)

    async def flow(keys: Keys) -> None:
        await keys.press("P")
        await keys.until("(?s)the queue of single.*first +● RUNNING.*1 +second")
        await keys.press("s")
        await keys.until(lambda: any("limit of a pipeline" in one.message for one in keys.app._notifications))

    at(project.app(), flow)
