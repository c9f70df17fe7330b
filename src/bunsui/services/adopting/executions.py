"""An execution that somebody else started, as a session: its id, its record, and what is stored with it. Pure."""

from __future__ import annotations

import base64
import hashlib
import json

from bunsui.model.history import Execution
from bunsui.model.json import Json
from bunsui.model.notify import EVENTS
from bunsui.model.pipeline import Pipeline
from bunsui.model.session import ExecutionRef, Runtime, Session
from bunsui.model.status import ExecutionStatus, SessionStatus
from bunsui.services.pipelines.views import PipelineVersion
from bunsui.services.wiring import rfc3339

OWNER = "aws"  # who started it is not told
_DIGITS = 8
_OVER: dict[str, Json] = {"notify": {event: [] for event in EVENTS}, "report": "never"}


def session_id(pipeline: str, execution: Execution) -> str:
    """The same for everybody who finds the execution; its name may hold what no id can."""
    digest = base64.b32encode(hashlib.sha256(execution.arn.encode()).digest()).decode().lower()
    return f"{pipeline}-{execution.started:%Y%m%d}-{digest[:_DIGITS]}"


def session_of(version: PipelineVersion, execution: Execution, context: str) -> Session:
    """As if it had been started here; it is RUNNING until somebody looks whether it ended."""
    id, began = session_id(version.name, execution), rfc3339(execution.started.timestamp())
    ref = ExecutionRef(
        execution.name, execution.arn, execution.machine_arn, redrives=execution.redrive_count, code_sha256=""
    )
    return Session(
        id=id,
        pipeline=version.name,
        version=version.version,
        definition_sha256=version.sha256,
        params=execution.input if isinstance(execution.input, dict) else {},
        source=version.source,
        runtime=Runtime("", "", ""),
        owner=OWNER,
        created=began,
        status=SessionStatus.RUNNING,
        context=context,
        started=began,
        executions=(ref,),
        log_prefix=f"logs/{id}/",
        tags={"execution": execution.name},
    )


def pipeline_of(version: PipelineVersion, text: str, execution: Execution) -> Pipeline:
    """What is kept of the machine with the session. Nobody is told of what had ended before it was found."""
    definition = json.loads(text)
    over = execution.status is not ExecutionStatus.RUNNING
    return Pipeline(
        name=version.name,
        operations={},
        definition=definition,
        text=text,
        sha256=version.sha256,
        source=version.source,
        policies=_OVER if over else {},
    )
