"""A project to begin with: named after its folder, and never over what is there."""

from __future__ import annotations

import pytest

from bunsui.definition import ConfigValidator
from bunsui.errors import Refused
from bunsui.services.pipelines import scaffold


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("flights", "flights"),
        ("My Project", "my-project"),
        ("2013_flights", "flights"),
        ("日本", "pipeline"),
        ("a" * 60, "a" * 40),
        ("x" * 39 + "-y", "x" * 39),
    ],
)
def test_the_pipeline_is_named_after_the_folder(folder, name):
    assert scaffold.pipeline_name(folder) == name


def test_the_files_of_a_project_are_written(tmp_path):
    written, kept = scaffold.create(tmp_path / "new")

    names = {str(path.relative_to(tmp_path / "new")) for path in written}
    assert names == {"pipeline.yaml", "functions/steps.py", "functions/report.py", "README.md", ".gitignore"}
    assert kept == []
    assert "name: new\n" in (tmp_path / "new" / "pipeline.yaml").read_text()


def test_a_pipeline_that_is_there_is_not_overwritten(tmp_path):
    (tmp_path / "pipeline.yaml").write_text("mine")

    with pytest.raises(Refused, match="overwrites nothing"):
        scaffold.create(tmp_path)

    assert (tmp_path / "pipeline.yaml").read_text() == "mine"
    assert not (tmp_path / "functions").exists()


def test_what_a_repository_has_already_stays(tmp_path):
    (tmp_path / ".gitignore").write_text("mine\n")

    _, kept = scaffold.create(tmp_path)

    assert kept == [tmp_path / ".gitignore"]
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


@pytest.mark.parametrize("template", scaffold.TEMPLATES)
def test_every_template_validates(template, tmp_path):
    scaffold.create(tmp_path / "new", template)

    path = tmp_path / "new" / "pipeline.yaml"
    assert ConfigValidator().validate(path.read_bytes(), str(path), str(path.parent)).problems == ()
