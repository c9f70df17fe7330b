"""Pipeline files: loaded, checked, registered and run through one door (diagrams 1.1, 6.1)."""

from __future__ import annotations

import pytest

from bunsui.errors import InvalidInput, NotFound
from bunsui.services.pipelines.manager import PipelineManager

TEXT = b"""
version: 1
name: flights
params:
  month: {type: integer}
operations:
  load:
    python: {call: "m:load"}
    with: {month: "{% $params.month %}"}
"""


@pytest.fixture
def pipelines(world) -> PipelineManager:
    world.files.texts["flights.yaml"] = TEXT
    return PipelineManager(lambda: world.ports, lambda: world.sessions, world.files, world.around)


def test_a_valid_file_is_a_pipeline_without_problems(pipelines) -> None:
    loaded = pipelines.load_config("flights.yaml")
    assert loaded.problems == ()
    assert loaded.pipeline is not None
    assert list(loaded.pipeline.operations) == ["load"]


def test_an_invalid_file_is_its_problems_with_their_places(pipelines, world) -> None:
    world.files.texts["bad.yaml"] = TEXT.replace(b"python:", b"pyhton:")
    loaded = pipelines.load_config("bad.yaml")
    assert loaded.pipeline is None
    assert str(loaded.problems[0].place).startswith("bad.yaml:")
    with pytest.raises(InvalidInput) as caught:
        pipelines.run("bad.yaml", {"month": 1})
    assert caught.value.problems == loaded.problems
    assert world.machines.started == {}


def test_a_file_that_is_not_there_is_not_found(pipelines) -> None:
    with pytest.raises(NotFound):
        pipelines.load_config("nowhere.yaml")


def test_validating_needs_no_backend(world) -> None:
    world.files.texts["flights.yaml"] = TEXT
    pipelines = PipelineManager(_unreachable, _unreachable, world.files, world.around)
    assert pipelines.load_config("flights.yaml").pipeline


def test_running_starts_a_session_with_bound_parameters(pipelines, world) -> None:
    session = pipelines.run("flights.yaml", texts={"month": "3"})
    assert (session.params, session.version, session.source) == ({"month": 3}, None, "flights.yaml")
    assert list(world.machines.started) == [f"arn:{session.id}-1"]


def test_parameters_that_do_not_fit_start_nothing(pipelines, world) -> None:
    with pytest.raises(InvalidInput) as caught:
        pipelines.run("flights.yaml", texts={"month": "May"})
    assert len(caught.value.problems) == 1
    assert world.table.records == {}


def test_registering_gives_numbered_versions_and_keeps_their_texts(pipelines, world) -> None:
    assert pipelines.register("flights.yaml").version == 1
    world.files.texts["flights.yaml"] = TEXT + b"description: newer\n"
    assert pipelines.register("flights.yaml").version == 2
    assert [one.version for one in pipelines.versions("flights")] == [2, 1]
    assert pipelines.show("flights@1")[1] == TEXT.decode()
    assert pipelines.show("flights")[0].description == "newer"


def test_registering_the_same_text_again_gives_the_version_that_is_there(pipelines) -> None:
    assert pipelines.register("flights.yaml") == pipelines.register("flights.yaml")
    assert len(pipelines.versions("flights")) == 1


def test_a_registered_pipeline_runs_after_its_file_is_gone(pipelines, world) -> None:
    pipelines.register("flights.yaml")
    world.files.texts.clear()
    assert pipelines.run("flights", {"month": 1}).version == 1


@pytest.mark.parametrize("source", ["nobody", "flights@7"])
def test_a_name_or_version_that_is_not_registered_is_not_found(pipelines, source) -> None:
    pipelines.register("flights.yaml")
    with pytest.raises(NotFound, match="there is no pipeline"):
        pipelines.load(source)


def test_a_file_named_like_a_pipeline_is_pointed_out(pipelines, world) -> None:
    world.files.texts["flights"] = TEXT
    with pytest.raises(NotFound) as caught:
        pipelines.load("flights")
    assert caught.value.hint == "A file of that name is written ./flights"


def test_a_pipeline_can_run_a_registered_one_and_a_file_beside_it(pipelines, world) -> None:
    pipelines.register("flights.yaml")
    world.files.texts["/srv/inner.yaml"] = TEXT.replace(b"flights", b"inner")
    outer = b"""
version: 1
name: outer
operations:
  named: {pipeline: {name: flights}, with: {month: 1}}
  filed: {pipeline: {file: inner.yaml}, with: {month: 1}}
"""
    world.files.texts["/srv/outer.yaml"] = outer
    pipeline, _ = pipelines.load("/srv/outer.yaml")
    children = [operation.task.child.name for operation in pipeline.operations.values()]
    assert children == ["flights", "inner"]


def test_a_name_that_is_not_registered_is_answered_with_the_nearest(pipelines) -> None:
    pipelines.register("flights.yaml")
    with pytest.raises(NotFound) as caught:
        pipelines.load("flihgts")
    assert caught.value.hint.startswith("Did you mean 'flights'?")


def test_a_preview_has_the_pipeline_and_its_forecast(pipelines) -> None:
    preview = pipelines.preview("flights.yaml")
    assert preview.pipeline.name == "flights"


def test_a_pipeline_compiles_to_its_machine(pipelines) -> None:
    assert pipelines.compile("flights.yaml").name == "flights"


def _unreachable() -> None:
    raise AssertionError("nobody needs this")
