"""A session's log at its end, with everything real: archived, followed without loss, found by its places."""

from __future__ import annotations

import gzip
import threading

from bunsui.model.status import SessionStatus
from bunsui.services.logs.reader import LogFilter
from bunsui.workspace import open_workspace

TALK = """
import time
def talk(n, seconds=0.0):
    for number in range(n):
        print("line", number, flush=True)
        time.sleep(seconds)
    return {}
"""


def test_at_its_end_a_log_is_one_compressed_file_that_reads_as_before(workspace, project) -> None:
    project.write("talk.py", TALK)
    path = project.pipeline(
        'talk: {python: {call: "talk:talk"}, with: {n: 300}}\nmore: {needs: [talk], wait: {for: 0s}}'
    )
    session = workspace.sessions.wait(workspace.run(path, name="mine").id, 60)
    assert session.status is SessionStatus.COMPLETED
    folder = project.settings.home / "objects/logs/mine"
    (archive,) = (folder / "archive").iterdir()
    assert b"line 299" in gzip.decompress(archive.read_bytes())
    assert not (folder / "talk").exists()
    lines = [line.message for line in workspace.sessions.logs("mine", LogFilter(operation="talk"))]
    assert lines == [f"line {number}" for number in range(300)]
    assert [line.message for line in workspace.sessions.logs("mine", LogFilter(grep="^line 29[89]$"))] == lines[-2:]


def test_followers_of_a_session_miss_and_repeat_nothing_while_it_ends_and_is_archived(project) -> None:
    project.write("talk.py", TALK)
    operations = (
        'talk: {python: {call: "talk:talk"}, with: {n: 30, seconds: 0.03}}\n'
        'many:\n  for_each: [0, 1, 2]\n  python: {call: "talk:talk"}\n  with: {n: 20, seconds: 0.03}'
    )
    seen: list[list[tuple[str, int | None, str]]] = [[], []]
    with open_workspace(project.settings) as opened:
        session = opened.run(project.pipeline(operations), name="mine")

        def follow(number: int) -> None:
            for line in opened.sessions.logs(session.id, follow=True):
                if line.stream == "stdout":
                    seen[number].append((line.operation, line.item, line.message))

        threads = [threading.Thread(target=follow, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    wanted = [("talk", None, f"line {n}") for n in range(30)]
    wanted += [("many", item, f"line {n}") for item in range(3) for n in range(20)]
    for one in seen:
        assert sorted(one, key=str) == sorted(wanted, key=str)
