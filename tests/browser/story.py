"""A session to write reports of: it failed, was tried before, and everything a user could name is hostile."""

from __future__ import annotations

from dataclasses import replace

from bunsui.analysis.progress import Items, OperationView
from bunsui.analysis.run import Operation
from bunsui.analysis.ways import Action, Way
from bunsui.analysis.work import Try
from bunsui.model.failure import Category, ErrorAnalysis, Evidence
from bunsui.model.log import LogLine
from bunsui.model.session import ExecutionRef, Runtime, Session
from bunsui.model.status import OperationStatus, SessionStatus
from bunsui.report.data import Before, File, Log, Recovered, ReportData, Run

T = 1_790_000_000.0  # 2026-09-21T14:13:20Z
HOSTILE = (
    "</script><script>window.planted = 1</script><img src=x onerror='window.planted = 2'><!-- \u2028\u202e\x1b[31m"
)
S = OperationStatus


def view(name: str, status: OperationStatus, begin: float | None, end: float | None, **more: object) -> OperationView:
    started, ended = (None if at is None else T + at for at in (begin, end))
    return OperationView(name, "python", status, started=started, ended=ended, **more)  # type: ignore[arg-type]  # as much as it needs


def tries(name: str, *spans: tuple[float, float, str | None]) -> tuple[Try, ...]:
    return tuple(Try(name, None, n, T + a, T + b, error) for n, (a, b, error) in enumerate(spans, 1))


OPERATIONS = (
    Operation(view("extract", S.SUCCEEDED, 0, 10, attempts=1), tries("extract", (0, 10, None))),
    Operation(view("rates", S.SUCCEEDED, 0, 4, attempts=2), tries("rates", (0, 1, "Throttled"), (3, 4, None))),
    Operation(
        view("by_region", S.SUCCEEDED, 10, 20, needs=("extract",), items=Items(3, 2, 1)),
        tuple(Try("by_region", n, 1, T + 10 + n, T + 15 + n, "ValueError" if n == 2 else None) for n in range(3)),
        {2: HOSTILE},
    ),
    Operation(
        view("load", S.FAILED, 21, 31, needs=("by_region", "rates"), attempts=1, error="KeyError", cause=HOSTILE),
        tries("load", (21, 31, "KeyError")),
    ),
    Operation(view("publish", S.UPSTREAM_FAILED, None, None, needs=("load",))),
)

SESSION = Session(
    id="nightly-20260921-abcdef",
    pipeline="nightly",
    version=3,
    definition_sha256="ab" * 32,
    params={"day": "2026-09-21", "note": HOSTILE},
    source="/home/ada/nightly.yaml",
    runtime=Runtime("/usr/bin/python3", "/bin", "/home/ada"),
    owner="ada",
    created="2026-09-21T14:13:20.000000Z",
    status=SessionStatus.FAILED,
    reason=HOSTILE,
    started="2026-09-21T14:13:20.000000Z",
    ended="2026-09-21T14:13:51.000000Z",
    executions=(ExecutionRef("nightly-20260921-abcdef-1", arn="arn:1", status="FAILED", code_sha256="c0de"),),
    tags={HOSTILE: HOSTILE},
)

ERROR = ErrorAnalysis(
    session=SESSION.id,
    end="nightly-20260921-abcdef-1#0",
    rank=0,
    execution="nightly-20260921-abcdef-1",
    event=42,
    at=T + 31,
    operation="load",
    item=None,
    attempt="1.0.0",
    attempts=1,
    error="KeyError",
    cause=HOSTILE,
    category=Category.CODE,
    recoverable=False,
    confidence=0.9,
    rule="plain-mistake",
    advice="Mend the code, then resume.",
    fingerprint="19a472c57e9d",
    evidence=(Evidence("logs/x/load/1.0.0/000001.jsonl", 1, "KeyError: 'amount'"), Evidence("cause", 0, HOSTILE)),
)

GOOD = replace(
    SESSION,
    id="nightly-20260920-gggggg",
    status=SessionStatus.COMPLETED,
    params={"day": "2026-09-20", "note": HOSTILE},
    ended="2026-09-20T14:13:40.000000Z",
)


def line(at: float, operation: str, message: str, level: str = "INFO", attempt: str = "1.0.0") -> LogLine:
    return LogLine(T + at, level, SESSION.id, operation, None, attempt, "stdout", message)


LINES = (
    line(0, "", "started by ada", attempt=""),
    line(1, "extract", "read 48,211 orders"),
    line(2, "extract", HOSTILE),
    line(30, "load", "KeyError: 'amount'", "ERROR"),
    line(31, "", "ended FAILED", "ERROR", attempt=""),
)


def failed() -> ReportData:
    return ReportData(
        session=SESSION,
        at=T + 60,
        runs=(Run(1, "nightly-20260921-abcdef-1", "FAILED", T, T + 31, OPERATIONS, 40, 2, 0, "c0de"),),
        text=f"name: nightly\ndescription: {HOSTILE}\n",
        errors=(ERROR,),
        ways=(
            Way(Action.RESUME, SESSION.id, 0, rerun=("load", "publish"), reused=("extract", "rates", "by_region")),
            Way(Action.REDRIVE, SESSION.id, 0, possible=False, why="its failures were caught"),
        ),
        suggested=Action.RESUME,
        recoveries=(Recovered(1, "resume", HOSTILE, "2026-09-21T14:13:30Z", HOSTILE, ("load",)),),
        files=(File("outputs/x/files/a.csv", "javascript:window.planted = 3"),),
        log=Log(LINES),
        before=Before(GOOD, {"extract": 4.0}, "name: nightly\n", {"rows": 1}, {"load": ("code",)}),
        usual={"extract": 4.0},
        version="0.1.0",
    )


def completed() -> ReportData:
    session = replace(SESSION, status=SessionStatus.COMPLETED, reason="")
    outputs = {"rows": 48211, "note": HOSTILE, "deep": {"a": [1, HOSTILE]}}
    return replace(failed(), session=session, errors=(), ways=(), suggested=None, outputs=outputs)
