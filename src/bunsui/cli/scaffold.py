"""A project to begin with: the files of `template`, with the project's name in them."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from bunsui.errors import Refused

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


def create(folder: Path) -> tuple[list[Path], list[Path]]:
    """The files written, and those of a repository that were there and stay. Refused if a pipeline is there already."""
    targets = {source: folder / target for source, target in _FILES.items()}
    there = {source: path for source, path in targets.items() if path.exists() or path.is_symlink()}
    taken = [str(path) for source, path in there.items() if source not in _MAY_BE_THERE]
    if taken:
        raise Refused(f"{', '.join(taken)}: there already, and init overwrites nothing", "bunsui init NEW-FOLDER")
    new = {source: path for source, path in targets.items() if source not in there}
    name = pipeline_name(folder.absolute().name)
    for source, path in new.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        text = files("bunsui.cli").joinpath("template", source).read_text(encoding="utf-8")
        with path.open("x", encoding="utf-8") as file:
            file.write(text.replace("__NAME__", name))
    return list(new.values()), list(there.values())
