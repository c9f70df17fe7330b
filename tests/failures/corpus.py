"""The corpus of failures: how its files are read, and how an analysis of one is scored. The scores are in the test."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from bunsui.analysis.errors.clues import PlacedLine
from bunsui.analysis.errors.judging import Judgement, judge
from bunsui.analysis.errors.rulebook import builtin

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Failure:
    """`log` lines that begin with ``! `` were written to stderr."""

    name: str
    about: str
    category: str
    recoverable: bool
    error: str
    cause: str
    log: tuple[PlacedLine, ...]


def failures(part: str) -> list[Failure]:
    return [_failure(path) for path in sorted((HERE / part).glob("*.toml"))]


def _failure(path: Path) -> Failure:
    body = tomllib.loads(path.read_text(encoding="utf-8"))
    lines = tuple(_line(number, text) for number, text in enumerate(body.pop("log", "").splitlines(), 1))
    return Failure(name=path.stem, log=lines, **body)


def _line(number: int, text: str) -> PlacedLine:
    if text.startswith("! "):
        return PlacedLine("logs/s/op/1.0.0/000001.jsonl", number, "WARNING", "stderr", text[2:])
    return PlacedLine("logs/s/op/1.0.0/000001.jsonl", number, "INFO", "stdout", text)


def judged(failure: Failure) -> Judgement:
    return judge(failure.error, failure.cause, failure.log, [builtin()])


def right(failure: Failure) -> bool:
    found = judged(failure)
    return (found.category.value, found.recoverable) == (failure.category, failure.recoverable)
