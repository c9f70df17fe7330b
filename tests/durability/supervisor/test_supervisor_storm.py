"""Many tasks while the supervisor is killed again and again: every one ends, and none after it was recorded."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from rig import Rig, context, function

from bunsui.local.launch import Launch, Lost, Outcome, Report


class Engine(Rig):
    """Launches again what was lost, as the engine does, and acknowledges what it has."""

    def __init__(self, home: Path, launches: list[Launch]) -> None:
        super().__init__(home, workers=4)
        self.open = {launch.id: launch for launch in launches}
        self.recorded: dict[str, Any] = {}
        self.lost = 0
        self.done = threading.Event()

    def deliver(self, report: Report) -> None:
        if isinstance(report, Outcome):
            self.recorded.setdefault(report.id, []).append(report)
            self.open.pop(report.id, None)
            self.client.acknowledge([report.id])
            if not self.open:
                self.done.set()
        elif isinstance(report, Lost):
            self.lost += 1
            self.client.launch(list(self.open.values()))


def storm(home: Path, folder: Path, tasks: int, kills: int, seed: int) -> Engine:
    chance = random.Random(seed)
    events: list[dict[str, Any]] = [{"path": str(folder / str(n))} for n in range(tasks)]
    launches = [function("handlers.counts", e, context=context(key=str(n))) for n, e in enumerate(events)]
    engine = Engine(home, launches)
    engine.start()
    engine.client.launch(launches)
    for _ in range(kills):
        time.sleep(chance.uniform(0.02, 0.3))
        pid = engine.supervisor_pid()
        if pid:
            os.kill(pid, signal.SIGKILL)
    assert engine.done.wait(60), f"{len(engine.open)} tasks never ended"
    engine.close()
    return engine


def check(engine: Engine, folder: Path, tasks: int) -> None:
    assert len(engine.recorded) == tasks
    for outcomes in engine.recorded.values():
        assert {outcome.error for outcome in outcomes} == {None}
        assert len({outcome.ended for outcome in outcomes}) == 1  # the same record, perhaps delivered again
    runs = [(folder / str(n)).stat().st_size for n in range(tasks)]
    assert min(runs) == 1
    assert max(runs) <= 1 + engine.lost


def test_a_storm_of_kills_loses_and_repeats_nothing(home: Path, tmp_path: Path) -> None:
    engine = storm(home, tmp_path, tasks=400, kills=4, seed=1)
    check(engine, tmp_path, 400)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 40))
def test_many_storms(home: Path, tmp_path: Path, seed: int) -> None:
    engine = storm(home, tmp_path, tasks=1000, kills=10, seed=seed)
    check(engine, tmp_path, 1000)
