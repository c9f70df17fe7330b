"""PipelineManager: pipeline files from reading to a running session, and the registry of their versions.

What a file means is decided in `definition`, what it becomes in `compiler`: imported when used, since listing needs
neither. Sessions are SessionManager's.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from bunsui.errors import Conflict, InvalidInput, NotFound, Refused
from bunsui.model.address import beside, folder_of, is_remote
from bunsui.model.json import Json
from bunsui.model.machine import CompiledMachine
from bunsui.model.pipeline import Pipeline
from bunsui.model.session import Session
from bunsui.services.pipelines.registry import Registry, definition_key
from bunsui.services.pipelines.remote import Trust, checked, content, is_from_afar, landed
from bunsui.services.pipelines.views import Comparison, LoadedConfig, PipelineVersion, Preview, adopted, is_machine
from bunsui.services.wiring import Files, Ports, Surroundings, rfc3339

LARGEST_FILE = 1 << 20  # bytes; what is larger is no pipeline file
_REGISTERED = re.compile(r"([a-z][a-z0-9-]{0,39})(?:@([1-9][0-9]{0,8}))?")


class Starts(Protocol):
    """What of SessionManager is needed here."""

    def start(
        self,
        pipeline: Pipeline,
        params: Mapping[str, Json],
        *,
        name: str | None = None,
        version: int | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> Session:
        """Start a session with bound parameters."""


class PipelineManager:
    """`source` is a path, or the name of a registered pipeline (``name`` or ``name@version``).

    `ports` and `sessions` are asked for when they are needed: to validate a file takes neither.
    """

    def __init__(
        self,
        ports: Callable[[], Ports],
        sessions: Callable[[], Starts],
        files: Files,
        around: Surroundings,
    ) -> None:
        self._ports = ports
        self._sessions = sessions
        self._files = files
        self._around = around

    def load_config(self, path: str, *, aws: bool = False) -> LoadedConfig:
        """Read and check a file: all problems, or a pipeline. Raises NotFound, or InvalidInput if unreadable.

        With `aws` also what it breaks there.
        """
        data = self._files.read(path, LARGEST_FILE)
        return self._checked(data, path, _folder_of(path), aws=aws)

    def check(self, text: str, path: str) -> LoadedConfig:
        """All problems of a text, as if it were the file: for one that is being written."""
        return self._checked(text.encode(errors="replace"), path, _folder_of(path))

    def _checked(
        self, data: bytes, source: str, folder: str, version: int | None = None, *, aws: bool = False
    ) -> LoadedConfig:
        from bunsui.definition import ConfigValidator, Found

        def resolve(kind: str, wanted: str, folder: str) -> Found | None:
            found = self._referred(kind, wanted, folder)
            return found and Found(*found)

        result = ConfigValidator(resolve, aws=aws).validate(data, source, folder)
        return LoadedConfig(source, data.decode(errors="replace"), result.problems, result.pipeline, version)

    def reread(self, session: Session, text: bytes) -> Pipeline | None:
        """The pipeline of a session from its stored text; None when what it refers to is no longer there."""
        remote = is_remote(session.source)
        folder = folder_of(session.source) if remote else session.runtime.folder
        return self._checked(text, session.source, folder).pipeline

    def load(self, source: str) -> tuple[Pipeline, int | None]:
        """A valid pipeline and its registered version (None: from a file). InvalidInput carries the problems.

        Raises Refused for a state machine that is only adopted.
        """
        loaded = self._load(source)
        if is_machine(loaded.source):
            raise Refused(loaded.problems[0].message.rstrip("."), loaded.problems[0].hint)
        return _pipeline(loaded), loaded.version

    def load_to_run(self, source: str, trust: str = "") -> tuple[Pipeline, int | None]:
        """As `load`, fit to be run by this process. Raises Untrusted."""
        pipeline, version = self.load(source)
        if not is_from_afar(pipeline) or not self._ports().runs_here:
            return pipeline, version
        here = landed(pipeline, _current_folder())
        if trust == content(pipeline):
            self._trust(source, trust)
        checked(pipeline, Trust(self._ports().table), source)
        return here, version

    def trust(self, source: str, sha256: str) -> None:
        """Allow what a pipeline from S3 runs on this machine, if its content still has this hash. Raises Conflict."""
        pipeline = self.load(source)[0]
        if content(pipeline) != sha256:
            hint = f"Look at what it is now: bunsui pipeline trust {shlex.quote(source)}"
            raise Conflict(f"{source} does not have the content {sha256} (any more)", hint)
        self._trust(source, sha256)

    def _trust(self, source: str, sha256: str) -> None:
        body: dict[str, Json] = {"source": source, "by": self._around.owner, "when": rfc3339(self._around.clock())}
        Trust(self._ports().table).give(sha256, body)

    def _load(self, source: str, *, aws: bool = False) -> LoadedConfig:
        name = _REGISTERED.fullmatch(source)
        if not name:
            return self.load_config(source, aws=aws)
        try:
            entry = self._entry(source)
        except NotFound as error:
            hint = (
                f"A file of that name is written {shlex.quote(f'./{source}')}"
                if self._files.exists(source)
                else error.hint
            )
            raise NotFound(str(error), hint) from None
        if is_machine(entry.source):
            return adopted(entry, self._text(entry).decode())
        return self._checked(self._text(entry), entry.source, entry.folder, entry.version, aws=aws)

    def _referred(self, kind: str, wanted: str, folder: str) -> tuple[bytes, str, str] | None:
        """What a pipeline refers to (its bytes, name and folder): a registered pipeline, or a file beside it."""
        try:
            if kind == "name":
                entry = self._entry(wanted)
                return self._text(entry), f"{entry.name}@{entry.version}", entry.folder
            path = _beside(folder, wanted)
            return (self._files.read(path, LARGEST_FILE), path, _folder_of(path)) if path else None
        except (NotFound, InvalidInput):
            return None

    def compile(self, source: str) -> CompiledMachine:
        """The state machine that it becomes."""
        from bunsui.compiler import compile_pipeline

        return compile_pipeline(self.load(source)[0])

    def schema(self) -> Mapping[str, Json]:
        """The JSON Schema of pipeline files."""
        from bunsui.definition import json_schema

        return json_schema()

    def preview(self, source: str, *, aws: bool = False) -> Preview:
        """What it would do: graph and forecast, before anything runs; with `aws` also what it breaks there."""
        return self.forecast(self._load(source, aws=aws))

    def forecast(self, loaded: LoadedConfig) -> Preview:
        """The preview of what was read already. Raises InvalidInput with its problems if it is not valid."""
        from bunsui.compiler import compile_pipeline, forecast

        pipeline = _pipeline(loaded)
        return Preview(pipeline, loaded.problems, forecast(pipeline, compile_pipeline(pipeline)))

    def register(self, path: str) -> PipelineVersion:
        """Store a new version. The text that is registered already gives the version that is there."""
        pipeline = _pipeline(self.load_config(path))
        ports = self._ports()
        ports.objects.put_if_absent(definition_key(pipeline.name, pipeline.sha256), pipeline.text.encode())
        return Registry(ports.table).add(
            PipelineVersion(
                name=pipeline.name,
                version=0,
                sha256=pipeline.sha256,
                source=path if is_remote(path) else os.path.abspath(path),
                folder=pipeline.folder,
                description=pipeline.description,
                owner=self._around.owner,
                created=rfc3339(self._around.clock()),
            )
        )

    def list(self) -> Sequence[PipelineVersion]:
        """The newest version of every registered pipeline, by name."""
        return tuple(Registry(self._ports().table).names())

    def show(self, name: str) -> tuple[PipelineVersion, str]:
        """A version (``name`` or ``name@version``) and its text."""
        entry = self._entry(name)
        return entry, self._text(entry).decode()

    def versions(self, name: str) -> Sequence[PipelineVersion]:
        """All versions, newest first. Raises NotFound."""
        registry = Registry(self._ports().table)
        return tuple(registry.versions(registry.get(name).name))

    def compare(self, before: str, after: str) -> Comparison:
        """Two files, or versions of registered pipelines."""
        from bunsui.services.pipelines.comparing import compare  # takes long to import

        return compare(self._load(before), self._load(after), (before, after))

    def registered(self, source: str) -> LoadedConfig:
        """A registered version (``name`` or ``name@version``) with its problems, if it has any by now."""
        return self._load(source)

    def run(
        self,
        source: str,
        params: Mapping[str, Json] | None = None,
        *,
        texts: Mapping[str, str] | None = None,
        name: str | None = None,
        tags: Mapping[str, str] | None = None,
        trust: str = "",
    ) -> Session:
        """The one door: resolve, bind, start. `params` are typed values, `texts` are ``-p key=value`` as typed in.

        What came from S3 and would run something on this machine raises Untrusted, unless its content was allowed
        before, or is by `trust`, its hash.
        """
        from bunsui.definition import bind

        pipeline, version = self.load_to_run(source, trust)
        bound = bind(pipeline, params or {}, texts or {})
        if bound.problems:
            raise InvalidInput(
                "the parameters do not fit", f"See them: bunsui plan {shlex.quote(source)}", bound.problems
            )
        return self._sessions().start(pipeline, bound.params, name=name, version=version, tags=tags)

    def _entry(self, source: str) -> PipelineVersion:
        found = _REGISTERED.fullmatch(source)
        if not found:
            raise NotFound(f"{source!r} is no name of a pipeline", "See what is registered: bunsui pipeline list")
        return Registry(self._ports().table).get(found[1], int(found[2]) if found[2] else None)

    def _text(self, entry: PipelineVersion) -> bytes:
        return self._ports().objects.get(definition_key(entry.name, entry.sha256))


def _folder_of(path: str) -> str:
    """What its relative paths start from."""
    return folder_of(path) if is_remote(path) else os.path.dirname(os.path.abspath(path))


def _beside(folder: str, wanted: str) -> str | None:
    """A file that another one refers to. What lies in S3 refers to nothing of this machine."""
    if is_remote(folder) or is_remote(wanted):
        return beside(folder, wanted)
    return os.path.normpath(Path(folder, wanted))


def _current_folder() -> str:
    try:
        return os.getcwd()
    except OSError:
        raise InvalidInput("the current folder is gone", "Go to one that is there: cd") from None


def _pipeline(loaded: LoadedConfig) -> Pipeline:
    if loaded.pipeline is None:
        count = len(loaded.problems)
        what = "a problem" if count == 1 else f"{count} problems"
        raise InvalidInput(f"{loaded.source} has {what}", problems=loaded.problems)
    return loaded.pipeline
