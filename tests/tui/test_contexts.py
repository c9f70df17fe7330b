"""Contexts full-screen: gone to by keys, marked on every screen, read-only ones and production."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bunsui.model.context import LOCAL, Context
from bunsui.tui.app import BunsuiApp
from bunsui.tui.contexts import lines
from bunsui.tui.contexts.places import Places
from ministack.deployed import Deployed
from ministack.server import MiniStack
from tui.pilot import Keys, Project, at, plain
from tui.test_pipelines import command

TOML = """
[contexts.prod]
backend = "local"
production = true
[contexts.looking]
backend = "local"
read_only = true
"""


def app(project: Project, context: Context = LOCAL) -> BunsuiApp:
    places = Places(replace(project.settings, context=context))
    made = BunsuiApp(places.open, project.settings.home, {"LANG": "en_US.UTF-8"}, places)
    made.state.put("tour", "offered")
    return made


def test_a_context_is_gone_to_by_its_key_or_its_name_and_stands_on_every_screen(project: Project) -> None:
    Path("bunsui.toml").write_text(TOML)
    project.run("first")

    async def flow(keys: Keys) -> None:
        await keys.until("local +this machine")
        await keys.until("first")
        await keys.press("C")
        text = await keys.until("looking +this machine +READ-ONLY")
        assert "prod     this machine  PRODUCTION" in text
        await keys.press("j", "j", "j", "enter")
        await keys.until("looking +READ-ONLY")
        await keys.until("first")
        await keys.press("enter")
        await keys.until("(?s)looking +READ-ONLY.*OPERATION")
        await command(keys, "context prod")
        await keys.until("prod +PRODUCTION")
        await command(keys, "context nowhere")
        await keys.until(lambda: any("no context 'nowhere'" in one.message for one in keys.app._notifications))

    at(app(project), flow, size=(120, 30))


def test_somebody_with_this_machine_alone_is_told_of_no_context(project: Project) -> None:
    project.run("first")

    async def flow(keys: Keys) -> None:
        assert "this machine" not in await keys.until("first")

    at(app(project), flow)


def test_where_nothing_may_be_changed_nothing_is_offered_and_a_deed_is_refused(project: Project) -> None:
    project.fail("down")
    looking = Context("looking", read_only=True)

    async def flow(keys: Keys) -> None:
        await keys.until("down")
        shown = {one.binding.id for one in keys.app.screen.active_bindings.values()}
        assert "home.log" in shown
        assert not {"home.recover", "home.cancel"} & shown
        await keys.press("r")  # the ways out may be looked at
        await keys.until("keep what completed")
        await keys.press("enter")
        await keys.until("session recover down --resume")
        await keys.press("y")
        await keys.until(lambda: any("looking is read-only" in one.message for one in keys.app._notifications))

    at(app(project, looking), flow, size=(120, 36))
    assert len(project.workspace.sessions.get("down").executions) == 1


def test_in_production_a_deed_takes_the_name_of_the_context(project: Project) -> None:
    project.fail("down")

    async def flow(keys: Keys) -> None:
        await keys.until("down")
        await keys.press("r")
        await keys.until("keep what completed")
        await keys.press("enter")
        await keys.until("session recover down --resume")
        await keys.press("y")
        await keys.until("prod is production")
        await keys.type("dev")
        await keys.press("enter")
        await keys.until(lambda: any("nothing was done" in one.message for one in keys.app._notifications))
        assert len(project.workspace.sessions.get("down").executions) == 1
        await keys.press("enter")
        await keys.until("session recover down --resume")
        await keys.press("y")
        await keys.until("prod is production")
        await keys.type("prod")
        await keys.press("enter")
        await keys.until(lambda: len(project.workspace.sessions.get("down").executions) == 2)

    at(app(project, Context("prod", production=True)), flow, size=(120, 36))
    project.workspace.sessions.wait("down", 60)


def test_a_text_that_is_not_saved_keeps_one_in_its_context(project: Project) -> None:
    Path("bunsui.toml").write_text(TOML)

    async def flow(keys: Keys) -> None:
        await command(keys, "edit numbers.yaml")
        await keys.until("name: numbers|editor|numbers.yaml")
        await keys.press("x")
        await keys.until("● modified")
        keys.app.action_context("prod")
        await keys.until(lambda: any("not saved" in one.message for one in keys.app._notifications))

    at(app(project), flow)


def test_sessions_of_an_environment_on_aws_are_seen_after_going_there(
    project: Project, ministack: MiniStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = Deployed(ministack)
    for name, value in deployed.environ.items():
        monkeypatch.setenv(name, value)
    Path("bunsui.toml").write_text(deployed.toml("there", "production = true"))
    project.run("here")

    async def flow(keys: Keys) -> None:
        await keys.until("here")
        await command(keys, "context there")
        await keys.until(f"there +PRODUCTION +AWS · environment {deployed.name}")
        await keys.until("no controller heard yet")
        text = await keys.until(":run FILE")
        assert "COMPLETED" not in text
        await command(keys, "context local")
        await keys.until("COMPLETED +here")

    at(app(project), flow, size=(120, 30))


def test_a_bar_says_where_one_is_in_words_and_fits() -> None:
    context = Context("prod", "aws", profile="work", region="eu-west-1", environment="main", production=True)
    assert plain(lines.bar(context, 80)) == "prod  PRODUCTION  AWS · environment main · eu-west-1 · profile work"
    assert plain(lines.bar(context, 30)).startswith("prod  PRODUCTION  AWS")
    both = replace(context, read_only=True)
    assert plain(lines.bar(both, 60)).startswith("prod  READ-ONLY  PRODUCTION")
