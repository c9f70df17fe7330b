"""Pipeline files in S3, over the wire: read, listed, validated, registered, and run here once somebody allowed it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bunsui.aws.files import S3Files
from bunsui.errors import InvalidInput, NotFound, Unreachable, Untrusted
from bunsui.model.listing import Listing
from bunsui.model.status import SessionStatus
from bunsui.settings import load
from bunsui.workspace import Workspace, open_workspace
from ministack.server import REGION, MiniStack

PARENT = """version: 1
name: outer
operations:
  greet: {command: {run: ["echo", "hello"]}}
  inner: {needs: [greet], pipeline: {file: nested/child.yaml}}
"""
CHILD = """version: 1
name: inner
operations:
  say: {python: {call: "time:time_ns"}, with: {}}
"""
CODED = """version: 1
name: coded
operations:
  load: {python: {call: "steps:load", code: ./functions}}
"""
WRONG = """version: 1
name: wrong
operations:
  load: {needs: [fetsch], command: {run: ["true"]}}
  fetch: {command: {run: ["true"]}}
"""


class Bucket:
    def __init__(self, running: MiniStack) -> None:
        self.clients = running.clients()
        self.name = running.environment().bucket
        self.clients.ask("s3", "create_bucket", Bucket=self.name)

    def put(self, key: str, text: str | bytes) -> str:
        body = text.encode() if isinstance(text, str) else text
        answer: Any = self.clients.ask("s3", "put_object", Bucket=self.name, Key=key, Body=body)
        return str(answer.get("VersionId", ""))

    def address(self, key: str) -> str:
        return f"s3://{self.name}/{key}"


@pytest.fixture
def bucket(ministack: MiniStack, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack.address)
    monkeypatch.setenv("AWS_REGION", REGION)
    return Bucket(ministack)


@pytest.fixture
def files(ministack: MiniStack) -> S3Files:
    return S3Files(ministack.clients())


def opened() -> Workspace:
    return open_workspace(load())


def names(listing: Listing) -> list[str]:
    assert not listing.problem
    return [one.name for one in listing.entries]


def test_an_object_is_read_whole_up_to_the_limit(bucket: Bucket, files: S3Files) -> None:
    bucket.put("f.yaml", b"12345")
    bucket.put("empty.yaml", b"")
    assert files.read(bucket.address("f.yaml"), 5) == b"12345"
    assert files.read(bucket.address("empty.yaml"), 5) == b""
    with pytest.raises(InvalidInput, match="larger than 4 bytes"):
        files.read(bucket.address("f.yaml"), 4)


def test_what_cannot_be_read_says_what_is_missing(bucket: Bucket, files: S3Files) -> None:
    bucket.put("f.yaml", b"1")
    with pytest.raises(NotFound, match="there is no bucket 'not-there'"):
        files.read("s3://not-there/f.yaml", 9)
    with pytest.raises(NotFound, match=r"there is no object 's3://.*/none\.yaml'") as missing:
        files.read(bucket.address("none.yaml"), 9)
    assert missing.value.hint == f"See what is there: aws s3 ls s3://{bucket.name}/"
    with pytest.raises(InvalidInput, match="is a folder"):
        files.read(bucket.address("folder/"), 9)
    with pytest.raises(NotFound, match="has no version 'gone'"):
        files.read(bucket.address("f.yaml") + "?versionId=gone", 9)
    with pytest.raises(InvalidInput, match="cannot be the name of a bucket"):
        files.read("s3://no bucket/f.yaml", 9)


def test_an_earlier_version_is_read_by_its_id_and_all_are_listed(bucket: Bucket, files: S3Files) -> None:
    given = {"VersioningConfiguration": {"Status": "Enabled"}}
    bucket.clients.ask("s3", "put_bucket_versioning", Bucket=bucket.name, **given)
    first = bucket.put("f.yaml", b"1")
    second = bucket.put("f.yaml", b"2")
    bucket.put("f.yaml.bak", b"3")
    assert files.read(bucket.address("f.yaml") + f"?versionId={first}", 9) == b"1"
    assert files.read(bucket.address("f.yaml"), 9) == b"2"
    assert names(files.entries(bucket.address("f.yaml"), 10)) == [second, first]


def test_prefixes_are_listed_page_by_page_with_folders_first(bucket: Bucket, files: S3Files) -> None:
    for key in ("p/a.yaml", "p/b.txt", "p/sub/c.yaml", "p/", "top.yaml"):
        bucket.put(key, b"x")
    whole = files.entries(bucket.address("p/"), 10)
    assert names(whole) == ["sub", "a.yaml", "b.txt"]
    assert [one.pipeline for one in whole.entries] == [False, True, False]
    assert whole.above == f"s3://{bucket.name}/"
    assert files.entries(whole.above, 10).above == "s3://"
    assert bucket.address("") in [one.address for one in files.entries("s3://", 1000).entries]
    found, after = [], ""
    while True:
        page = files.entries(bucket.address("p/"), 2, after)
        found += names(page)
        if not (after := page.next):
            break
    assert sorted(found) == ["a.yaml", "b.txt", "sub"]


def test_a_listing_that_fails_has_a_problem(files: S3Files) -> None:
    assert "there is no bucket 'not-there'" in files.entries("s3://not-there/", 10).problem


def test_a_file_in_s3_is_validated_with_its_places_and_one_nested_beside_it(bucket: Bucket) -> None:
    bucket.put("p/wrong.yaml", WRONG)
    bucket.put("p/outer.yaml", PARENT)
    with opened() as workspace:
        found = workspace.pipelines.load_config(bucket.address("p/wrong.yaml"))
        assert str(found.problems[0].place) == f"s3://{bucket.name}/p/wrong.yaml:4:18"
        found = workspace.pipelines.load_config(bucket.address("p/outer.yaml"))
        assert "there is no file 'nested/child.yaml'" in found.problems[0].message
        bucket.put("p/nested/child.yaml", CHILD)
        assert workspace.pipelines.load_config(bucket.address("p/outer.yaml")).problems == ()


def test_code_beside_a_file_in_s3_is_said_to_be_on_no_machine_at_its_place(bucket: Bucket) -> None:
    bucket.put("coded.yaml", CODED)
    address = bucket.address("coded.yaml")
    with opened() as workspace:
        [problem] = workspace.pipelines.preview(address).problems
        assert str(problem.place) == f"{address}:4:45"
        assert f"'./functions' would lie at s3://{bucket.name}" in problem.message
        with pytest.raises(InvalidInput, match="is not on this machine"):
            workspace.run(address)


def test_what_would_run_here_is_allowed_once_for_each_content(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bucket.put("outer.yaml", PARENT)
    bucket.put("nested/child.yaml", CHILD)
    address = bucket.address("outer.yaml")
    with opened() as workspace:
        with pytest.raises(Untrusted) as asked:
            workspace.run(address)
        assert asked.value.deeds == (
            "greet: command echo hello",
            "inner.say: python time:time_ns (in the current folder, or installed)",
        )
        assert f"bunsui run {address} --trust {asked.value.sha256}" in asked.value.hint
        with pytest.raises(Untrusted):
            workspace.pipelines.run(address, trust="0" * 64)
        session = workspace.pipelines.run(address, trust=asked.value.sha256)
        assert (session.source, session.runtime.folder) == (address, str(tmp_path))
        workspace.run(address)  # nobody asks again
        bucket.put("nested/child.yaml", CHILD.replace("time_ns", "time"))
        with pytest.raises(Untrusted) as again:
            workspace.run(address)
        assert again.value.sha256 != asked.value.sha256


def test_a_pipeline_registered_from_s3_is_run_by_its_name_once_it_was_allowed(bucket: Bucket) -> None:
    bucket.put("p/outer.yaml", PARENT.replace(', "hello"', ', "registered"'))
    bucket.put("p/nested/child.yaml", CHILD.replace('{call: "time:time_ns"}', '{call: "os:getcwdb"}'))
    with opened() as workspace:
        version = workspace.pipelines.register(bucket.address("p/outer.yaml"))
        assert (version.source, version.folder) == (bucket.address("p/outer.yaml"), f"s3://{bucket.name}/p")
        with pytest.raises(Untrusted) as asked:
            workspace.run("outer")
        workspace.pipelines.trust("outer", asked.value.sha256)
        session = workspace.run("outer")
        assert workspace.sessions.wait(session.id, 60).status is SessionStatus.FAILED  # bytes are no JSON


def test_a_session_from_s3_is_resumed_and_an_edit_of_its_file_is_allowed_anew(bucket: Bucket) -> None:
    text = WRONG.replace("fetsch", "fetch").replace('fetch: {command: {run: ["true"]}}', "fetch: {command: {run: [X]}}")
    bucket.put("w.yaml", text.replace("X", '"false"'))
    address = bucket.address("w.yaml")
    with opened() as workspace:
        with pytest.raises(Untrusted) as asked:
            workspace.run(address)
        session = workspace.pipelines.run(address, trust=asked.value.sha256)
        workspace.sessions.wait(session.id, 60)
        bucket.put("w.yaml", text.replace("X", '"true"'))
        plan = workspace.sessions.recovery_plan(session.id)
        edited = next(way for way in plan.ways if way.action == "edited")
        assert f"bunsui pipeline trust {address}" in edited.why
        with pytest.raises(Untrusted) as asked:
            workspace.pipelines.load_to_run(address)
        workspace.pipelines.trust(address, asked.value.sha256)
        way = next(one for one in workspace.sessions.recovery_plan(session.id).ways if one.action == "edited")
        workspace.sessions.recover(way)
        assert workspace.sessions.wait(session.id, 60).status is SessionStatus.COMPLETED


def test_an_s3_that_does_not_answer_is_said_in_plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with opened() as workspace:
        with pytest.raises(Unreachable, match="nothing answers"):
            workspace.pipelines.load_config("s3://b/k.yaml")
        assert "nothing answers" in workspace.desk.entries("s3://b/").problem
