"""A project whose pipeline has every kind that runs on a laptop, and joins that no series-parallel DAG has.

Every operation that runs adds a line to ran.txt: what ran, and how often, is told by that alone.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

CODE = """
import os, pathlib, sys

HERE = pathlib.Path(__file__).parent

def work(name, after=None, x=0):
    note = open(HERE / "ran.txt", "a")
    note.write(name + "\\n")
    note.close()
    return {"did": name}

def shaky(name):
    work(name)
    try:
        os.close(os.open(HERE / "failed-once", os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return {"did": name}
    raise RuntimeError("once")

if __name__ == "__main__":
    import json
    answer = work(json.load(open(os.environ["BUNSUI_INPUT"]))["name"])
    json.dump(answer, open(os.environ["BUNSUI_OUTPUT"], "w"))
"""

# c needs a, d needs a and b, e needs b: not series-parallel.
PIPELINE = """
version: 1
name: everything
defaults: {{retry: {{max_attempts: 9, interval: 1s, backoff: 1}}}}
operations:
  a: {{python: {{call: "code_of:work"}}, with: {{name: a}}}}
  b: {{lambda: {{handler: handled.work}}, with: {{name: b}}}}
  c: {{needs: [a], command: {{run: ["{python}", code_of.py]}}, with: {{name: c, after: "{{% $a.did %}}"}}}}
  d: {{needs: [a, b], python: {{call: "code_of:shaky"}}, with: {{name: d}}}}
  e:
    needs: [b]
    for_each: [0, 1, 2]
    python: {{call: "code_of:work"}}
    with: {{name: "{{% 'e' & $string($item) %}}"}}
  skipped: {{needs: [a], when: "{{% 1 > 2 %}}", python: {{call: "code_of:work"}}, with: {{name: skipped}}}}
  f: {{needs: [c, d], pipeline: {{file: inner.yaml}}}}
  pause: {{needs: [d, e], wait: {{for: 1s}}}}
  ask: {{needs: [e], approval: {{message: "go on?"}}}}
  last:
    needs: [f, pause, ask]
    python: {{call: "code_of:work"}}
    with: {{name: last, after: "{{% $f.all %}}"}}
outputs:
  last: "{{% $last.did %}}"
  e: "{{% $e.items.did %}}"
  f: "{{% $f.all %}}"
  asked: "{{% $ask.approved %}}"
"""

INNER = """
version: 1
name: inner
defaults: {retry: {max_attempts: 9, interval: 1s, backoff: 1}}
operations:
  x: {python: {call: "code_of:work"}, with: {name: x}}
  y: {python: {call: "code_of:work"}, with: {name: y}}
  z: {needs: [x, y], python: {call: "code_of:work"}, with: {name: z, after: "{% $y.did %}"}}
outputs: {all: "{% [$x.did, $z.did] %}"}
"""

HANDLED = """
import code_of

def work(event, context):
    return code_of.work(**event)
"""

OUTPUTS = {"last": "last", "e": ["e0", "e1", "e2"], "f": ["x", "z"], "asked": True}
RUNS = Counter(["a", "b", "c", "d", "d", "e0", "e1", "e2", "x", "y", "z", "last"])
STATUSES = {
    **dict.fromkeys(["a", "b", "c", "d", "e", "f", "f.x", "f.y", "f.z", "pause", "ask", "last"], "SUCCEEDED"),
    "skipped": "SKIPPED",
}


def write_project(folder: Path) -> None:
    (folder / "code_of.py").write_text(CODE)
    (folder / "handled.py").write_text(HANDLED)
    (folder / "inner.yaml").write_text(INNER)
    (folder / "everything.yaml").write_text(PIPELINE.format(python=sys.executable))


def ran(folder: Path) -> Counter[str]:
    path = folder / "ran.txt"
    return Counter(path.read_text().split()) if path.exists() else Counter()
