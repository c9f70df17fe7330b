"""What a report shows: frozen data, read by `services.report_reading`. How it looks is decided in the other modules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bunsui.analysis.run import Operation
from bunsui.analysis.ways import Action, Way
from bunsui.model.failure import ErrorAnalysis
from bunsui.model.json import Json
from bunsui.model.log import LogLine
from bunsui.model.pipeline import Pipeline
from bunsui.model.session import Session


@dataclass(frozen=True, slots=True)
class Run:
    """One execution. `ended` None: it runs. `transitions` and `table_calls` are counted in its history."""

    number: int
    name: str
    status: str
    started: float
    ended: float | None
    operations: tuple[Operation, ...]
    transitions: int = 0
    table_calls: int = 0
    redrives: int = 0
    code_sha256: str = ""
    error: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What somebody, or a policy, did about the session. `worked` None: it has not ended yet."""

    number: int
    action: str
    who: str
    when: str  # RFC 3339, UTC
    why: str
    operations: tuple[str, ...]
    automatic: bool = False
    status: str | None = None
    worked: bool | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """The last session of the pipeline that COMPLETED before this one. `seconds` are of its operations.

    `changes` are operations (``""``: the pipeline) whose definition or code is not what it was, with the keys.
    """

    session: Session
    seconds: Mapping[str, float]
    text: str = ""
    outputs: Json = None
    changes: Mapping[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file that a task wrote. `address` is where it lay when the report was written."""

    key: str
    address: str


@dataclass(frozen=True, slots=True)
class Log:
    """`lines` in time order; `left_out` of them, after the first `head`, did not fit."""

    lines: tuple[LogLine, ...] = ()
    left_out: int = 0
    head: int = 0


@dataclass(frozen=True, slots=True)
class ReportData:
    """`pipeline` is None when what its definition refers to is no longer there."""

    session: Session
    at: float  # when it was written: seconds since the epoch
    runs: tuple[Run, ...]  # in order; the last one is the one that counts
    text: str = ""  # the definition
    pipeline: Pipeline | None = None
    errors: tuple[ErrorAnalysis, ...] = ()
    ways: tuple[Way, ...] = ()
    suggested: Action | None = None
    recoveries: tuple[Recovered, ...] = ()
    outputs: Json = None
    files: tuple[File, ...] = ()
    log: Log = Log()
    before: Before | None = None
    usual: Mapping[str, float] = field(default_factory=dict)  # seconds that operations usually take
    version: str = ""  # of Bunsui
    left: str = ""  # why it was not recovered by itself

    @property
    def last(self) -> Run | None:
        return self.runs[-1] if self.runs else None
