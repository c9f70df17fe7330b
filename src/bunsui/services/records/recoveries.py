"""What is stored for and of recoveries: digests of the pipeline, what its operations took, each recovery's record.

A recovery's record is stored with the intent, shown beside the logs as ``recovery/<n>.json``, and followed by
``recovery/<n>.outcome.json``: objects are never changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from bunsui.analysis.automatic import Tried
from bunsui.analysis.edits import Digests
from bunsui.analysis.seen import Seen
from bunsui.errors import NotFound
from bunsui.model.failure import Category
from bunsui.model.json import Json
from bunsui.model.log import log_prefix
from bunsui.model.session import Session
from bunsui.ports import ObjectStore, Record, Table
from bunsui.services.records import documents
from bunsui.services.records.sessions import ENDED, partition
from bunsui.services.views import Recovery

_DIGESTS, _PAST = "digests", "past"
_SESSIONS = 20  # of the pipeline that an estimate looks at


@dataclass(frozen=True, slots=True)
class Past:
    """Of a session's executions so far: operations that began, seconds of those that completed, tries if several."""

    began: frozenset[str] = frozenset()
    seconds: Mapping[str, float] = field(default_factory=dict)
    tries: Mapping[str, int] = field(default_factory=dict)


class RecoveryFiles:
    def __init__(self, table: Table, objects: ObjectStore) -> None:
        self._table = table
        self._objects = objects

    # what the pipeline was

    def digests_record(self, id: str, digests: Digests, *, replaces: bool = False) -> Record:
        """The record (not yet stored) of the pipeline that an execution runs."""
        value: dict[str, Json] = {name: dict(keys) for name, keys in digests.items()}
        there = self._table.get(partition(id), _DIGESTS) if replaces else None
        body = documents.document(self._objects, "graphs", value)
        return Record(partition(id), _DIGESTS, body, revision=there.revision if there else 0)

    def digests(self, id: str) -> Digests | None:
        value = self._value(id, _DIGESTS)
        return None if value is None else {name: dict(keys) for name, keys in value.items() if isinstance(keys, dict)}  # type: ignore[arg-type]  # as `digests_record` wrote it

    # what it took

    def past_record(self, session: Session, seen: Seen, *, new: bool = False) -> Record:
        """The record (not yet stored) of a session whose execution has ended; `new` where there was none before."""
        there = None if new else self._table.get(partition(session.id), _PAST)
        before = self.past(session.id) if there else Past()
        value: dict[str, Json] = {
            "began": [*sorted(before.began | seen.began)],
            "seconds": {name: round(took, 3) for name, took in {**before.seconds, **seen.seconds}.items()},
            "tries": {**before.tries, **seen.tries},
        }
        body = documents.document(self._objects, f"checkpoints/{session.id}", value)
        return Record(partition(session.id), _PAST, body, revision=there.revision if there else 0)

    def past(self, id: str) -> Past:
        value: dict[str, Any] = self._value(id, _PAST) or {}
        return Past(frozenset(value.get("began", ())), value.get("seconds", {}), value.get("tries", {}))

    def usual_seconds(self, pipeline: str, without: str = "") -> dict[str, float]:
        """The median of what each operation took in the pipeline's latest sessions, but for one of them."""
        page = self._table.query_index(ENDED, pipeline, newest_first=True, limit=_SESSIONS)
        took: dict[str, list[float]] = {}
        for record in (one for one in page.records if one.body["id"] != without):
            for name, seconds in self.past(str(record.body["id"])).seconds.items():
                took.setdefault(name, []).append(seconds)
        return {name: median(every) for name, every in took.items()}

    def _value(self, id: str, sort: str) -> dict[str, Json] | None:
        record = self._table.get(partition(id), sort)
        return None if record is None else documents.value_of(self._objects, record.body)

    # each recovery

    def intent(self, session: Session, body: Mapping[str, Json]) -> Record:
        """The record (not yet stored) of the recovery that makes the session this one."""
        value = {"schema": 1, "number": session.recoveries, "session": session.id, **body}
        kept = documents.document(self._objects, f"checkpoints/{session.id}", value)
        return Record(partition(session.id), _sort(session.recoveries), kept)

    def publish(self, session: Session) -> None:
        """Put what was intended beside the logs. Safe to repeat."""
        for number in range(1, session.recoveries + 1):
            key = _key(session.id, number)
            body = self._value(session.id, _sort(number))
            if body is not None:
                self._objects.put_if_absent(key, _text(body))

    def conclude(self, session: Session) -> None:
        """Whether each recovery that has no outcome yet worked: the session has just ended like this."""
        self.publish(session)
        for number in range(1, session.recoveries + 1):
            intended = self._value(session.id, _sort(number)) or {}
            wanted = "CANCELLED" if intended.get("action") == "cancel" else "COMPLETED"
            outcome: dict[str, Json] = {
                "number": number,
                "execution": session.executions[-1].name,
                "status": session.status.value,
                "reason": session.reason,
                "ended": session.ended,
                "worked": session.status.value == wanted,
            }
            self._objects.put_if_absent(_key(session.id, number, "outcome."), _text(outcome))

    def latest(self, session: Session) -> Mapping[str, Json]:
        """What the session's last recovery intended; empty if there was none."""
        return self._value(session.id, _sort(session.recoveries)) or {} if session.recoveries else {}

    def all(self, session: Session) -> Sequence[Recovery]:
        return tuple(self._read(session)) if session.recoveries else ()

    def _read(self, session: Session) -> Iterator[Recovery]:
        for number in range(1, session.recoveries + 1):
            body = self._value(session.id, _sort(number))
            if body is not None:
                yield _recovery(body, self._outcome(session.id, number))

    def _outcome(self, id: str, number: int) -> Mapping[str, Json]:
        try:
            return documents.load(self._objects, _key(id, number, "outcome."))
        except NotFound:
            return {}


def tried(recoveries: Sequence[Recovery]) -> tuple[Tried, ...]:
    """What policies did since a person last acted."""
    found: list[Tried] = []
    for one in recoveries:
        found = [*found, _tried(one.policy)] if one.policy else []
    return tuple(found)


def _tried(policy: Mapping[str, Json]) -> Tried:
    failed, categories, fingerprints = (policy.get(name) for name in ("failed", "categories", "fingerprints"))
    return Tried(
        datetime.fromisoformat(str(failed)).timestamp(),
        frozenset(Category(str(name)) for name in (categories if isinstance(categories, list) else ())),
        frozenset(str(name) for name in (fingerprints if isinstance(fingerprints, list) else ())),
    )


def _recovery(body: Mapping[str, Any], outcome: Mapping[str, Any]) -> Recovery:
    return Recovery(
        number=body["number"],
        action=body["action"],
        who=body["who"],
        when=body["when"],
        why=body["why"],
        operations=tuple(body.get("operations", ())),
        before=body.get("before", {}),
        after=body.get("after", {}),
        status=outcome.get("status"),
        reason=outcome.get("reason", ""),
        ended=outcome.get("ended"),
        worked=outcome.get("worked"),
        policy=body.get("policy", {}),
    )


def _sort(number: int) -> str:
    return f"recovery#{number:05d}"


def _key(id: str, number: int, more: str = "") -> str:
    return f"{log_prefix(id)}recovery/{number}.{more}json"


def _text(body: Mapping[str, Json]) -> bytes:
    return json.dumps(body, indent=2, ensure_ascii=False).encode() + b"\n"
