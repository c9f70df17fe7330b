"""What the task runtime adds to a bare Python before a task's own first line, in Lambda and in a container.

Processes are started in turns, so that a busy machine slows all of them alike: look at the ratio there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bunsui.aws.runtime import files, task_archive

_TURNS = 20
_AIM = 50.0  # milliseconds over bare


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, body in files().items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        Path(folder, "task.pyz").write_bytes(task_archive())
        ways = {
            "bare": ["-c", "pass"],
            "function": ["-c", "import bunsui.task.aws.function"],
            "container": ["-c", "import bunsui.task.aws.container"],
            "task.pyz": ["-c", "import sys; sys.path.insert(0, 'task.pyz'); import bunsui.task.aws.container"],
        }
        best = dict.fromkeys(ways, float("inf"))
        for _ in range(_TURNS):
            for name, way in ways.items():
                best[name] = min(best[name], _milliseconds(way, folder))
    for name, took in best.items():
        over = took - best["bare"]
        print(f"{name:10} {took:7.1f} ms   {over:6.1f} over bare (aim {_AIM:.0f})   {took / best['bare']:.1f} times")


def _milliseconds(way: list[str], folder: str) -> float:
    environ = {"PATH": os.environ["PATH"]}
    began = time.perf_counter()
    subprocess.run([sys.executable, *way], cwd=folder, env=environ, check=True)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
