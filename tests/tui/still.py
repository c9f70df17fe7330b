"""A workspace in which nothing happens: one session that failed, always the same. For snapshots of screens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from bunsui.analysis.progress import Items, OperationView
from bunsui.analysis.run import Operation
from bunsui.analysis.tree import ExecutionTree
from bunsui.analysis.ways import Items as Kept
from bunsui.analysis.work import Try
from bunsui.errors import NotFound
from bunsui.model.failure import Category, ErrorAnalysis, Evidence
from bunsui.model.history import Execution, HistoryEvent
from bunsui.model.log import LogLine
from bunsui.model.session import ExecutionRef, Runtime, Session
from bunsui.model.status import ExecutionStatus, OperationStatus, SessionStatus
from bunsui.services.errors.views import Strategy
from bunsui.services.views import Action, Outcome, RecoveryPlan, RunView, SessionView, Way

_S = OperationStatus
_AT = datetime(2026, 2, 1, 6, 0, 0, tzinfo=UTC)
T = _AT.timestamp()
PLACE = ("logs/night/load/1.0.1/000001.jsonl", 4)

SESSION = Session(
    id="night",
    pipeline="flights",
    version=3,
    definition_sha256="0",
    params={"month": 2, "name": "東京"},
    source="flights.yaml",
    runtime=Runtime("python", "/usr/bin", "/srv"),
    owner="ada",
    created="2026-02-01T06:00:00Z",
    status=SessionStatus.FAILED,
    reason="1 of 5 operations failed: load (ConnectionError)",
    started="2026-02-01T06:00:00Z",
    ended="2026-02-01T06:00:42Z",
    executions=(ExecutionRef("night-1", "arn:night-1"),),
)


def _view(
    name: str, status: OperationStatus, needs: tuple[str, ...] = (), ran: tuple[float, float] | None = None, **more: Any
) -> OperationView:
    began, ended = (T + ran[0], T + ran[1]) if ran else (None, None)
    return OperationView(name, "python", status, needs, began, ended, **more)


OPERATIONS = (
    _view("extract", _S.SUCCEEDED, (), (0, 6), attempts=1, output={"rows": 336776, "空港": ["JFK", "LGA"]}),
    _view("by_airport", _S.SUCCEEDED, ("extract",), (6, 30), attempts=1, items=Items(120, 118, 2)),
    _view("train", _S.SUCCEEDED, ("extract",), (6, 18), attempts=1),
    _view(
        "load",
        _S.FAILED,
        ("by_airport", "train"),
        (30, 42),
        attempts=2,
        error="ConnectionError",
        cause="the warehouse refused the connection",
    ),
    _view("publish", _S.UPSTREAM_FAILED, ("load",)),
)
VIEW = SessionView(SESSION, OPERATIONS)
TRIES = (
    Try("load", None, 1, T + 30, T + 33, "ConnectionError"),
    Try("load", None, 2, T + 38, T + 42, "ConnectionError"),
)
ITEMS = tuple(Try("by_airport", n, 1, T + 6 + n % 10, T + 16 + n % 14) for n in range(120))
EXECUTION = Execution(
    "arn:night-1", "night-1", "arn:m", ExecutionStatus.FAILED, _AT, datetime(2026, 2, 1, 6, 0, 42, tzinfo=UTC)
)
EVENTS = (
    HistoryEvent(1, 0, "ExecutionStarted", T, {"input": {"session": "night"}}),
    HistoryEvent(2, 1, "ExecutionFailed", T + 42, {"error": "ConnectionError"}),
)
RUN = RunView(
    "night",
    1,
    ExecutionTree(EXECUTION, EVENTS),
    tuple(
        Operation(one, {"load": TRIES, "by_airport": ITEMS}.get(one.name, ()), {}, {"month": 2}) for one in OPERATIONS
    ),
    {"extract": 5.0, "by_airport": 21.0, "train": 3.0},
)
LINES = tuple(
    LogLine(T + at, level, "night", operation, None, attempt, stream, message)
    for at, level, operation, attempt, stream, message in (
        (0.0, "INFO", "", "", "session", "started by ada (execution night-1)"),
        (0.5, "INFO", "extract", "1.0.0", "stdout", "東京から大阪まで 336,776 便を読み込み中"),
        (31.0, "WARNING", "load", "1.0.0", "log", "the warehouse is slow " + "." * 200),
        (33.0, "ERROR", "load", "1.0.0", "stderr", "ConnectionError: the warehouse refused the connection"),
        (42.0, "ERROR", "load", "1.0.1", "stderr", "ConnectionError: the warehouse refused the connection"),
        (42.1, "INFO", "", "", "session", "ended FAILED"),
    )
)
FAILURE = ErrorAnalysis(
    session="night",
    end="night-1#0",
    rank=0,
    execution="night-1",
    event=77,
    at=T + 42,
    operation="load",
    item=None,
    attempt="1.0.1",
    attempts=2,
    error="ConnectionError",
    cause="the warehouse refused the connection",
    category=Category.TRANSIENT,
    recoverable=True,
    confidence=0.9,
    rule="refused",
    advice="The other side did not answer: see whether it is up, and let the operation retry.",
    fingerprint="694ab89e82ba",
    evidence=(Evidence(*PLACE, "ConnectionError: the warehouse refused the connection"),),
)


def _way(action: Action, *, why: str = "", **more: Any) -> Way:
    return Way(action, "night", 0, not why, why, **more)


PLAN = RecoveryPlan(
    "night",
    SessionStatus.FAILED,
    (
        _way(Action.REDRIVE, why="on_failure: continue caught the failure, so that there is nothing to redrive"),
        _way(
            Action.RESUME,
            rerun=("load", "publish"),
            reused=("extract", "by_airport", "train"),
            again=("load",),
            seconds=14.0,
            transitions=9,
            cost=0.000225,
        ),
        _way(
            Action.RERUN,
            names=("load",),
            choices=("extract", "by_airport", "train", "load"),
            rerun=("load", "publish"),
            reused=("extract", "by_airport", "train"),
            items={"by_airport": Kept(118, 2)},
            delicate=("load",),
            warnings=("load is not idempotent and had begun: look at what it did before you run it again",),
        ),
        _way(Action.RESTART, rerun=("extract", "by_airport", "train", "load", "publish"), seconds=42.0),
        _way(Action.CANCEL, why="it has ended already (FAILED)"),
    ),
    Action.RESUME,
)


class _Nothing:
    """Of what no screen here needs: there is none."""

    def __getattr__(self, name: str) -> Any:
        def missing(*_: object, **__: object) -> Any:
            raise NotFound(f"no {name}")

        return missing


class _Sessions(_Nothing):
    def watch(self, _ref: str, *, interval: float = 0) -> Iterator[SessionView]:
        yield VIEW

    def logs(self, _ref: str, *_: object, follow: bool = False) -> Iterator[LogLine]:
        yield from LINES

    def log_line(self, place: str, number: int) -> LogLine:
        return LINES[number]

    def get(self, _ref: str) -> Session:
        return SESSION

    refresh = get

    def status(self, _ref: str) -> SessionView:
        return VIEW

    def run_view(self, _ref: str) -> RunView:
        return RUN

    def recoveries(self, _ref: str) -> tuple[()]:
        return ()

    def glances(self) -> Any:
        return SimpleNamespace(usual=lambda _pipeline: 31.0)

    def outcome(self, _ref: str) -> Outcome:
        return Outcome(None)

    def recovery_plan(self, _ref: str) -> RecoveryPlan:
        return PLAN


class Still(_Nothing):
    owner = "ada"
    sessions = _Sessions()
    alerts = SimpleNamespace(of_session=lambda _session: ())
    errors = SimpleNamespace(strategy=lambda _session: Strategy(True, (FAILURE,)))
    pools = pipelines = _Nothing()

    def engine_process(self) -> None:
        return None

    def detach(self) -> None:
        return None

    def close(self) -> None:
        return None
