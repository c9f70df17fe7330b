"""`bunsui pool`, and how a place in a queue is put."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bunsui.cli import boundary
from bunsui.services.views import Place
from bunsui.text import places

PLACE = Place("s3", "warehouse", 2, 7, 0.0, "4 of 4 slots of pool warehouse are taken", 190.0, "ada")


def test_a_place_says_which_why_and_when() -> None:
    said = "2 of 7 in pool warehouse, starts in about 1m 30s: 4 of 4 slots of pool warehouse are taken"
    assert places.line(PLACE, 100.0) == said


def test_a_start_that_cannot_be_told_says_so_and_why() -> None:
    said = "2 of 7 in pool warehouse, start not known yet (no session of etl has completed): 4 of 4 slots of"
    assert places.line(replace(PLACE, starts=None, unknown=("etl",)), 100.0).startswith(said)
    drained = replace(PLACE, starts=None, why="pool warehouse is drained: it admits nobody")
    assert places.line(drained, 100.0) == "2 of 7 in pool warehouse: pool warehouse is drained: it admits nobody"


def test_the_queue_of_a_pipeline_is_no_pool() -> None:
    assert places.where("pipeline/etl") == "the queue of etl"


@pytest.fixture
def bunsui(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("BUNSUI_HOME", str(tmp_path / "home"))

    def run(*arguments: str) -> tuple[int, str, str]:
        code = boundary.run([*arguments])
        return code, *capsys.readouterr()

    return run


def test_a_pool_is_made_listed_drained_and_shown(bunsui) -> None:
    assert bunsui("pool", "set", "warehouse", "--slots", "4")[:2] == (0, "warehouse  0 of 4 slots taken\n")
    assert bunsui("pool", "drain", "warehouse")[:2] == (0, "warehouse  0 of 4 slots taken, drained\n")
    assert "warehouse      4      0        0        0  drained" in bunsui("pool", "list")[1]
    code, out, _ = bunsui("pool", "show", "warehouse", "--output", "json")
    pool = {"name": "warehouse", "slots": 4, "used": 0, "running": 0, "waiting": 0, "drained": True}
    assert (code, json.loads(out)) == (0, {"pool": pool, "held": [], "queue": []})


def test_an_unknown_pool_exits_with_4_and_slots_that_nobody_holds_cannot_be_given_back(bunsui) -> None:
    code, _, err = bunsui("pool", "show", "nowhere")
    assert (code, "bunsui pool set nowhere --slots 4" in err) == (4, True)
    bunsui("pool", "set", "warehouse", "--slots", "4")
    assert bunsui("pool", "release", "warehouse", "s1", "--yes")[0] == 4
    assert bunsui("pool", "set", "warehouse", "--slots", "0")[0] == 3
