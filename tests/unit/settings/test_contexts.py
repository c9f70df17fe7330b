"""Contexts are read from files with all their problems and places; which one is meant follows a fixed order."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bunsui.model.context import AWS, LOCAL, Context
from bunsui.settings import BadSetting, NoContext, choose, load
from bunsui.settings.contexts import known

PROD = """
[contexts.prod]
backend = "aws"
region = "eu-west-1"
profile = "work"
environment = "prod"
read_only = true
production = true
subnets = ["subnet-1", "subnet-2"]
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project" / "deep"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder.parent


def told(home: Path) -> list[str]:
    with pytest.raises(BadSetting) as raised:
        known(home)
    return [f"{Path(one.place.file).name}:{one.place.line}:{one.place.column} {one}" for one in raised.value.problems]


def test_what_a_file_says_of_a_context_is_all_of_it(home: Path, project: Path) -> None:
    (project / "bunsui.toml").write_text(PROD)
    prod = Context("prod", "aws", "work", "eu-west-1", "", "prod", True, True, ("subnet-1", "subnet-2"))
    assert (known(home)["prod"].context, known(home)["prod"].file) == (prod, str(project / "bunsui.toml"))


def test_two_contexts_are_always_there(home: Path, project: Path) -> None:
    assert {name: one.context for name, one in known(home).items()} == {"local": LOCAL, "aws": AWS}


def test_the_nearest_file_counts_more_than_the_homes(home: Path, project: Path) -> None:
    (home / "bunsui.toml").write_text('[contexts.a]\nbackend = "aws"\n[contexts.b]\nbackend = "aws"\n')
    (project / "bunsui.toml").write_text('[contexts.b]\nbackend = "aws"\nregion = "near"\n')
    (project.parent / "bunsui.toml").write_text('[contexts.far]\nbackend = "aws"\n')
    found = known(home)
    assert sorted(found) == ["a", "aws", "b", "local"]
    assert found["b"].context.region == "near"


def test_the_built_in_aws_context_takes_what_a_file_adds(home: Path, project: Path) -> None:
    (project / "bunsui.toml").write_text('[contexts.aws]\nregion = "eu-west-1"\n')
    assert load({"BUNSUI_HOME": str(home)}, backend="aws").context == Context("aws", "aws", region="eu-west-1")


def test_all_problems_are_told_with_their_places(home: Path, project: Path) -> None:
    (home / "bunsui.toml").write_text('[contexts.x]\nbackend = "aws"\nregio = "eu"\n')
    (project / "bunsui.toml").write_text(
        '# first\ncontext = 1\n\n[contexts.prod]\nbackend = "awz"\n  read_onyl = true\nproduction = "yes"\n\n'
        '[contexts.local]\nbackend = "local"\n\n[contexts.near]\nbackend = "local"\nregion = "eu"\n\n'
        '[contexts.none]\nread_only = true\n[contexts.long]\nbackend = "aws"\nenvironment = "Prod"\n'
    )
    assert [line.partition("  ")[0].partition(" ")[0] for line in told(home)] == [
        "bunsui.toml:3:1",
        "bunsui.toml:2:1",
        "bunsui.toml:5:1",
        "bunsui.toml:6:3",
        "bunsui.toml:7:1",
        "bunsui.toml:9:2",
        "bunsui.toml:14:1",
        "bunsui.toml:16:2",
        "bunsui.toml:20:1",
    ]
    text = "\n".join(told(home))
    for hint in (
        "Did you mean 'region'?",
        "Did you mean 'contexts'?",
        "Did you mean 'aws'?",
        "Did you mean 'read_only'?",
        "'production' must be true or false.",
        "'local' is always there, and always the same.",
        "'region' is of the backend aws alone.",
        "the context 'none' names no backend.",
        "'Prod' cannot be an environment's name.",
    ):
        assert hint in text


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[contexts.prod\n", "bunsui.toml:1:15"),
        ("[contexts.a]\nbackend = aws\n", "bunsui.toml:2:11"),
        ("contexts = 3\n", "bunsui.toml:1:1"),
        ("[contexts]\nprod = 1\n", "bunsui.toml:2:1"),
        ('contexts.prod = {backend = "aws", hue = 1}\n', "bunsui.toml:1:1"),
        ('[contexts."a b"]\nbackend = "aws"\n', "bunsui.toml:1:2"),
        ('[contexts.a]\nbackend = "aws"\nsubnets = [\n  "hue = 1",\n]\nhue = """\nx = 1\n"""\n', "bunsui.toml:6:1"),
    ],
)
def test_what_is_no_table_of_contexts_has_a_place(home: Path, project: Path, text: str, place: str) -> None:
    (project / "bunsui.toml").write_text(text)
    assert [line.partition(" ")[0] for line in told(home)] == [place]


def test_a_file_that_is_no_text_is_told(home: Path, project: Path) -> None:
    (project / "bunsui.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadSetting, match="not UTF-8"):
        known(home)


def test_the_context_is_the_one_named_last(home: Path, project: Path) -> None:
    names = ("chosen", "environ", "option")
    (project / "bunsui.toml").write_text("".join(f'[contexts.{name}]\nbackend = "aws"\n' for name in names))
    environ = {"BUNSUI_HOME": str(home)}
    assert load(environ).context == LOCAL
    choose(home, "chosen")
    assert load(environ).context.name == "chosen"
    environ["BUNSUI_CONTEXT"] = "environ"
    assert (load(environ).context.name, load(environ).named) == ("environ", False)
    assert (load(environ, context="option").context.name, load(environ, context="option").named) == ("option", True)


def test_a_backend_takes_the_chosen_context_if_that_is_of_it(home: Path, project: Path) -> None:
    (project / "bunsui.toml").write_text(PROD)
    environ = {"BUNSUI_HOME": str(home), "BUNSUI_CONTEXT": "prod"}
    assert load(environ, backend="aws").context.name == "prod"
    assert load(environ, backend="local").context == LOCAL
    assert load({"BUNSUI_HOME": str(home)}, backend="aws").context == AWS
    with pytest.raises(BadSetting, match="of the backend aws"):
        load(environ, context="prod", backend="local")


def test_a_name_that_nothing_has_is_told_with_the_nearest(home: Path, project: Path) -> None:
    (project / "bunsui.toml").write_text(PROD)
    with pytest.raises(NoContext, match="no context 'prd'") as raised:
        load({"BUNSUI_HOME": str(home)}, context="prd")
    assert raised.value.hint == "Did you mean 'prod'?"


def test_what_was_chosen_is_private_and_makes_the_home(tmp_path: Path) -> None:
    choose(tmp_path / "new", "prod")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "new" / "context").stat().st_mode & 0o777 == 0o600


def test_settings_without_a_context_load_nothing_that_reads_toml_or_asks_aws(tmp_path: Path) -> None:
    program = (
        "import sys; from bunsui.settings import load; from bunsui.workspace import open_workspace\n"
        f"load({{'BUNSUI_HOME': {str(tmp_path)!r}}})\n"
        "print([m for m in sys.modules if m in ('bunsui.settings.contexts', 'boto3', 'bunsui.aws')])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
