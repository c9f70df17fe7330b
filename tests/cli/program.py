"""Running the program as a process: the pipelines that the tests run, and what they wait for."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HANDLERS = """
import time

from bunsui import task


def hello(who="world"):
    print(f"greeting {who}")
    return {"text": f"hello {who}"}


def wait(seconds):
    time.sleep(seconds)
    return {}


def fail():
    print("about to fail \\x1b[2J")
    raise ValueError("no such month: 13")
"""

HELLO = """
version: 1
name: hello
params:
  who: {type: string, default: world}
operations:
  greet:
    python: {call: "steps:hello", code: .}
    with: {who: "{% $params.who %}"}
  again:
    needs: [greet]
    python: {call: "steps:hello", code: .}
    with: {who: "{% $greet.text %}"}
outputs: {text: "{% $again.text %}"}
"""

FAILING = """
version: 1
name: failing
operations:
  good:
    python: {call: "steps:hello", code: .}
  bad:
    python: {call: "steps:fail", code: .}
  after:
    needs: [bad]
    python: {call: "steps:hello", code: .}
"""

SLOW = """
version: 1
name: slow
params:
  seconds: {type: number, default: 30}
operations:
  sleep:
    python: {call: "steps:wait", code: .}
    with: {seconds: "{% $params.seconds %}"}
  after:
    needs: [sleep]
    python: {call: "steps:hello", code: .}
"""

ASKING = """
version: 1
name: asking
operations:
  ask:
    approval: {message: "Publish it?"}
  publish:
    needs: [ask]
    python: {call: "steps:hello", code: .}
outputs: {by: "{% $ask.comment %}"}
"""

TWICE = ASKING.replace("  publish:", '  other:\n    approval: {message: "And tell of it?"}\n  publish:')


def write_project(folder: Path) -> None:
    pipelines = {"hello": HELLO, "failing": FAILING, "slow": SLOW, "asking": ASKING, "asking_twice": TWICE}
    for name, text in pipelines.items():
        (folder / f"{name}.yaml").write_text(text)
    (folder / "steps.py").write_text(HANDLERS)


def bunsui(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bunsui", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False)


def data(*arguments: str) -> Any:
    ran = bunsui(*arguments, "--output", "json")
    assert ran.stderr == ""
    return json.loads(ran.stdout)


def started(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bunsui", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def until(session: str, *statuses: str, within: float = 30) -> str:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        shown = bunsui("session", "show", session, "--output", "json")
        if shown.returncode == 0 and (status := json.loads(shown.stdout)["session"]["status"]) in statuses:
            return status
        time.sleep(0.1)
    raise AssertionError(f"{session} did not become {statuses}: {shown.stdout} {shown.stderr}")


def until_operation(session: str, operation: str, status: str, within: float = 30) -> None:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        shown = bunsui("session", "show", session, "--output", "json")
        if shown.returncode == 0:
            found = {one["name"]: one["status"] for one in json.loads(shown.stdout)["operations"]}
            if found.get(operation) == status:
                return
        time.sleep(0.1)
    raise AssertionError(f"{operation} of {session} did not become {status}: {shown.stdout} {shown.stderr}")
