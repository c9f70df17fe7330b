"""Cases in files: a request, the functions that exist, and the answer that was recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bunsui.errors import InvalidInput, NotFound

_MOST_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Case:
    """`definition` is a text; `expected` as it is written."""

    id: str
    group: str
    api: str
    type: str
    definition: str
    input: Any
    tasks: Mapping[str, Mapping[str, Any]]
    expected: Mapping[str, Any]
    request: Mapping[str, Any]

    @property
    def machine(self) -> Any:
        """The definition parsed; None where it is no JSON."""
        try:
            return json.loads(self.definition)
        except ValueError:
            return None


def load(folder: str) -> Sequence[Case]:
    """All cases below a folder, in order of their paths. Raises NotFound and InvalidInput."""
    root = Path(folder)
    if not root.is_dir():
        raise NotFound(f"there is no folder {folder}", "bunsui conformance DIR")
    paths = sorted(path for path in root.rglob("*.json") if path.is_file())
    found = [case for case in map(_read, paths) if case is not None]
    if not found:
        raise InvalidInput(
            f"no case lies below {folder}", "A case is a JSON file with id, api, definition and expected"
        )
    return found


def _read(path: Path) -> Case | None:
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        body = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(body, dict) or not {"id", "api", "expected"} <= body.keys():
        return None
    text = body["definition_text"] if "definition_text" in body else json.dumps(body.get("definition"))
    request = body.get("request") or {}
    kind = str(body.get("type") or request.get("type") or "STANDARD")
    group = str(body.get("group") or path.parent.name)
    return Case(
        str(body["id"]),
        group,
        str(body["api"]),
        kind,
        text,
        body.get("input"),
        body.get("tasks") or {},
        body["expected"],
        request,
    )
