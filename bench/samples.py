"""Pipelines to measure and to check with: texts of pipeline files, made by rule or by chance from a seed."""

from __future__ import annotations

import json
import random

NOOP = '"""What the measured tasks do: nothing."""\n\n\ndef noop(**arguments):\n    return {}\n'


def chain(name: str, length: int, *, limits: bool = True) -> str:
    """Operations one after the other, each a no-op python task. `noop.py` must lie beside the file."""
    lines = _head(name, limits)
    for number in range(length):
        lines.append(f"  o{number}:")
        if number:
            lines.append(f"    needs: [o{number - 1}]")
        lines.append('    python: {call: "noop:noop", code: .}')
    return "\n".join(lines) + "\n"


def layered(name: str, size: int, seed: int, *, limits: bool = True) -> str:
    """A random DAG with conditions, rules, retries and fan-outs in it; deep, and mostly not series-parallel."""
    chance = random.Random(seed)
    names = [f"o{number}" for number in range(size)]
    lines = _head(name, limits)
    for number, operation in enumerate(names):
        near = names[max(0, number - 12) : number]
        needs = sorted(chance.sample(near, min(len(near), chance.choice([0, 1, 1, 2, 2, 3]))))
        lines += [f"  {operation}:", *_operation(chance, needs)]
    return "\n".join(lines) + "\n"


def _head(name: str, limits: bool) -> list[str]:
    return ["version: 1", f"name: {name}", *([] if limits else ['limits: "off"']), "operations:"]


def _operation(chance: random.Random, needs: list[str]) -> list[str]:
    keys: dict[str, object] = {"needs": needs} if needs else {}
    keys |= chance.choice(
        [
            {"python": {"call": "noop:noop", "code": "."}},
            {"lambda": {"handler": "noop.noop", "code": "."}},
            {"command": {"run": ["true"]}},
        ]
    )
    if needs and chance.random() < 0.2:
        keys["run_if"] = chance.choice(["all_done", "none_failed", "one_failed"])
    if needs and chance.random() < 0.2:
        keys["when"] = f"{{% $exists(${chance.choice(needs)}) %}}"
    if chance.random() < 0.2:
        keys["retry"] = {"max_attempts": chance.randint(2, 5), "interval": chance.randint(1, 9)}
    if "command" not in keys and chance.random() < 0.15:
        keys["for_each"] = list(range(chance.randint(1, 5)))
        keys["with"] = {"item": "{% $item %}"}
    return [f"    {key}: {json.dumps(value)}" for key, value in keys.items()]
