"""Hosts a home's engine, starts or resumes the session of a real DAG, and waits for its end.

HOME FOLDER NUMBER VICTIMS ROW

The spec is pickled in FOLDER/spec.pickle; NUMBER counts executions. VICTIMS die at ROW as in `deadly`; `cancel` cancels
the session instead.
"""

from __future__ import annotations

import pickle
import sys
import threading
from pathlib import Path

import deadly
from real_dags import pipeline_of

from bunsui.errors import NotFound, Refused
from bunsui.local import host
from bunsui.settings import Settings
from bunsui.workspace import Workspace, open_workspace
from virtual.dags import params


def main() -> None:
    home, folder, (number, victims, moment) = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    spec = pickle.loads((folder / "spec.pickle").read_bytes())
    reached = threading.Event()
    host.EngineHost = deadly.host(victims, moment, reached.set)  # type: ignore[misc]
    with open_workspace(Settings(home, "tester", 4)) as workspace:
        begin(workspace, pipeline_of(spec, folder), params(spec), int(number))
        while not workspace.sessions.refresh("mine").status.ended:
            for approval in workspace.sessions.approvals("mine"):
                workspace.sessions.approve("mine", approval.operation)
            if reached.wait(0.05) and victims == "cancel":
                cancel(workspace)


def begin(workspace: Workspace, pipeline: object, given: dict[str, object], number: int) -> None:
    """Started, gone on with after a crash, or resumed, whichever comes next."""
    try:
        session = workspace.sessions.refresh("mine")
    except NotFound:
        workspace.sessions.start(pipeline, given, name="mine")  # type: ignore[arg-type]
        return
    if len(session.executions) < number:
        workspace.sessions.resume("mine")


def cancel(workspace: Workspace) -> None:
    try:
        workspace.sessions.cancel("mine")
    except Refused:
        return  # it has just ended


if __name__ == "__main__":
    main()
