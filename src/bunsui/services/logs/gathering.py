"""Lines that a backend keeps of tasks without our runtime, put into the session's log: each once, whoever does it.

A chunk is numbered by the first of an attempt's lines that it has: who comes second finds it there. What they come from
is behind the port ForeignLogs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bunsui.analysis.shape import Shape
from bunsui.errors import BackendError
from bunsui.model.log import ForeignAttempt, LogLine, attempt_prefix, chunk_key, folder_of
from bunsui.model.session import Session
from bunsui.services.logs.session_log import SessionLog, encode
from bunsui.services.logs.store import LogStore, Stock
from bunsui.services.wiring import Ports

_EVERY = 5.0  # seconds between two looks at one session's lines
_LATE = 600.0  # seconds after an end in which lines may still come
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Gathering:
    """`shapes` are those of the session's pipeline."""

    ports: Ports
    log: SessionLog
    shapes: Callable[[str], tuple[Shape, ...]]
    clock: Callable[[], float]
    _looked: dict[str, float] = field(default_factory=dict)

    def gather(self, session: Session, *, last: bool = False) -> None:
        """What is there by now, if nobody looked a moment ago. A log that cannot be read is told of, no more.

        A backend that does not answer is no failure of who reads a log; `last` is asked again until it does.
        """
        if not self.is_due(session) or not (last or self._is_time(session)):
            return
        self._looked[session.id] = self.clock()
        try:
            self._gather(session)
        except BackendError:
            if last:
                raise

    def is_due(self, session: Session) -> bool:
        """Whether there are tasks whose logs are elsewhere."""
        if self.ports.foreign is None or self.ports.read_only or not session.executions[-1].arn:
            return False
        return any(shape.foreign for shape in self.shapes(session.id))

    def _gather(self, session: Session) -> None:
        assert self.ports.foreign is not None
        for attempt in self.ports.foreign.attempts(self.ports.machines.history(session.executions[-1].arn)):
            if attempt.problem:
                message = f"{attempt.state}: {attempt.problem}"
                self.log.note(session, self.clock(), message, level="WARNING", once=True)
            self._add(session, attempt)

    def _is_time(self, session: Session) -> bool:
        now, ended = self.clock(), session.ended
        late = ended is not None and now - datetime.fromisoformat(ended).timestamp() > _LATE
        return not late and now - self._looked.get(session.id, 0.0) >= _EVERY

    def _add(self, session: Session, attempt: ForeignAttempt) -> None:
        name = f"{len(session.executions)}.{attempt.redrive}.{attempt.retry}"
        prefix = attempt_prefix(session.id, attempt.state, attempt.item, name)
        store = LogStore(self.ports.objects)
        for _ in range(_TRIES):
            known = _known(store, store.look(session.id), session.id, prefix)
            new = attempt.lines[known:]
            if not new:
                return
            lines = [
                LogLine(one.time, one.level, session.id, attempt.state, attempt.item, name, "stdout", one.message)
                for one in new
            ]
            body = b"".join(map(encode, lines))
            if self.ports.objects.put_if_absent(chunk_key(prefix, known + 1), body):
                return


def _known(store: LogStore, stock: Stock, session: str, prefix: str) -> int:
    """How many of the attempt's lines are in the log."""
    keys = [key for key in stock.archived.union(stock.chunks) if folder_of(key) == folder_of(f"{prefix}x")]
    if not keys:
        return 0
    last = max(keys)
    return int(last.rpartition("/")[2].partition(".")[0]) - 1 + len(store.chunk(session, last))
