"""ReportGenerator: a session as one HTML file, stored where its address can be shown.

It reads like diagram 5.2. What is in it is gathered in `reports.reading`; what it looks like is in `bunsui.report`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bunsui import __version__
from bunsui.errors import Conflict
from bunsui.model.json import Json
from bunsui.model.session import Session
from bunsui.ports import Record
from bunsui.services.records.files import REPORT, SessionFiles, report_key, wants_report
from bunsui.services.records.sessions import partition
from bunsui.services.reports.reading import ReportReader
from bunsui.services.wiring import Ports

_TRIES = 3  # of writing down where a report lies, when somebody else does the same


class ReportGenerator:
    def __init__(self, ports: Ports, reader: ReportReader, clock: Callable[[], float]) -> None:
        self._table = ports.table
        self._objects = ports.objects
        self._files = SessionFiles(ports.table, ports.objects)
        self._reader = reader
        self._clock = clock

    def generate(self, session: Session) -> str:
        """Write the report of the session as it is now; its address. One an end: a later one replaces it."""
        from bunsui.report.page import render  # loads the templates

        html = render(self._reader.read(session, self._clock(), __version__))
        key = report_key(session)
        self._objects.put(key, html.encode())
        self._remember(session, key)
        return self._objects.url(key)

    def written(self, session: Session, *, renew: bool = False) -> tuple[str, bytes]:
        """Address and text of the report of the session as it is; written if there is none, or anew."""
        if renew or not self._is_written(session):
            self.generate(session)
        key = report_key(session)
        return self._objects.url(key), self._objects.get(key)

    def ended(self, session: Session) -> None:
        """The session ended: write its report if its pipeline wants one. Safe to repeat."""
        if self.due(session, self._files.policies(session.id)) and not self._is_written(session):
            self.generate(session)

    def due(self, session: Session, policies: Mapping[str, Json]) -> bool:
        """Whether the pipeline's `report` asks for one of a session that ended so."""
        return wants_report(session.status, policies)

    def _is_written(self, session: Session) -> bool:
        """Of this very end, whose report does not change any more."""
        record = self._table.get(partition(session.id), REPORT)
        return record is not None and record.body.get("end") == _end(session)

    def _remember(self, session: Session, key: str) -> None:
        body: dict[str, Json] = {"key": key, "end": _end(session)}
        for _ in range(_TRIES):
            there = self._table.get(partition(session.id), REPORT)
            if there is not None and there.body == body:
                return
            try:
                self._table.put(Record(partition(session.id), REPORT, body, revision=there.revision if there else 0))
                return
            except Conflict:
                continue


def _end(session: Session) -> Json:
    """Which end it is; None while it has not ended: then the next report is another."""
    return f"{report_key(session)} {session.status} {session.ended}" if session.status.ended else None
