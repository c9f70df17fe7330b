"""How fast Bunsui starts, validates, compiles and runs, beside a bare Python: `make bench`.

One interleaved run, so that a machine that slows down slows down everything; medians, and ratios where they mean more.
"""

from __future__ import annotations

import argparse
import compileall
import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import samples

BUNSUI = str(Path(sys.executable).parent / "bunsui")


@dataclass(frozen=True)
class Measure:
    """`aim` is in times of a bare Python where `ratio` is set, else in seconds."""

    name: str
    run: Callable[[], float]
    aim: float | None = None
    ratio: bool = False


def command(*argv: str) -> Callable[[], float]:
    def run() -> float:
        begin = time.perf_counter()
        subprocess.run(argv, check=True, capture_output=True)
        return time.perf_counter() - begin

    return run


def in_a_new_home(*argv: str) -> Callable[[], float]:
    """From launch to the session's end, with nothing warm: no home, no engine, no worker."""

    def run() -> float:
        with tempfile.TemporaryDirectory(prefix="bns") as home:
            begin = time.perf_counter()
            environment = {**os.environ, "BUNSUI_HOME": f"{home}/home"}
            subprocess.run(argv, check=True, capture_output=True, env=environment)
            return time.perf_counter() - begin

    return run


def measures(folder: Path) -> list[Measure]:
    (folder / "noop.py").write_text(samples.NOOP)
    files = {"hello": samples.chain("hello", 3), "wide": samples.layered("wide", 400, seed=1, limits=False)}
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    hello, wide = str(folder / "hello.yaml"), str(folder / "wide.yaml")
    return [
        Measure("python -c pass", command(sys.executable, "-c", "pass")),
        Measure("bunsui --help", command(BUNSUI, "--help"), 6, ratio=True),
        Measure("bunsui validate, 3 operations", command(BUNSUI, "validate", hello), 18, ratio=True),
        Measure("bunsui compile, 400 operations", command(BUNSUI, "compile", wide), 1.0),
        Measure("bunsui run, 3 tasks, from launch to done", in_a_new_home(BUNSUI, "run", hello), 0.5),
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=15)
    rounds = options.parse_args().rounds
    for place in ("src", sysconfig.get_path("purelib")):
        compileall.compile_dir(place, quiet=2, workers=0)
    with tempfile.TemporaryDirectory(prefix="bns") as folder:
        wanted = measures(Path(folder))
        seen: dict[str, list[float]] = {measure.name: [] for measure in wanted}
        for _ in range(rounds):
            for measure in wanted:
                seen[measure.name].append(measure.run())
    show(wanted, {name: statistics.median(times) for name, times in seen.items()}, rounds)


def show(wanted: list[Measure], medians: dict[str, float], rounds: int) -> None:
    bare = medians[wanted[0].name]
    print(f"{'medians of ' + str(rounds) + ' interleaved rounds':44} {'seconds':>8} {'x bare':>7}   aim")
    for measure in wanted:
        median = medians[measure.name]
        reached = median / bare if measure.ratio else median
        aim = f"{measure.aim:g}{'x' if measure.ratio else ' s'}" if measure.aim else ""
        verdict = "" if measure.aim is None else (" ok" if reached <= measure.aim else " MISSED")
        print(f"{measure.name:44} {median:8.3f} {median / bare:7.1f}   {aim}{verdict}")


if __name__ == "__main__":
    main()
