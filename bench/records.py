"""How fast logs are taken in, followed and searched, and what a session costs among many: part of `make bench`.

Figures of one run with their aims; what is searched is built once: one real archive, stored many times.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from bunsui.local.home import open_home
from bunsui.local.objects import FolderObjectStore
from bunsui.local.supervisor.logs import AttemptLog
from bunsui.local.supervisor.spill import Spill
from bunsui.local.table import SqliteTable
from bunsui.model.log import archive_key
from bunsui.model.session import ExecutionRef, Runtime, Session
from bunsui.model.status import SessionStatus
from bunsui.ports import MOST_WRITES
from bunsui.services.logs.archive import LogArchive
from bunsui.services.records.sessions import SessionStore
from bunsui.settings import Settings
from bunsui.task.redaction import Redactor
from bunsui.workspace import open_workspace

BUNSUI = str(Path(sys.executable).parent / "bunsui")
GIGABYTE = 1_000_000_000
LINES = 250_000  # of the archive that is stored many times
RARE = "connection (refused|reset) by peer \\d+"
TALKS = """
import time
def talk():
    for number in range(20):
        print("line", number, flush=True)
        time.sleep(0.17)
    return {}
"""
PIPELINE = 'version: 1\nname: talks\noperations:\n  talk: {python: {call: "talks:talk"}}\n'


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    unit: str
    aim: float | None = None  # at most

    def __str__(self) -> str:
        verdict = (
            "" if self.aim is None else f"{self.aim:g} {self.unit}" + (" ok" if self.value <= self.aim else " MISSED")
        )
        return f"{self.name:52} {self.value:12,.3f} {self.unit:8} {verdict}"


def session(id: str, number: int = 0) -> Session:
    created = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(1_700_000_000 + number))
    ref = ExecutionRef(f"{id}-1", status="SUCCEEDED")
    return Session(
        id, "bench", 1, "0" * 64, {"day": number}, "bench.yaml", Runtime("python", "/bin", "/"), "bench", created,
        SessionStatus.COMPLETED, started=created, ended=created, executions=(ref,), log_prefix=f"logs/{id}/",
    )  # fmt: skip


def text(number: int) -> str:
    if number % 100_000 == 77:
        return f"worker {number}: connection refused by peer {number}"
    row, took = number * 7919 % 1_000_003, number % 997
    return f"row {row} of orders loaded into warehouse.fact_orders, {took} ms, batch {number}"


def ingested(folder: Path) -> Iterator[Figure]:
    """As the supervisor takes them from a task's pipe, up to the chunks in the object store; then archived."""
    count = 0
    begin = time.perf_counter()
    for item in range(LINES // 50_000):
        context = {"session": "big", "operation": "load", "item": item, "attempt": "1.0.0"}
        log = AttemptLog(context, Redactor(()), Spill(folder / "spool", folder / "objects"))
        for start in range(0, 50_000, 500):
            numbers = range(item * 50_000 + start, item * 50_000 + start + 500)
            log.feed("stdout", "".join(f"{text(number)}\n" for number in numbers).encode(), time.time())
            count += 500
        log.close()
    yield Figure("log lines ingested a second", count / (time.perf_counter() - begin), "lines/s")
    begin = time.perf_counter()
    LogArchive(FolderObjectStore(folder / "objects"), most=1 << 30).archive(session("big"))
    yield Figure("log lines archived a second", count / (time.perf_counter() - begin), "lines/s")


def searched(folder: Path) -> Iterator[Figure]:
    objects = FolderObjectStore(folder / "objects")
    body = objects.get(archive_key("big", 1))
    size = sum(len(text(number)) + 1 for number in range(LINES))
    for number in range(2, GIGABYTE // size + 2):
        objects.put_if_absent(archive_key("big", number), body)
    searches = {"a rare pattern": ("--grep", RARE), "a text that is not there": ("--grep", "no such text")}
    searches["the last 50 lines"] = ("--tail", "50")
    for what, options in searches.items():
        aim = 10.0
        yield Figure(f"1 GB of log: {what}, from launch", seconds(lambda o=options: logs(folder, *o)), "s", aim)


def logs(folder: Path, *options: str) -> None:
    environment = {**os.environ, "BUNSUI_HOME": str(folder)}
    subprocess.run([BUNSUI, "session", "logs", "big", *options], check=True, capture_output=True, env=environment)


def followed(folder: Path) -> Iterator[Figure]:
    """From a line's being printed to a follower's having it."""
    (folder / "talks.py").write_text(TALKS)
    (folder / "talks.yaml").write_text(PIPELINE)
    late: list[float] = []
    with open_workspace(Settings(folder / "home", "bench", 1)) as opened:
        for line in opened.sessions.logs(opened.run(str(folder / "talks.yaml")).id, follow=True):
            if line.stream == "stdout":
                late.append(time.time() - line.time)
    yield Figure("a printed line at a follower, median", statistics.median(late), "s", 1.0)
    yield Figure("a printed line at a follower, at most", max(late), "s", 1.0)


def stored(folder: Path) -> Iterator[Figure]:
    """List and refresh among few sessions and among many."""
    found: dict[tuple[str, int], float] = {}
    done = 0
    for count in (1_000, 100_000):
        fill(folder, range(done, count))
        done = count
        with open_workspace(Settings(folder, "bench", 1)) as opened:
            acts: dict[str, Callable[[], object]] = {
                "list 50": lambda opened=opened: opened.sessions.list(limit=50),
                "list 50 of a status": lambda opened=opened: opened.sessions.list(status=SessionStatus.COMPLETED),
                "refresh one": lambda opened=opened: opened.sessions.refresh("bench-000500"),
            }
            for name, act in acts.items():
                act()
                found[name, count] = statistics.median(seconds(act) for _ in range(201)) * 1000
                yield Figure(f"{name} of {count:,} sessions", found[name, count], "ms")
    for name in dict.fromkeys(name for name, _ in found):
        yield Figure(f"{name}: 100,000 beside 1,000", found[name, 100_000] / found[name, 1_000], "times", 1.5)


def fill(folder: Path, numbers: range) -> None:
    """As SessionStore writes them, as many in one transaction as there may be."""
    writes: list[object] = []
    table = SqliteTable(open_home(folder))
    store = SessionStore(Gathering(writes))  # type: ignore[arg-type]  # as much as it needs
    for number in numbers:
        store.create(session(f"bench-{number:06}", number))
    waiting = iter(writes)
    while some := list(islice(waiting, MOST_WRITES)):
        table.transact(some)  # type: ignore[arg-type]  # as much as it needs
    table.close()


class Gathering:
    """A Table that only notes what is to be written."""

    def __init__(self, writes: list[object]) -> None:
        self._writes = writes

    def transact(self, writes: list[object]) -> None:
        self._writes += writes


def seconds(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def main() -> None:
    print(f"{'records and logs, one run':52} {'':12} {'':8} aim")
    with contextlib.ExitStack() as closing:
        folder = Path(tempfile.mkdtemp(prefix="bns"))
        closing.callback(shutil.rmtree, folder, ignore_errors=True)
        table = SqliteTable(open_home(folder / "big"))
        SessionStore(table).create(replace(session("big"), created=session("big", 10**6).created))
        table.close()
        for figures in (
            ingested(folder / "big"), searched(folder / "big"), followed(folder), stored(folder / "many")
        ):  # fmt: skip
            for figure in figures:
                print(figure, flush=True)


if __name__ == "__main__":
    main()
