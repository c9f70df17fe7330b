"""A start that is killed between any two of its steps, or made by many at once, is one session that runs once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bunsui.model.status import SessionStatus
from bunsui.workspace import open_workspace

PATIENCE = 30.0

# Dies at the n-th thing that the main thread asks of a port; n beyond the last one ends with the session running.
_KILLED = """
import dataclasses, os, signal, sys, threading
from pathlib import Path
from bunsui.backend import open_local
from bunsui.services.wiring import Ports
from bunsui.settings import Settings
from bunsui.workspace import Workspace

home, path, left = Path(sys.argv[1]), sys.argv[2], [int(sys.argv[3])]

class Deadly:
    def __init__(self, port):
        self._port = port
    def __getattr__(self, verb):
        real = getattr(self._port, verb)
        def ask(*arguments, **named):
            if threading.current_thread() is threading.main_thread():
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **named)
        return ask

settings = Settings(home, "ada", 2)
def open_backend(on_end):
    real = open_local(settings, on_end, host_engine=True)
    ports = Ports(*(Deadly(port) for port in (real.ports.table, real.ports.objects, real.ports.machines)))
    return dataclasses.replace(real, ports=ports)

workspace = Workspace(settings, open_backend)
workspace.run(path, name="mine")
print("started", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("step", range(9))
def test_a_start_killed_at_any_step_is_healed_by_the_next_look(project, step: int) -> None:
    path = project.pipeline('only: {python: {call: "work:clean"}}')
    arguments = [sys.executable, "-c", _KILLED, str(project.settings.home), path, str(step)]
    killed = subprocess.run(arguments, stdout=subprocess.PIPE, text=True, timeout=60, check=False)
    assert killed.returncode == -9
    with open_workspace(project.settings) as workspace:
        session = workspace.run(path, name="mine")
        assert workspace.sessions.wait(session.id, PATIENCE).status is SessionStatus.COMPLETED
        lines = [line.message for line in workspace.sessions.logs("mine") if line.stream == "session"]
    assert project.ran() == ["clean"]
    assert lines == ["started by ada (execution mine-1)", "ended COMPLETED"]


_STARTED = """
import sys
from pathlib import Path
from bunsui.settings import Settings
from bunsui.workspace import open_workspace
with open_workspace(Settings(Path(sys.argv[1]), "ada", 2)) as workspace:
    session = workspace.run(sys.argv[2], name="mine")
    print(session.id, workspace.sessions.wait(session.id, 30).status.value)
"""


def test_many_who_start_the_same_at_once_share_one_session(project) -> None:
    path = project.pipeline('only: {python: {call: "work:clean"}}')
    arguments = [sys.executable, "-c", _STARTED, str(project.settings.home), path]
    processes = [subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) for _ in range(5)]
    assert {process.communicate(timeout=60)[0] for process in processes} == {"mine COMPLETED\n"}
    assert project.ran() == ["clean"]
