"""Specs of tests/virtual as pipelines whose tasks are real: what each call does, it looks up in a file of the spec.

Every try of a task adds a line to calls.txt with its attempt. A try that is made again, since a crash came before its
outcome was recorded, is the same try: it fails or succeeds as it did before.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

from bunsui.model.pipeline import CommandTask, LambdaTask, Operation, Pipeline, PythonTask, Task
from virtual.dags import Node, Spec, build
from virtual.oracle import MODULUS

CODE = f"""
import fcntl, json, os, pathlib, sys, time
from bunsui import task
HERE = pathlib.Path(__file__).parent

def __getattr__(name):
    if not name.startswith("op"):
        raise AttributeError(name)
    return lambda **given: run(name, given)

def run(name, given):
    node = json.loads((HERE / "spec.json").read_text())[name]
    attempt = task.context
    failures, seconds = node["items"][attempt.item] if attempt.item is not None else node["own"]
    number = noted(name, attempt.item, attempt.attempt)
    time.sleep(seconds)
    if number <= failures:
        raise RuntimeError(f"call {{number}} of {{name}}")
    return {{"n": (1 + sum(given["from"])) % {MODULUS}}}

def noted(name, item, attempt):
    with open(HERE / "calls.txt", "a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        lines = [line.split() for line in file]
        file.write(f"{{name}} {{item}} {{attempt}}\\n")
    made = list(dict.fromkeys(line[2] for line in lines if line[:2] == [name, str(item)]))
    return made.index(attempt) + 1 if attempt in made else len(made) + 1

if __name__ == "__main__":
    given = json.loads(pathlib.Path(os.environ["BUNSUI_INPUT"]).read_text())
    pathlib.Path(os.environ["BUNSUI_OUTPUT"]).write_text(json.dumps(run(sys.argv[1], given)))
"""
HANDLED = """
import work

def __getattr__(name):
    if not name.startswith("op"):
        raise AttributeError(name)
    return lambda event, context: work.run(name, event)
"""


def tame(spec: Spec) -> Spec:
    """What takes seconds takes little; whoever is asked says yes."""
    return replace(spec, nodes=tuple(map(_tame, spec.nodes)), by_name={})


def _tame(node: Node) -> Node:
    if node.kind == "approval":
        return replace(node, failures=0, tries=1)
    return replace(node, seconds=min(1, int(node.seconds)) if node.kind == "wait" else node.seconds)


def pipeline_of(spec: Spec, folder: Path) -> Pipeline:
    made = build(spec)
    operations = {name: _real(spec.by_name[name], one) for name, one in made.operations.items()}
    return replace(made, operations=operations, folder=str(folder), text="spec", sha256="0" * 64)


def _real(node: Node, operation: Operation) -> Operation:
    tasks: dict[str, Task] = {
        "python": PythonTask(f"work:{node.name}"),
        "lambda": LambdaTask(handler=f"handled.{node.name}"),
        "command": CommandTask((sys.executable, "work.py", node.name)),
    }
    return replace(operation, task=tasks.get(node.kind, operation.task))


def write(spec: Spec, folder: Path) -> None:
    """The code of the tasks, and what each call is to do: (failures, seconds) of the operation or of each item."""
    nodes = {
        node.name: {
            "own": [node.failures, node.seconds / 40],
            "items": [[item.failures, item.seconds / 40] for item in node.items or ()],
        }
        for node in spec.nodes
    }
    (folder / "spec.json").write_text(json.dumps(nodes))
    (folder / "work.py").write_text(CODE)
    (folder / "handled.py").write_text(HANDLED)


def calls(folder: Path) -> Counter[tuple[str, int | None, str]]:
    """How often each try of an operation, or of an item of one, was run."""
    path = folder / "calls.txt"
    lines = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
    return Counter((name, None if item == "None" else int(item), attempt) for name, item, attempt in lines)
