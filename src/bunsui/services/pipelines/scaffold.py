"""What to begin with: the files of `template`, with the pipeline's name in them. Nothing that is there is overwritten.

`PROJECT` is a project with its functions; the other templates are a pipeline file each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from bunsui.errors import BackendError, Refused

PROJECT = "project"
TEMPLATES: Mapping[str, str] = {
    PROJECT: "a project: operations side by side, for each, on a condition; with its Python functions",
    "steps": "two commands, one after the other",
    "each": "a command for each item of a list",
    "approval": "a person is asked before it goes on",
}
_FILES = {
    "pipeline.yaml": "pipeline.yaml",
    "functions/steps.py": "functions/steps.py",
    "functions/report.py": "functions/report.py",
    "README.md": "README.md",
    "gitignore": ".gitignore",
}
_MAY_BE_THERE = ("README.md", "gitignore")  # a repository has its own
_LONGEST = 40


def pipeline_name(folder: str) -> str:
    """A pipeline's name from a folder's: lower case, letters, digits and dashes, beginning with a letter."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.lower()).strip("-")
    name = re.sub(r"^[^a-z]+", "", name)
    return name[:_LONGEST].rstrip("-") or "pipeline"


def create(folder: Path, template: str = PROJECT) -> tuple[list[Path], list[Path]]:
    """The files written, and those of a repository that were there and stay. Refused if a pipeline is there already."""
    given = _FILES if template == PROJECT else {f"files/{template}.yaml": "pipeline.yaml"}
    targets = {source: folder / target for source, target in given.items()}
    there = {source: path for source, path in targets.items() if path.exists() or path.is_symlink()}
    taken = [str(path) for source, path in there.items() if source not in _MAY_BE_THERE]
    if taken:
        raise Refused(f"{', '.join(taken)}: there already, and init overwrites nothing", "bunsui init NEW-FOLDER")
    new = {source: path for source, path in targets.items() if source not in there}
    for source, path in new.items():
        _write(path, _text(source, folder.absolute().name))
    return list(new.values()), list(there.values())


def pipeline_text(template: str, name: str) -> str:
    """The pipeline file of a template."""
    return _text("pipeline.yaml" if template == PROJECT else f"files/{template}.yaml", name)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise BackendError(f"{path} cannot be written: {error.strerror}", "bunsui init ANOTHER-FOLDER") from None


def _text(source: str, folder: str) -> str:
    text = files("bunsui.services.pipelines").joinpath("template", source).read_text(encoding="utf-8")
    return text.replace("__NAME__", pipeline_name(folder))
