"""What is settled before a session starts (its id, how its tasks will be run), and the start of its execution.

Nothing here is stored; that is SessionManager's.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bunsui.errors import InvalidInput, Refused
from bunsui.model.json import Json
from bunsui.model.machine import CompiledMachine, FunctionResource, MachineResource
from bunsui.model.pipeline import Pipeline
from bunsui.model.session import ExecutionRef, Runtime
from bunsui.ports import StateMachines
from bunsui.services.wiring import Files, Surroundings

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,69}")  # leaves room for the execution's number within AWS's 80 characters


def new_id(pipeline: str, around: Surroundings) -> str:
    day = datetime.fromtimestamp(around.clock(), UTC).strftime("%Y%m%d")
    return f"{pipeline}-{day}-{around.chance(6)}"


def checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        hint = "1 to 70 of a-z, 0-9, hyphen and underscore, and a letter or digit first"
        raise InvalidInput(f"{name!r} cannot be a session's name", hint)
    return name


def resolve_runtime(pipeline: Pipeline, files: Files, around: Surroundings) -> Runtime:
    """The interpreter is the pipeline's own, else that of $VIRTUAL_ENV, else Bunsui's. Raises InvalidInput."""
    path = around.environ.get("PATH", "")
    if pipeline.python:
        return Runtime(_own_python(pipeline, path), path, pipeline.folder)
    active = around.environ.get("VIRTUAL_ENV")
    python = f"{active}/bin/python" if active else ""
    return Runtime(python if python and files.exists(python) else around.executable, path, pipeline.folder)


def _own_python(pipeline: Pipeline, path: str) -> str:
    wanted = str(pipeline.python)
    place = str(Path(pipeline.folder, Path(wanted).expanduser())) if "/" in wanted else wanted
    found = shutil.which(place, path=path)
    if found is None:
        hint = f"Mend runtime.python in {pipeline.source or 'the pipeline file'}"
        raise InvalidInput(f"runtime.python names {wanted!r}, which is no program", hint)
    return found


@contextmanager
def naming(source: str) -> Iterator[None]:
    """A refusal that says to deploy a FILE names the very file, so that its hint can be typed."""
    try:
        yield
    except Refused as error:
        if " FILE " not in error.hint or not source:
            raise
        raise Refused(str(error), error.hint.replace(" FILE ", f" {shlex.quote(source)} ")) from None


def placed(machine: CompiledMachine, runtime: Runtime) -> CompiledMachine:
    return replace(machine, python=runtime.python, path=runtime.path, folder=runtime.folder)


def start(machines: StateMachines, ref: ExecutionRef, input: Callable[[], Json]) -> str:
    """The execution's ARN. Started, or redriven as often as was meant: whoever comes second finds it done."""
    if not ref.redrives:
        return machines.start(ref.machine_arn, ref.name, input())
    if machines.describe(ref.arn).redrive_count < ref.redrives:
        try:
            machines.redrive(ref.arn)
        except Refused:
            if machines.describe(ref.arn).redrive_count < ref.redrives:
                raise
    return ref.arn


def code_folders(machine: CompiledMachine) -> tuple[str, ...]:
    """Where the code of its functions lies; the definition has a hash of its own."""
    return tuple(sorted(set(_code_folders(machine))))


def _code_folders(machine: CompiledMachine) -> Iterator[str]:
    for resource in machine.resources.values():
        if isinstance(resource, FunctionResource) and resource.code:
            yield str(Path(machine.folder, resource.code))
        elif isinstance(resource, MachineResource):
            yield from _code_folders(resource.machine)
