"""Pipeline to state machine: the compiler's one door. What it costs and how large it gets is in `forecast`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from bunsui.compiler import finish
from bunsui.compiler.plan import Plan, make
from bunsui.compiler.records import Target
from bunsui.compiler.states import Writer
from bunsui.errors import Refused
from bunsui.model.json import Json
from bunsui.model.machine import CompiledMachine, Resource
from bunsui.model.pipeline import Pipeline

MAX_BYTES = 1_048_576  # of a definition, as Step Functions takes it


def compile_pipeline(pipeline: Pipeline) -> CompiledMachine:
    """The same pipeline always gives the same bytes.

    Raises Refused when the definition is larger than Step Functions takes (unless `limits` are off), and InvalidInput
    when the operations are no DAG.
    """
    return compile_plan(make(pipeline)) if pipeline.definition is None else _raw(pipeline, pipeline.definition)


def compile_plan(plan: Plan) -> CompiledMachine:
    pipeline = plan.pipeline
    writer = Writer(plan, compile_pipeline)
    end = finish.entry_of_end(plan)
    states: dict[str, Json] = {}
    entry = end
    if plan.operations:
        states = writer.region(plan.root, 0, plan.output_reads, Target(end))
        entry = writer.entry(plan.root.steps[0])
    definition: dict[str, Json] = {
        "QueryLanguage": "JSONata",
        "StartAt": finish.BEGIN,
        "States": {**finish.begin(entry), **states, **finish.end(plan)},
    }
    if pipeline.timeout is not None:
        definition["TimeoutSeconds"] = pipeline.timeout
    return _machine(pipeline, definition, writer.resources)


def _raw(pipeline: Pipeline, definition: Mapping[str, Json]) -> CompiledMachine:
    return _machine(pipeline, definition, {})


def _machine(pipeline: Pipeline, definition: Mapping[str, Json], resources: Mapping[str, Resource]) -> CompiledMachine:
    text = canonical(definition)
    size = len(text.encode())
    if pipeline.limits and size > MAX_BYTES:
        count = len(pipeline.operations)
        raise Refused(
            f"the state machine of '{pipeline.name}' has {size:,} bytes ({count} operations, "
            f"{size // max(1, count):,} bytes each); Step Functions takes {MAX_BYTES:,}",
            "Split the pipeline, or turn repeated operations into for_each; locally: limits: off",
        )
    return CompiledMachine(
        name=pipeline.name,
        definition=definition,
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        resources=dict(resources),
        limits=pipeline.limits,
        python=pipeline.python,
        folder=pipeline.folder,
    )


def canonical(definition: Mapping[str, Json]) -> str:
    return json.dumps(definition, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
