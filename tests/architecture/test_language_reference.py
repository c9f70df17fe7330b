"""`docs/pipeline-file.md` against the language itself: its example is valid, and it names every key there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from bunsui.definition import json_schema
from bunsui.settings import load
from bunsui.workspace import open_workspace

PAGE = (Path(__file__).parents[2] / "docs" / "pipeline-file.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"\b([a-z_]+)\b", " ".join(re.findall(r"`([^`\n]+)`", PAGE))))
LATER = {"schedule"}  # checked, not acted on yet: its insides come with it


def keys(part: Any) -> set[str]:
    """Every name below `properties`, however deep."""
    if isinstance(part, list):
        return set().union(*map(keys, part))
    if not isinstance(part, dict):
        return set()
    own = part.get("properties", {})
    inner = {name: value for name, value in own.items() if name not in LATER}
    rest = [value for name, value in part.items() if name != "properties"]
    return set(own).union(*map(keys, [*inner.values(), *rest]))


def test_every_key_of_the_language_is_explained() -> None:
    assert keys(json_schema()) - NAMED == set()


def test_the_example_is_valid(tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert example
    (tmp_path / "example.yaml").write_text(example[1])
    with open_workspace(load()) as workspace:
        found = workspace.pipelines.load_config(str(tmp_path / "example.yaml"))
    assert found.problems == ()
