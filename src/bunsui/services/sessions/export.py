"""A session as a zip file: record, pipeline, histories, logs. Names inside are made here, never taken from users."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from bunsui.analysis.tree import ExecutionTree
from bunsui.model.log import LogLine
from bunsui.model.session import Session
from bunsui.services.logs.session_log import encode
from bunsui.services.records.sessions import to_json


def write_zip(
    target: BinaryIO,
    session: Session,
    definition: bytes,
    trees: Mapping[str, ExecutionTree],
    lines: Iterable[LogLine],
) -> None:
    folder = _plain(session.id)
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        archive.writestr(f"{folder}/session.json", _text(to_json(session)))
        archive.writestr(f"{folder}/pipeline.yaml", definition)
        for name, tree in trees.items():
            for path, text in _histories(_plain(name), tree):
                archive.writestr(f"{folder}/history/{path}.json", text)
        with archive.open(f"{folder}/log.jsonl", "w") as log:
            for line in lines:
                log.write(encode(line))


def _histories(path: str, tree: ExecutionTree) -> Iterator[tuple[str, bytes]]:
    yield path, _text({"execution": asdict(tree.execution), "events": [asdict(event) for event in tree.events]})
    for operation, child in tree.children.items():
        yield from _histories(f"{path}.{_plain(operation)}", child)


def _text(value: object) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False, default=_moment).encode()


def _moment(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _plain(name: str) -> str:
    """No separators, no dots alone: nothing that could leave the folder it is unpacked in."""
    return re.sub(r"[^A-Za-z0-9_\[\]-]", "_", name)
