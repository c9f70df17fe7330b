"""How the full-screen interface feels: first paint, keys under load, idleness, memory; part of `make bench`.

The real program in a pseudo terminal, read with a terminal emulator. What is measured beside it runs on a real engine.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import re
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import records
from records import Figure

from bunsui.settings import Settings
from bunsui.workspace import Workspace, open_workspace

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from tui.terminal import Terminal

SIZE = (120, 40)
MANY = 100_000
USUAL = 200  # log lines a second of a session that talks; beside it, a session is started every six seconds
TALKS = """
import time


def talk(seconds, rate):
    begin, said = time.monotonic(), 0
    while (past := time.monotonic() - begin) < seconds:
        while said < past * rate:
            print("row", said, "of orders loaded into warehouse.fact_orders, batch", said // 500)
            said += 1
        time.sleep(0.02)
    return {}
"""
TALKING = """
version: 1
name: talks
params: {seconds: {type: integer}, rate: {type: integer}}
operations:
  talk:
    timeout: 1h
    python: {call: "talks:talk"}
    with: {seconds: "{% $params.seconds %}", rate: "{% $params.rate %}"}
"""
STEPS = 200  # of a session that waits, each of five seconds: it runs for longer than anything here takes
WAITING = "version: 1\nname: waits\noperations:\n  o0: {wait: {for: 5s}}\n" + "".join(
    f"  o{number}: {{needs: [o{number - 1}], wait: {{for: 5s}}}}\n" for number in range(1, STEPS)
)
SHORT = "version: 1\nname: short\noperations:\n" + "".join(
    f"  o{number}: {{wait: {{for: 1s}}}}\n" for number in range(5)
)


def tui(home: Path, owner: str = "bench") -> Terminal:
    return Terminal(size=SIZE, environ={"BUNSUI_HOME": str(home), "BUNSUI_OWNER": owner}, keep=False)


def read_for(terminal: Terminal, seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        terminal.read(left)


def cpu(process: int) -> float:
    """Seconds of a core that a process has used so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def drawing(process: int) -> float:
    """Seconds of a core that its first thread, which draws, has used: also on a busy machine."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9


def megabytes(process: int) -> float:
    resident = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return resident * os.sysconf("SC_PAGE_SIZE") / 1e6


# First paint


def painted(folder: Path) -> Iterator[Figure]:
    """From launch to the first rows on the screen: among many sessions, and among ten, turn by turn."""
    homes = {10: folder / "ten", MANY: folder / "many"}
    for count, home in homes.items():
        yield Figure(
            f"{count:,} sessions stored to begin with",
            records.seconds(lambda n=count, h=home: records.fill(h, range(n))),
            "s",
        )
    found: dict[int, list[tuple[float, float]]] = {count: [] for count in homes}
    for turn in range(8):
        for count, home in homes.items():
            with tui(home) as terminal:
                terminal.until(f"bench-{count - 1:06}")
                if turn:  # the first one warms the caches of the disk
                    found[count].append((terminal.read_at - terminal.began, cpu(terminal.process.pid)))
    for count, times in found.items():
        wall, used = (statistics.median(one) for one in zip(*times, strict=True))
        yield Figure(f"first paint of {count:,} sessions, from launch", wall, "s", 1.0)
        yield Figure("  of it on a core", used, "s")
    many, ten = (statistics.median(used for _, used in found[count]) for count in (MANY, 10))
    yield Figure("first paint, CPU: 100,000 beside 10", many / ten, "times", 1.1)


# Idleness


def idle(folder: Path, seconds: float = 20) -> Iterator[Figure]:
    home = folder / "many"
    if not home.exists():
        records.fill(home, range(1000))
    with tui(home) as terminal:
        terminal.until("COMPLETED")
        yield _idle("idle: home, stored sessions", terminal, seconds)
        terminal.press("\r")
        terminal.until("operations")
        yield _idle("idle: a session that ended", terminal, seconds)
    with _sessions(folder / "one", waiting=1) as home, tui(home) as terminal:
        terminal.until("RUNNING +waits")
        yield _idle("watching: home, a session runs", terminal, seconds, None)
        terminal.press("\r")
        terminal.until("o0")
        yield _idle("watching: a session of 200 operations that runs", terminal, seconds, None)


def _idle(what: str, terminal: Terminal, seconds: float, aim: float | None = 2.0) -> Figure:
    read_for(terminal, 3)
    before = cpu(terminal.process.pid)
    read_for(terminal, seconds)
    return Figure(what, (cpu(terminal.process.pid) - before) / seconds * 100, "% core", aim)


# Keys


def keys(folder: Path) -> Iterator[Figure]:
    """From a key's being written to the terminal to the changed cells being read, while much goes on."""
    with _sessions(folder / "busy", waiting=199, lines=1000) as home, tui(home) as terminal:
        terminal.until("RUNNING")
        read_for(terminal, 3)
        yield from _late("the cursor of home", terminal, [("j", None)] * 15 + [("k", None)] * 15)
        terminal.press("/talks\r")
        terminal.until("1 session")
        terminal.press("\r")
        terminal.until("talk +RUNNING")
        yield from _late("panes of a session", terminal, [("2", "[┐┓]"), ("4", "batch")])
        read_for(terminal, 2)
        yield from _late("search in a log of 1,000 lines a second", terminal, [("/", None), *_typed("warehouse")])


def _typed(word: str) -> list[tuple[str, str | None]]:
    """Each letter as it comes, then each as it goes: `\\x7f` is the backspace key."""
    there = [(letter, None) for letter in word]
    return [*there, *[("\x7f", None)] * len(word)]


def _late(what: str, terminal: Terminal, presses: list[tuple[str, str | None]], most: int = 240) -> Iterator[Figure]:
    chance, late = random.Random(7), []
    turns = max(most // len(presses), 1)
    before = drawing(terminal.process.pid)
    for key, pattern in presses * turns:
        read_for(terminal, chance.uniform(0.02, 0.12))
        late.append(_pressed(terminal, key, pattern))
    spent = (drawing(terminal.process.pid) - before) / len(late)
    late.sort()
    yield Figure(f"a key to its paint, p95: {what}", late[len(late) * 95 // 100] * 1000, "ms", 50.0)
    yield Figure("  median", statistics.median(late) * 1000, "ms")
    yield Figure("  what draws used of a core, a key, with what came meanwhile", spent * 1000, "ms")


def _pressed(terminal: Terminal, key: str, pattern: str | None) -> float:
    """Until the pattern is there; without one, until the cursor's line or the place of writing is another."""
    if pattern is not None:  # what is left of another pane is no answer
        terminal.until(lambda: not re.search(pattern, terminal.text))
    before = _places(terminal)
    begin = time.perf_counter()
    terminal.press(key)
    terminal.until(pattern if pattern is not None else lambda: _places(terminal) != before)
    return terminal.read_at - begin


def _places(terminal: Terminal) -> tuple[object, ...]:
    """The background of every line at its eighth column, and what stands in the lines that are written in."""
    buffer = terminal.cells.buffer
    return tuple(buffer[row][7].bg for row in range(SIZE[1])), tuple(terminal.cells.display[:6])


# Memory


def memory(folder: Path, minutes: float) -> Iterator[Figure]:
    """Six times the usual rate: lines of a log, sessions that start and end; screens are opened and closed.

    It grows until the newest 50,000 lines of the log are kept: its slope is taken over the second half.
    """
    seen: list[tuple[float, float]] = []
    seconds = round(minutes * 60) + 30
    with _sessions(folder / "long", lines=6 * USUAL, seconds=seconds) as home, tui(home) as terminal:
        with open_workspace(Settings(home, "bench", 4), host_engine=False) as opened:
            begin = time.monotonic()
            turns = _turns(terminal)
            while (past := time.monotonic() - begin) < minutes * 60:
                opened.run(str(folder / "short.yaml"))
                next(turns)
                read_for(terminal, max(begin + int(past) + 1 - time.monotonic(), 0.05))
                seen.append((time.monotonic() - begin, megabytes(terminal.process.pid)))
        threads = len(os.listdir(f"/proc/{terminal.process.pid}/task"))
        files = len(os.listdir(f"/proc/{terminal.process.pid}/fd"))
    warm = [one for one in seen if one[0] > minutes * 30]
    slope = statistics.linear_regression(*zip(*warm, strict=True)).slope * 60
    yield Figure(f"memory after {minutes:g} minutes at six times the rate", seen[-1][1], "MB")
    yield Figure("  it grows, once warm", slope, "MB/min", 1.0)
    yield Figure("  threads at the end", threads, "")
    yield Figure("  open files at the end", files, "")


def _turns(terminal: Terminal) -> Iterator[None]:
    """Somebody who looks around: home, the newest session, its panes and log, and back."""
    while True:
        for key in ("j", "k", "\r", "2", "3", "4", "5", "\x1b", "j"):
            terminal.press(key)
            yield


@contextlib.contextmanager
def _sessions(home: Path, waiting: int = 0, lines: int = 0, seconds: int = 900) -> Iterator[Path]:
    """A home with an engine in the background, and what runs on it."""
    folder = home.parent
    files = {"talks.py": TALKS, "talks.yaml": TALKING, "waits.yaml": WAITING, "short.yaml": SHORT}
    for name, text in files.items():
        (folder / name).write_text(text)
    with open_workspace(Settings(home, "bench", 4), host_engine=False) as opened:
        for _ in range(waiting):
            opened.run(str(folder / "waits.yaml"))
        if lines:
            opened.run(str(folder / "talks.yaml"), {"seconds": seconds, "rate": lines})
        try:
            yield home
        finally:
            _ended(opened)


def _ended(opened: Workspace) -> None:
    """The engine and its workers go before their folder does."""
    for status in ("RUNNING", "QUEUED"):
        for session in _all(opened, status):
            with contextlib.suppress(Exception):
                opened.sessions.cancel(session)
    engine = opened.engine_process()
    if engine is not None:
        os.kill(engine, signal.SIGTERM)


def _all(opened: Workspace, status: str) -> list[str]:
    from bunsui.model.status import SessionStatus

    return [one.id for one in opened.sessions.list(status=SessionStatus(status), limit=1000).sessions]


PARTS: dict[str, Callable[..., Iterator[Figure]]] = {"paint": painted, "idle": idle, "keys": keys, "memory": memory}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=1.5, help="of memory: 10 for the whole")
    options.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all of them, unless named")
    given = options.parse_args()
    print(f"{'screens, one run':52} {'':12} {'':8} aim")
    folder = Path(tempfile.mkdtemp(prefix="bns"))
    try:
        for name in given.parts or PARTS:
            figures = memory(folder, given.minutes) if name == "memory" else PARTS[name](folder)
            for figure in figures:
                print(figure, flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
