"""Several sessions looked at again and again: each costs what is new, and what is usual is learnt from good runs."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from types import SimpleNamespace

from bunsui.model.session import ExecutionRef, Runtime, Session
from bunsui.model.status import SessionStatus
from bunsui.services.records.sessions import SessionStore
from bunsui.services.sessions.glances import Glances
from virtual.memory import MemoryTable

_S = SessionStatus
_numbers = count(1)


class Histories:
    """Opens one for each execution that it is asked for; a view is that history."""

    def __init__(self) -> None:
        self.opened: list[str] = []

    def live(self, session: Session) -> object | None:
        arn = session.executions[-1].arn
        self.opened.append(arn)
        return SimpleNamespace(arn=arn) if arn else None

    def view(self, session: Session, live: object | None) -> object:
        return live


def session(seconds: int = 0, status: SessionStatus = _S.COMPLETED, **changes: object) -> Session:
    id = f"s{next(_numbers):03}"
    began = f"2026-01-01T00:00:00.{int(id[1:]):03}Z"
    ref = ExecutionRef(f"{id}-1", f"arn:{id}-1")
    found = Session(id, "etl", None, "", {}, "", Runtime("", "", ""), "mika", began, status, executions=(ref,))
    ended = f"2026-01-01T00:{seconds // 60:02}:{seconds % 60:02}.{int(id[1:]):03}Z"
    return replace(replace(found, started=began, ended=ended), **changes)  # type: ignore[arg-type]  # its fields


def test_a_history_is_opened_once_and_anew_only_for_another_execution() -> None:
    there, histories = {"now": session()}, Histories()
    store = SessionStore(MemoryTable())
    glances = Glances(lambda _: there["now"], histories, store, lambda: 0.0)  # type: ignore[arg-type]  # as much as needed
    first = glances.view("s")
    assert glances.view("s") is first
    there["now"] = replace(there["now"], executions=(*there["now"].executions, ExecutionRef("s-2", "arn:s-2")))
    assert glances.view("s") is not first
    assert histories.opened == [there["now"].executions[0].arn, "arn:s-2"]


def test_of_very_many_only_those_looked_at_last_are_kept() -> None:
    some = {one.id: one for one in (session() for _ in range(70))}
    histories = Histories()
    store = SessionStore(MemoryTable())
    glances = Glances(some.__getitem__, histories, store, lambda: 0.0)  # type: ignore[arg-type]  # as much as needed
    for id in some:
        glances.view(id)
    glances.view([*some][-1])
    assert len(histories.opened) == 70
    glances.view(next(iter(some)))
    assert len(histories.opened) == 71


def test_usual_is_the_median_of_those_that_completed_without_help_and_is_kept_for_a_while() -> None:
    store, now = SessionStore(MemoryTable()), [1000.0]
    glances = Glances(store.get, Histories(), store, lambda: now[0])  # type: ignore[arg-type]  # as much as needed
    for one in (session(10), session(30), session(900, _S.FAILED), session(800, recoveries=1)):
        store.create(one)
    assert glances.usual("etl") is None  # two are too few
    store.create(session(20))
    assert glances.usual("etl") is None
    now[0] += 61
    assert glances.usual("etl") == 20.0
    assert glances.usual("other") is None
