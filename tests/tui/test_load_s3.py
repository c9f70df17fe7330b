"""Pipelines in S3, browsed and loaded by the keys of the same screen (diagram 6.1 on AWS)."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from bunsui.aws import files
from bunsui.settings import load
from bunsui.tui.pipelines.screen import PipelineScreen
from ministack.server import REGION, MiniStack
from tui.pilot import BROKEN, Keys, Project, at
from tui.test_pipelines import command, shows

HELLO = """
version: 1
name: hello
params:
  whom: {type: string, default: world}
operations:
  greet: {command: {run: ["echo", "hello"]}}
"""


class Bucket:
    def __init__(self, running: MiniStack) -> None:
        self.clients = running.clients()
        self.name = running.environment().bucket
        self.clients.ask("s3", "create_bucket", Bucket=self.name)

    def put(self, key: str, text: str) -> None:
        self.clients.ask("s3", "put_object", Bucket=self.name, Key=key, Body=text.encode())

    def keeps_versions(self) -> None:
        given: dict[str, Any] = {"VersioningConfiguration": {"Status": "Enabled"}}
        self.clients.ask("s3", "put_bucket_versioning", Bucket=self.name, **given)


@pytest.fixture
def bucket(ministack: MiniStack, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack.address)
    monkeypatch.setenv("AWS_REGION", REGION)
    return Bucket(ministack)


def test_a_prefix_is_browsed_a_file_previewed_registered_and_run_once_it_was_allowed(
    bucket: Bucket, project: Project
) -> None:
    bucket.put("pipes/hello.yaml", HELLO)
    bucket.put("pipes/notes.txt", "x")
    bucket.put("pipes/sub/other.yaml", HELLO)

    async def flow(keys: Keys) -> None:
        await command(keys, f"load s3://{bucket.name}/pipes")
        text = await keys.until("▸ sub/")
        assert "notes.txt" in text
        assert f"s3://{bucket.name}/pipes/" in text
        await keys.until("(?s)hello  ✔ valid  1 operation.*bunsui plan")
        await keys.press("g", "enter")
        await keys.until("◆ other.yaml")
        await keys.press("backspace")
        await keys.until("pipes/")
        await keys.press("enter")
        await keys.until("◆ hello.yaml")
        while "hello.yaml" not in (keys.app.screen.query_one("#files").key or ""):  # type: ignore[attr-defined]  # Rows
            await keys.press("j")
        await keys.press("enter")
        await shows(keys, "name: hello")
        await keys.press("R")
        await keys.until(f"bunsui pipeline register s3://{bucket.name}/pipes/hello.yaml")
        await keys.press("y")
        await keys.until("pipeline hello +v1")
        await keys.press("x")
        await keys.until("bunsui run hello")
        await keys.press("enter")
        text = await keys.until("greet: command echo hello")
        assert "came from S3" in text
        await keys.press("y")
        await keys.until("SUCCEEDED|COMPLETED")

    at(project.app(), flow, size=(120, 36))
    [version] = project.workspace.pipelines.list()
    assert version.source == f"s3://{bucket.name}/pipes/hello.yaml"
    assert [one.pipeline for one in project.workspace.sessions.list().sessions] == ["hello"]


def test_problems_of_a_file_in_s3_stand_beside_the_list_and_at_their_lines(bucket: Bucket, project: Project) -> None:
    bucket.put("broken.yaml", BROKEN)

    async def flow(keys: Keys) -> None:
        await command(keys, "load")
        await keys.until("◆ numbers.yaml")
        await keys.press("o")
        await keys.until("load which file")
        await keys.press("ctrl+u")
        await keys.type(f"s3://{bucket.name}")
        await keys.press("enter")
        await keys.until("5:18 +operation 'load' needs")
        await keys.press("enter")
        await keys.until(lambda: isinstance(keys.app.screen, PipelineScreen))
        await shows(keys, "5● +load")
        await keys.press("escape")
        await keys.press("s")
        await keys.until("◆ numbers.yaml")
        await keys.press("s")
        await keys.until(f"▸ {bucket.name}/")

    at(project.app(), flow, size=(120, 30))


def test_versions_stand_below_their_file_and_more_is_read_page_by_page(
    bucket: Bucket, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_PAGE", 5)
    bucket.keeps_versions()
    bucket.put("a.yaml", HELLO.replace("hello", "first"))
    bucket.put("a.yaml", HELLO)
    for number in range(7):
        bucket.put(f"many/{number}.txt", "")

    async def flow(keys: Keys) -> None:
        await command(keys, f"load s3://{bucket.name}/a.yaml")
        await keys.until("hello  ✔ valid")
        await keys.press("v")
        await keys.until(lambda: len(keys.app.screen.query_one("#files").keys) == 4)  # type: ignore[attr-defined]
        await keys.press("j", "j")
        await keys.until("first  ✔ valid")
        await keys.press("enter")
        await keys.until("sionId=")
        await shows(keys, "name: first")
        await keys.press("escape", "v")
        await keys.press("g", "enter")
        text = await keys.until("5 so far, Enter reads more")
        assert "5.txt" not in text
        await keys.press(*["j"] * 6, "enter")
        await keys.until("6.txt")

    at(project.app(), flow, size=(120, 30))


def test_an_s3_that_is_silent_is_not_waited_for(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test"), ("REGION", REGION)):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")

    async def flow(keys: Keys) -> None:
        await command(keys, "load s3://somewhere/")
        await keys.until("reading ... .*esc cancels")
        await keys.press("escape")
        await keys.until("not waited for: u looks again")
        await keys.press("s")
        await keys.until("◆ numbers.yaml")
        silent.close()

    at(project.app(), flow, size=(120, 30))


def test_an_s3_that_cannot_be_reached_is_a_message_on_the_screen(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    assert load().home == project.settings.home

    async def flow(keys: Keys) -> None:
        await command(keys, "load s3://somewhere/")
        await keys.until(r"nothing answers at http://127\.0\.0\.1:1")
        await keys.press("s")
        await keys.until("◆ numbers.yaml")

    at(project.app(), flow, size=(120, 30))
