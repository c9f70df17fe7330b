"""What is stored beside a session's record: its definition, its graph, checkpoints, live progress, its files.

The record itself is in `records.sessions`, its log in `session_log` and `logs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bunsui.analysis import checkpoint as checkpoints
from bunsui.analysis import shape as graphs
from bunsui.analysis.checkpoint import Checkpoint
from bunsui.analysis.shape import Shape
from bunsui.errors import NotFound
from bunsui.model.json import Json
from bunsui.model.log import archive_prefix, manifest_key
from bunsui.model.pipeline import Pipeline
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.ports import ObjectStore, Record, Table
from bunsui.services.pipelines.registry import definition_key
from bunsui.services.records import documents
from bunsui.services.records.latest import Latest
from bunsui.services.records.sessions import partition
from bunsui.services.views import LiveProgress, Outcome


@dataclass(frozen=True, slots=True)
class Graph:
    """What a session must know of its pipeline; policies are as in `Pipeline.policies`."""

    shapes: tuple[Shape, ...]
    policies: Mapping[str, Json]


GRAPH = "graph"  # the sort of a session's graph; those of earlier pipelines begin so, too
_CHECKPOINT, _PROGRESS = "checkpoint", "progress#"
_FAILED = (SessionStatus.FAILED, SessionStatus.TIMED_OUT)
REPORT = "report"  # the sort of the record that says where the session's last report lies


def report_key(session: Session) -> str:
    """Of each end one: an execution ends once, and once more each time that it was redriven."""
    last = session.executions[-1]
    return f"reports/{session.id}/{last.name}.{last.redrives}.html"


def wants_report(status: SessionStatus, policies: Mapping[str, Json]) -> bool:
    """Whether the pipeline's `report` asks for one of a session that ended so."""
    wanted = policies.get("report", "on_failure")
    return status.ended and (wanted == "always" or (wanted == "on_failure" and status in _FAILED))


class SessionFiles:
    def __init__(self, table: Table, objects: ObjectStore) -> None:
        self._table = table
        self._objects = objects
        self._graph_body = Latest[Pipeline, dict[str, Json]](self._make_graph)
        self._graph = Latest[Pipeline, Graph](_graph)

    def keep_definition(self, pipeline: Pipeline) -> None:
        self._objects.put_if_absent(definition_key(pipeline.name, pipeline.sha256), pipeline.text.encode())

    def definition(self, session: Session) -> bytes:
        return self._objects.get(definition_key(session.pipeline, session.definition_sha256))

    def graph(self, id: str, pipeline: Pipeline, code: tuple[str, ...]) -> Record:
        """The record (not yet stored) of what a later reader must know of the pipeline as it was."""
        return Record(partition(id), GRAPH, self._graph_body(pipeline, code))

    def _make_graph(self, pipeline: Pipeline, code: tuple[str, ...]) -> dict[str, Json]:
        value: dict[str, Json] = {
            "operations": graphs.to_json(graphs.shapes_of(pipeline)),
            "code": list(code),
            "policies": dict(pipeline.policies),
        }
        return documents.document(self._objects, "graphs", value)

    def other_graph(self, session: Session, pipeline: Pipeline, code: tuple[str, ...]) -> list[Record]:
        """The records (not yet stored) of an edited pipeline; that of the executions so far is kept beside it."""
        there = self._table.get(partition(session.id), GRAPH)
        new = self.graph(session.id, pipeline, code)
        if there is None:
            return [new]
        old = Record(partition(session.id), f"{GRAPH}#{len(session.executions):05d}", there.body)
        return [old, replace(new, revision=there.revision)]

    def shapes(self, id: str, execution: int | None = None) -> tuple[Shape, ...]:
        """Of the pipeline that the session's last execution runs, or that this one ran."""
        return graphs.from_json(self._document(id, self._graph_of(id, execution)).get("operations"))

    def new_graph(self, pipeline: Pipeline) -> Graph:
        """As `graph_of` gives it, of a session that begins."""
        return self._graph(pipeline)

    def graph_of(self, id: str) -> Graph:
        """Of the pipeline that the session's last execution runs."""
        found = self._document(id, GRAPH)
        policies = found.get("policies")
        return Graph(graphs.from_json(found.get("operations")), policies if isinstance(policies, dict) else {})

    def _graph_of(self, id: str, execution: int | None) -> str:
        """Graphs of earlier pipelines are named for the last execution that ran them."""
        if execution is None:
            return GRAPH
        page = self._table.query(partition(id), f"{GRAPH}#", limit=100)
        return next((one.sort for one in page.records if int(one.sort.rpartition("#")[2]) >= execution), GRAPH)

    def code_folders(self, id: str) -> tuple[str, ...]:
        code = self._document(id, GRAPH).get("code")
        return tuple(str(folder) for folder in code) if isinstance(code, list) else ()

    def policies(self, id: str) -> dict[str, Json]:
        """What the pipeline says of its sessions (`notify`, `recovery`, `report`), as in `Pipeline.policies`."""
        found = self._document(id, GRAPH).get("policies")
        return found if isinstance(found, dict) else {}

    def keep_given(self, id: str, known: Checkpoint) -> str | None:
        """Store what an execution is to begin with; the reference that goes into the record."""
        if known == Checkpoint():
            return None
        text = documents.canonical(dict(checkpoints.to_json(known)))
        return documents.store(self._objects, f"checkpoints/{id}", text)

    def input(self, session: Session, graph: Graph | None = None) -> Json:
        """What the session's last execution is started with. A machine of the user's own gets the parameters alone."""
        if any(shape.raw for shape in (graph or self.graph_of(session.id)).shapes):
            return dict(session.params)
        return checkpoints.resume_input(session.id, session.params, session.generations, self.given(session))

    def given(self, session: Session) -> Checkpoint:
        """What the session's last execution began with."""
        if session.checkpoint_ref is None:
            return Checkpoint()
        return checkpoints.from_json(documents.load(self._objects, session.checkpoint_ref))

    def checkpoint(self, session: Session, known: Checkpoint, *, new: bool = False) -> Record:
        """The record (not yet stored) of what is done after the last execution; `new` where there was none before."""
        value: dict[str, Json] = {"execution": session.executions[-1].name}
        body = documents.document(self._objects, f"checkpoints/{session.id}", value | checkpoints.to_json(known))
        there = None if new else self._table.get(partition(session.id), _CHECKPOINT)
        return Record(partition(session.id), _CHECKPOINT, body, revision=there.revision if there else 0)

    def kept_checkpoint(self, id: str) -> Checkpoint:
        return checkpoints.from_json(self._document(id, _CHECKPOINT))

    def _document(self, id: str, sort: str) -> dict[str, Json]:
        record = self._table.get(partition(id), sort)
        if record is None:
            raise NotFound(f"session {id!r} has no {sort}", f"Look at what there is: bunsui session show {id}")
        return documents.value_of(self._objects, record.body)

    def progress(self, id: str) -> dict[str, LiveProgress]:
        """What running tasks last said, by ``operation`` or ``operation[item]``."""
        page = self._table.query(partition(id), _PROGRESS, limit=1000)
        return {_named(record.sort): _progress(record) for record in page.records}

    def outcome(self, id: str, outputs: Json) -> Outcome:
        """Its files are those that tasks wrote as files; large fields of outputs lie beside them."""
        keys = (key for key in self._objects.list(f"outputs/{id}/") if "/files/" in key)
        files = tuple((key, self._objects.url(key)) for key in keys)
        return Outcome(outputs, files, self._logs(id), self.report(id))

    def _logs(self, id: str) -> str:
        """The folder; where one has no address of its own, the last file of what was archived."""
        address = self._objects.url(manifest_key(id))
        if "?" not in address:
            return address.rpartition("/")[0]
        archives = list(self._objects.list(archive_prefix(id)))
        return self._objects.url(archives[-1]) if archives else ""

    def report_of_end(self, session: Session) -> str:
        """The address of the report of this very end, which may not be written yet; empty if none is to be."""
        try:
            wanted = wants_report(session.status, self.policies(session.id))
        except NotFound:  # a record from before there were policies
            return ""
        return self._objects.url(report_key(session)) if wanted else ""

    def report(self, id: str) -> str:
        """The address of the session's last report; empty if none was written."""
        record = self._table.get(partition(id), REPORT)
        return "" if record is None else self._objects.url(str(record.body["key"]))


def _graph(pipeline: Pipeline) -> Graph:
    return Graph(graphs.shapes_of(pipeline), dict(pipeline.policies))


def _named(sort: str) -> str:
    operation, _, item = sort.removeprefix(_PROGRESS).partition("#")
    return f"{operation}[{item}]" if item else operation


def _progress(record: Record) -> LiveProgress:
    done, total, at = record.body.get("done"), record.body.get("total"), record.body.get("at")
    return LiveProgress(
        done=float(done) if isinstance(done, int | float) else 0.0,
        total=float(total) if isinstance(total, int | float) else None,
        note=str(record.body.get("note") or ""),
        at=float(at) if isinstance(at, int | float) else 0.0,
    )
