"""Registered pipelines in the Table: versions of a text, numbered from 1. The texts lie in the object store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from bunsui.errors import NotFound
from bunsui.model.nearest import nearest
from bunsui.ports import Page, Record, Table
from bunsui.services.pipelines.views import PipelineVersion

_LATEST = "pipeline"


def definition_key(pipeline: str, sha256: str) -> str:
    """Where a pipeline's text lies in the object store."""
    return f"pipelines/{pipeline}/{sha256}.yaml"


class Registry:
    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, entry: PipelineVersion) -> PipelineVersion:
        """As the next version; the newest one if that has the same text. Raises Conflict when another is added now."""
        latest = self._table.get(_partition(entry.name), _LATEST)
        if latest and latest.body["sha256"] == entry.sha256:
            return _version(latest)
        added = replace(entry, version=_version(latest).version + 1 if latest else 1)
        body, revision = asdict(added), latest.revision if latest else 0
        indexes = {"pipelines": ("all", entry.name)}
        self._table.transact(
            [
                Record(_partition(entry.name), _sort(added.version), body),
                Record(_partition(entry.name), _LATEST, body, indexes, revision),
            ]
        )
        return added

    def get(self, name: str, version: int | None = None) -> PipelineVersion:
        record = self._table.get(_partition(name), _LATEST if version is None else _sort(version))
        if record is None:
            what = f"pipeline {name!r}" + (f" in version {version}" if version is not None else "")
            near = nearest(name, (one.name for one in self.names())) if version is None else None
            meant = f"Did you mean {near!r}? " if near else ""
            raise NotFound(f"there is no {what}", f"{meant}See what is registered: bunsui pipeline list")
        return _version(record)

    def names(self) -> Iterator[PipelineVersion]:
        after: str | None = None
        while True:
            page = self._table.query_index("pipelines", "all", after=after)
            yield from _versions(page)
            if (after := page.next) is None:
                return

    def versions(self, name: str) -> Iterator[PipelineVersion]:
        after: str | None = None
        while True:
            page = self._table.query(_partition(name), "version#", newest_first=True, after=after)
            yield from _versions(page)
            if (after := page.next) is None:
                return


def _versions(page: Page) -> Iterator[PipelineVersion]:
    return (_version(record) for record in page.records)


def _version(record: Record) -> PipelineVersion:
    body: dict[str, Any] = dict(record.body)
    return PipelineVersion(**body)


def _partition(name: str) -> str:
    return f"pipeline#{name}"


def _sort(version: int) -> str:
    return f"version#{version:05d}"
