"""Analyses as they are stored: one record a failed event, and one a fingerprint that counts them over all sessions.

Both are written in one transaction, so that however many watchers analyse a failure, it is counted once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from bunsui.errors import Conflict
from bunsui.model.failure import Category, ErrorAnalysis, Evidence
from bunsui.model.json import Json
from bunsui.model.pipeline import Jitter, Retry
from bunsui.ports import Deletion, Record, Table
from bunsui.services.errors.views import ErrorGroup
from bunsui.services.records.sessions import partition
from bunsui.services.wiring import rfc3339

_SORT, _MARK, _RECOVERED, _GROUP = "analysis#", "analysed#", "recovered#", "group"
_INDEX, _ALIKE = "fingerprints", "fingerprint"
_MOST_PIPELINES = 20
_PATIENCE = 50  # times that another writer may come first


class ErrorRecords:
    def __init__(self, table: Table) -> None:
        self._table = table

    def is_analysed(self, session: str, end: str) -> bool:
        """Whether all failures of this end are stored; `end` names an execution and how often it was redriven."""
        return self._table.get(partition(session), _MARK + end) is not None

    def mark_analysed(self, session: str, end: str) -> None:
        self._put(Record(partition(session), _MARK + end, {}))

    def mark_recovered(self, session: str, end: str, execution: str) -> None:
        self._put(Record(partition(session), _RECOVERED + end, {"execution": execution}))

    def recoveries(self, session: str) -> dict[str, str]:
        page = self._table.query(partition(session), _RECOVERED)
        return {one.sort.removeprefix(_RECOVERED): str(one.body["execution"]) for one in page.records}

    def store(self, analysis: ErrorAnalysis, pipeline: str) -> bool:
        """Once: False if it is there already."""
        indexes = {_ALIKE: (analysis.fingerprint, f"{rfc3339(analysis.at)}#{analysis.session}")}
        record = Record(partition(analysis.session), _sort(analysis), to_json(analysis), indexes)
        for _ in range(_PATIENCE):
            if self._table.get(record.partition, record.sort) is not None:
                return False
            try:
                self._table.transact([record, self._counted(analysis, pipeline)])
            except Conflict:
                continue
            return True
        raise Conflict(f"the failures of {analysis.fingerprint} are written by too many at once")

    def _counted(self, analysis: ErrorAnalysis, pipeline: str) -> Record:
        there = self._table.get(_group_partition(analysis.fingerprint), _GROUP)
        body = _counted(dict(there.body) if there else {}, analysis, pipeline)
        indexes = {_INDEX: ("all", f"{body['last_seen']}#{analysis.fingerprint}")}
        key = _group_partition(analysis.fingerprint)
        return Record(key, _GROUP, body, indexes, there.revision if there else 0)

    def forget(self, session: str) -> None:
        """The failures of a session that is purged; what nobody has any more is no kind of failure either."""
        for record in list(self._records(session)):
            self._forget(record.partition, record.sort)

    def _forget(self, place: str, sort: str) -> None:
        for _ in range(_PATIENCE):
            there = self._table.get(place, sort)
            if there is None:
                return
            fingerprint = str(there.body["fingerprint"])
            group = self._table.get(_group_partition(fingerprint), _GROUP)
            left = _lowered(group, self._newest(fingerprint, there)) if group else None
            try:
                self._table.transact([Deletion(place, sort, there.revision), *([left] if left else [])])
            except Conflict:
                continue
            return
        raise Conflict(f"{place} {sort} is written all the time")

    def _newest(self, fingerprint: str, without: Record) -> str:
        """The session of the newest failure of this kind but one; empty if there is none."""
        page = self._table.query_index(_ALIKE, fingerprint, newest_first=True, limit=2)
        others = (one for one in page.records if (one.partition, one.sort) != (without.partition, without.sort))
        return next((str(one.body["session"]) for one in others), "")

    def _put(self, record: Record) -> None:
        try:
            self._table.put(record)
        except Conflict:
            return  # somebody else did

    def of_session(self, session: str) -> tuple[ErrorAnalysis, ...]:
        """End by end in the order of time, the most important of each first."""
        found = [_analysis(record.body) for record in self._records(session)]
        began = {one.end: min(other.at for other in found if other.end == one.end) for one in found}
        return tuple(sorted(found, key=lambda one: (began[one.end], one.end, one.rank)))

    def _records(self, session: str) -> Iterator[Record]:
        after: str | None = None
        while True:
            page = self._table.query(partition(session), _SORT, after=after)
            yield from page.records
            if page.next is None:
                return
            after = page.next

    def groups(self, limit: int, after: str | None) -> tuple[tuple[ErrorGroup, ...], str | None]:
        """The failures seen last come first."""
        page = self._table.query_index(_INDEX, "all", newest_first=True, limit=limit, after=after)
        return tuple(_group(record.body) for record in page.records), page.next

    def group(self, fingerprint: str) -> ErrorGroup | None:
        record = self._table.get(_group_partition(fingerprint), _GROUP)
        return _group(record.body) if record else None

    def alike(self, fingerprint: str, limit: int, after: str | None) -> tuple[tuple[ErrorAnalysis, ...], str | None]:
        """The failures of one fingerprint in all sessions, the newest first."""
        page = self._table.query_index(_ALIKE, fingerprint, newest_first=True, limit=limit, after=after)
        return tuple(_analysis(record.body) for record in page.records), page.next


def _lowered(group: Record, newest: str) -> Record | Deletion:
    """One failure fewer is stored of it, the newest now in that session; it was seen as often as before."""
    purged = int(str(group.body.get("purged", 0))) + 1
    if purged >= int(str(group.body["count"])):
        return Deletion(group.partition, group.sort, group.revision)
    indexes = {_INDEX: ("all", f"{group.body['last_seen']}#{group.body['fingerprint']}")}
    return replace(group, body={**group.body, "purged": purged, "session": newest}, indexes=indexes)


def _group_partition(fingerprint: str) -> str:
    return f"fingerprint#{fingerprint}"


def _sort(analysis: ErrorAnalysis) -> str:
    return f"{_SORT}{analysis.execution}#{analysis.event:08d}"


def _counted(body: dict[str, Any], analysis: ErrorAnalysis, pipeline: str) -> dict[str, Any]:
    seen = rfc3339(analysis.at)
    newer = seen >= body.get("last_seen", "")
    pipelines = dict.fromkeys([*body.get("pipelines", []), pipeline])
    known = body.get("operations", [body["operation"]] if "operation" in body else [])
    operations = dict.fromkeys([*(one for one in known if one != analysis.operation), analysis.operation])
    latest = {
        "session": analysis.session,
        "operation": analysis.operation,
        "error": analysis.error,
        "cause": analysis.cause,
        "category": analysis.category.value,
        "recoverable": analysis.recoverable,
        "advice": analysis.advice,
    }
    return {
        **body,
        **(latest if newer else {}),
        "fingerprint": analysis.fingerprint,
        "count": body.get("count", 0) + 1,
        "first_seen": min(seen, body.get("first_seen", seen)),
        "last_seen": max(seen, body.get("last_seen", "")),
        "pipelines": list(pipelines)[-_MOST_PIPELINES:],
        "operations": list(operations)[-_MOST_PIPELINES:],
    }


def _group(body: Mapping[str, Json]) -> ErrorGroup:
    values: dict[str, Any] = dict(body)
    values["pipelines"] = tuple(values["pipelines"])
    values["operations"] = tuple(values.get("operations") or [values["operation"]])
    values["category"] = Category(values["category"])
    return ErrorGroup(**values)


def to_json(analysis: ErrorAnalysis) -> dict[str, Json]:
    body: dict[str, Any] = asdict(analysis)
    body["category"] = analysis.category.value
    body["evidence"] = [asdict(line) for line in analysis.evidence]
    body["items"] = list(analysis.items)
    if analysis.retry:
        body["retry"] = {**asdict(analysis.retry), "jitter": analysis.retry.jitter.value, "on": list(analysis.retry.on)}
    return body


def _analysis(body: Mapping[str, Json]) -> ErrorAnalysis:
    values: dict[str, Any] = dict(body)
    values["category"] = Category(values["category"])
    values["evidence"] = tuple(Evidence(**line) for line in values["evidence"])
    values["items"] = tuple(values["items"])
    if retry := values["retry"]:
        values["retry"] = Retry(**{**retry, "jitter": Jitter(retry["jitter"]), "on": tuple(retry["on"])})
    return ErrorAnalysis(**values)
