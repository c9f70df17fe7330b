"""An environment and a pipeline put on AWS by the keys of the full-screen interface."""

from __future__ import annotations

from pathlib import Path

import pytest

from bunsui.settings import load
from bunsui.tui.app import BunsuiApp
from bunsui.tui.contexts.places import Places
from ministack.deployments import Deployments
from ministack.server import MiniStack
from tui.pilot import Keys, Project, at, seen
from tui.test_pipelines import command


@pytest.fixture
def there(ministack: MiniStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployments:
    made = Deployments(ministack, tmp_path / "work")
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, made.environ[name])
    monkeypatch.chdir(made.folder)
    return made


def app(context: str) -> BunsuiApp:
    settings = load(context=context)
    places = Places(settings)
    made = BunsuiApp(places.open, settings.home, {"LANG": "en_US.UTF-8"}, places)
    made.state.put("tour", "offered")
    return made


def test_a_plan_is_shown_confirmed_by_the_name_of_production_and_carried_out(there: Deployments) -> None:
    with there.folder.joinpath("bunsui.toml").open("a") as file:
        file.write("production = true\n")

    async def flow(keys: Keys) -> None:
        await keys.until(f"there +PRODUCTION +AWS · environment {there.name}")
        await command(keys, "run greet.yaml")
        await keys.until("valid")
        await keys.press("D")
        text = await keys.until(r"\+ create Records \(AWS::DynamoDB::Table\)")
        assert f"bunsui-{there.name} (the environment itself): new" in text
        await keys.press("escape")
        await keys.until(lambda: there.left() == [])  # a plan that is left is dropped
        await keys.press("D")
        await keys.until(r"\+ create Records \(AWS::DynamoDB::Table\)")
        await keys.press("D")
        await keys.until(f"deploy to {there.name}")
        await keys.press("y")
        await keys.until("there is production")
        await keys.type("there")
        await keys.press("enter")
        await keys.until("(?s)CREATE_COMPLETE.*It stands")
        await keys.press("escape", "D")
        await keys.until(r"\(pipeline greet\): no changes")
        await keys.press("escape")
        await keys.until("greet")

    at(app("there"), flow, size=(120, 40))
    assert there.environment.records in there.left()
    gone = there.env("destroy", "--confirm", there.name)
    assert gone.returncode == 0, gone.stderr


def test_what_cannot_be_planned_is_said_and_leaves_nothing(there: Deployments) -> None:
    async def flow(keys: Keys) -> None:
        await command(keys, "deploy nothing.yaml")
        await keys.until("nothing.yaml.* (does not exist|there is no file)|there is no file")

    at(app("there"), flow, size=(120, 40))
    assert there.left() == []


def test_a_context_of_this_machine_has_nothing_to_deploy_to(project: Project) -> None:
    async def flow(keys: Keys) -> None:
        await command(keys, "deploy")
        await keys.until("nothing to deploy to")
        assert "deploy it" not in seen(keys.app)

    at(project.app(), flow)
