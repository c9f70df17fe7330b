"""The workload on Bunsui, in a process of its own: folder, sessions, steps. Prints one JSON line.

The pipeline is read before the clock starts, as DBOS has its workflow as code by then; a single session is compiled and
deployed before, too (how long that takes is in `bench.py`). Many sessions are compiled with the first, while it runs.
"""

import json
import sys
import time
from pathlib import Path

import samples

from bunsui.model.status import SessionStatus
from bunsui.settings import Settings
from bunsui.workspace import open_workspace


def main(folder: Path, sessions: int, steps: int) -> None:
    project = folder / "project"
    project.mkdir()
    (project / "noop.py").write_text(samples.NOOP)
    (project / "one.yaml").write_text(samples.chain("one", 1, limits=False))
    (project / "chain.yaml").write_text(samples.chain("chain", steps, limits=False))
    with open_workspace(Settings(home=folder / "home", owner="bench", workers=4)) as workspace:
        workspace.sessions.wait(workspace.run(str(project / "one.yaml")).id)
        pipeline, _ = workspace.pipelines.load(str(project / "chain.yaml"))
        begin = time.perf_counter()
        started = [workspace.sessions.start(pipeline, {}) for _ in range(sessions)]
        begin = begin if sessions > 1 else time.perf_counter()
        ended = [workspace.sessions.wait(session.id) for session in started]
        taken = time.perf_counter() - begin
    assert all(session.status is SessionStatus.COMPLETED for session in ended), ended
    print(json.dumps({"seconds": taken}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
