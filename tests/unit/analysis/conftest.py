"""Histories written short: `h` numbers the events and chains each to the one before, unless told otherwise."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bunsui.model.history import HistoryEvent


class Story:
    def __init__(self) -> None:
        self.events: list[HistoryEvent] = []

    def add(self, type: str, previous: int | None = None, **details: object) -> int:
        id = len(self.events) + 1
        before = id - 1 if previous is None else previous
        self.events.append(HistoryEvent(id, before, type, float(id), dict(details)))  # type: ignore[arg-type]
        return id

    def start(self, **input: object) -> None:
        self.add("ExecutionStarted", input={"resume": {}, **input})

    def enter(self, name: str, kind: str = "Task", previous: int | None = None) -> int:
        return self.add(f"{kind}StateEntered", previous, name=name)

    def leave(self, name: str, kind: str = "Task", previous: int | None = None, **bag: object) -> int:
        return self.add(f"{kind}StateExited", previous, name=name, output=bag)

    def ok(self, name: str, **output: object) -> None:
        self.enter(name)
        self.add("TaskScheduled", parameters={})
        self.add("TaskStarted")
        self.add("TaskSucceeded")
        self.leave(name, **{name: {"s": "ok", "o": output}})

    def fail(self, name: str, error: str = "ValueError") -> None:
        self.enter(name)
        self.add("TaskScheduled", parameters={})
        self.add("TaskFailed", error=error, cause="it broke")
        self.leave(name, **{name: {"s": "failed", "e": {"Error": error, "Cause": "it broke"}}})


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def stories() -> Callable[[], Story]:
    return Story
