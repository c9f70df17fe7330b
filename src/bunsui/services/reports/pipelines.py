"""How a pipeline fares, from what is stored of its sessions: no history is read, and nothing asked of the backend."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bunsui import __version__
from bunsui.analysis.trends import Past, PipelineTrend, trend
from bunsui.errors import NotFound
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.services.records.recoveries import RecoveryFiles
from bunsui.services.records.sessions import SessionStore
from bunsui.services.reports.reading import Errors
from bunsui.services.wiring import Ports


class PipelineReports:
    def __init__(self, ports: Ports, errors: Errors, clock: Callable[[], float]) -> None:
        self._objects = ports.objects
        self._errors = errors
        self._clock = clock
        self._store = SessionStore(ports.table)
        self._kept = RecoveryFiles(ports.table, ports.objects)

    def read(self, pipeline: str, limit: int = 50) -> PipelineTrend:
        """Of its latest sessions that ran and ended, not of rejected ones. Raises NotFound when it has none."""
        ended = self._store.ended(pipeline, limit)
        if not ended:
            hint = "Which sessions there are: bunsui session list"
            raise NotFound(f"no session of a pipeline {pipeline!r} has ended yet", hint)
        return trend(pipeline, [self._past(session) for session in ended])

    def _past(self, session: Session) -> Past:
        past = self._kept.past(session.id)
        bad = session.status is not SessionStatus.COMPLETED or len(session.executions) > 1
        failures = self._errors.of_session(session) if bad else ()
        return Past(
            id=session.id,
            status=session.status.value,
            created=session.created,
            seconds=_seconds(session) if len(session.executions) == 1 else None,
            executions=len(session.executions),
            began=frozenset(name for name in past.began if "." not in name),
            operations=past.seconds,
            failed=frozenset(one.operation.partition(".")[0] for one in failures if one.operation),
            again=frozenset(past.tries),
            definition=session.definition_sha256,
        )

    def generate(self, found: PipelineTrend) -> tuple[str, bytes]:
        """The same as one HTML file: its address, and its text."""
        from bunsui.report.pipeline_page import render  # loads the templates

        key, html = f"reports/pipelines/{found.pipeline}.html", render(found, self._clock(), __version__).encode()
        self._objects.put(key, html)
        return self._objects.url(key), html


def _seconds(session: Session) -> float | None:
    if session.started is None or session.ended is None:
        return None
    return (datetime.fromisoformat(session.ended) - datetime.fromisoformat(session.started)).total_seconds()
