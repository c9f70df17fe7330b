"""Many processes at one record over the wire: one wins each revision, and no update is lost."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bunsui.ports import Record
from ministack.server import REGION, MiniStack

_RACER = """
import sys
from dataclasses import replace
from bunsui.aws.clients import Clients
from bunsui.aws.table import DynamoDBClient
from bunsui.errors import Conflict
from bunsui.ports import Record

region, address, name, times, alone = sys.argv[1:]
table = DynamoDBClient(Clients(region=region, endpoint=address), name)
wins = []
while len(wins) < int(times):
    there = table.get("p", "s")
    new = replace(there, body={"n": there.body["n"] + 1})
    beside = Record("p", f"beside-{there.revision:05}", {})
    try:
        table.put(new) if alone == "alone" else table.transact([new, beside])
        wins.append(there.revision + 1)
    except Conflict:
        continue
print(*wins)
"""


def race(running: MiniStack, racers: int, times: int, how: str) -> None:
    table = running.table()
    table.put(Record("p", "s", {"n": 0}))
    command = [sys.executable, "-c", _RACER, REGION, running.address, table._name, str(times), how]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) for _ in range(racers)]
    won = sorted(int(one) for process in started for one in process.communicate()[0].split())
    assert won == list(range(2, racers * times + 2))
    found = table.get("p", "s")
    assert found is not None
    assert (found.body, found.revision) == ({"n": racers * times}, racers * times + 1)
    beside = table.query("p", "beside-", limit=1000).records
    assert len(beside) == (0 if how == "alone" else racers * times)


def test_three_processes_each_win_their_revisions(ministack: MiniStack) -> None:
    race(ministack, 3, 5, "together")


@pytest.mark.soak
@pytest.mark.parametrize("how", ["alone", "together"])
def test_thirty_two_processes_each_win_their_revisions(ministack: MiniStack, how: str) -> None:
    race(ministack, 32, 10, how)
