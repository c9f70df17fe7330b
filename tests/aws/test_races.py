"""Many processes at one record, or one session, over the wire: one wins each revision, and no update is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aws.matrix import ACTOR, until
from bunsui.model.status import SessionStatus
from bunsui.ports import Record
from ministack.server import ACCOUNT, REGION, MiniStack
from ministack.workspaces import Account, settled, written

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


ASKING = """
version: 1
name: asking
report: always
operations:
  ask:
    approval: {message: "?"}
"""


def acted(account: Account, count: int, action: str, id: str) -> list[str]:
    """What each of so many processes says, which begin at the same moment."""
    ports, there = account.ports, account.environment
    names = [ports.table._name, ports.objects._bucket]  # type: ignore[attr-defined]  # of the adapters
    command = [sys.executable, "-c", ACTOR, REGION, account.running.address, ACCOUNT, there.name, *names, action, id]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    actors = [subprocess.Popen(command, **pipes, text=True, env=os.environ) for _ in range(count)]
    for actor in actors:
        assert actor.stdout is not None
        assert actor.stdout.readline() == "ready\n"
    return sorted(actor.communicate("\n")[0].strip() for actor in actors)


def race_for_a_session(running: MiniStack, folder: Path, count: int) -> None:
    account = Account(running)
    sessions = account.workspace().sessions
    begun = account.workspace().run(written(folder, ASKING))
    until(lambda: sessions.status(begun.id).approvals)
    sessions.reject(begun.id)
    until(lambda: account.ports.machines.describe(begun.executions[0].arn).ended)

    assert acted(account, count, "refresh", begun.id) == ["did it"] * count
    failed = settled(account.workspace(), begun)
    assert failed.status is SessionStatus.FAILED
    assert len(account.workspace().alerts.of_session(failed)) == 1
    assert [line.message for line in sessions.logs(begun.id)].count(f"ended FAILED: {failed.reason}") == 1

    assert acted(account, count, "resume", begun.id) == ["did it"] + ["refused"] * (count - 1)
    resumed = sessions.get(begun.id)
    assert [one.name for one in resumed.executions] == [f"{begun.id}-1", f"{begun.id}-2"]
    machine = account.environment.machine("asking")
    listed = account.clients.ask("stepfunctions", "list_executions", stateMachineArn=machine)["executions"]
    assert sorted(one["name"] for one in listed) == [f"{begun.id}-1", f"{begun.id}-2"]

    assert "did it" in acted(account, count, "cancel", begun.id)
    cancelled = settled(account.workspace(), begun)
    assert cancelled.status is SessionStatus.CANCELLED
    messages = [line.message for line in sessions.logs(begun.id)]
    assert len([one for one in messages if one.startswith("ended CANCELLED")]) == 1


def test_three_processes_at_one_session_do_each_thing_once(ministack: MiniStack, tmp_path: Path) -> None:
    race_for_a_session(ministack, tmp_path, 3)


@pytest.mark.soak
def test_thirty_two_processes_at_one_session_do_each_thing_once(ministack: MiniStack, tmp_path: Path) -> None:
    race_for_a_session(ministack, tmp_path, 32)
