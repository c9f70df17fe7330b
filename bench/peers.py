"""Durable no-op steps, ours beside DBOS on SQLite (WAL, synchronous=FULL), interleaved: `make bench-peers`.

Both are measured until the last end, with everything on disk. DBOS runs its steps inside the
process; ours are real tasks in worker processes.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

BENCH = Path(__file__).parent
FOLDER = BENCH.parent / ".peers"
DBOS = "dbos==3.4.0"

# name: (sessions, steps of each, how many times faster we want to be)
WORKLOADS = {"a chain of 1,000": (1, 1000, 2.0), "200 sessions of 10": (200, 10, 5.0)}
WARM_UP = (1, 3)


def install() -> str:
    """DBOS in an environment of its own; the Python in there."""
    python = FOLDER / "bin" / "python"
    if not python.exists():
        subprocess.run([os.environ.get("PYTHON") or sys.executable, "-m", "venv", str(FOLDER)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", DBOS], check=True)
    return str(python)


def seconds(python: str, program: str, sessions: int, steps: int) -> float:
    with tempfile.TemporaryDirectory(prefix="bns") as folder:
        command = [python, str(BENCH / program), folder, str(sessions), str(steps)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{program} failed:\n{done.stdout}{done.stderr}")
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    peers = {"bunsui": (sys.executable, "peer_bunsui.py"), "dbos": (install(), "peer_dbos.py")}
    for python, program in peers.values():
        seconds(python, program, *WARM_UP)  # bytecode
    print(f"{'medians of ' + str(rounds) + ' interleaved rounds':24} {'bunsui':>14} {'dbos':>14} {'ratio':>7}   aim")
    for name, (sessions, steps, aim) in WORKLOADS.items():
        times: dict[str, list[float]] = {peer: [] for peer in peers}
        for _ in range(rounds):
            for peer, (python, program) in peers.items():
                times[peer].append(seconds(python, program, sessions, steps))
        rate = {peer: sessions * steps / statistics.median(seen) for peer, seen in times.items()}
        ratio = rate["bunsui"] / rate["dbos"]
        verdict = "ok" if ratio >= aim else "MISSED"
        print(f"{name:24} {rate['bunsui']:7.0f} steps/s {rate['dbos']:6.0f} steps/s {ratio:6.1f}x   {aim:g}x {verdict}")


if __name__ == "__main__":
    main()
