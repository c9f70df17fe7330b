"""An exported session is a zip that unpacks only into its own folder."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from zipfile import ZipFile

from bunsui.model.status import ExecutionStatus
from bunsui.services.sessions.export import write_zip


def exported(world) -> ZipFile:
    target = io.BytesIO()
    world.sessions.export("mine", target)
    return ZipFile(target)


def test_it_holds_record_pipeline_histories_and_log(world, pipeline) -> None:
    world.sessions.start(pipeline, {"month": 1}, name="mine")
    world.machines.end("mine-1", ExecutionStatus.SUCCEEDED)
    archive = exported(world)
    assert archive.namelist() == [
        "mine/session.json",
        "mine/pipeline.yaml",
        "mine/history/mine-1.json",
        "mine/log.jsonl",
    ]
    assert json.loads(archive.read("mine/session.json"))["status"] == "COMPLETED"
    history = json.loads(archive.read("mine/history/mine-1.json"))
    assert [event["type"] for event in history["events"]] == ["ExecutionStarted", "ExecutionSucceeded"]
    assert archive.read("mine/log.jsonl").count(b"\n") == 2


def test_no_name_inside_can_leave_the_folder(world, pipeline) -> None:
    session = replace(world.sessions.start(pipeline, {}, name="mine"), id="../../etc")
    target = io.BytesIO()
    write_zip(target, session, b"", {"../x/..": world.sessions.history("mine")}, [])
    for name in ZipFile(target).namelist():
        assert ".." not in name
        assert not name.startswith("/")
