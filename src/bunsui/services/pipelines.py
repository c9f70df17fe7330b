"""PipelineManager: pipeline files from reading to a running session, and the registry of their versions.

What a file means is decided in `definition`, what it becomes in `compiler`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bunsui.model.json import Json
from bunsui.model.pipeline import Pipeline
from bunsui.model.session import Session
from bunsui.services.views import LoadedConfig, PipelineVersion, Preview


class PipelineManager:
    """`source` is a path, or the name of a registered pipeline (``name`` or ``name@version``)."""

    def load_config(self, path: str) -> LoadedConfig:
        """Read and check a file: all problems, or a pipeline. Raises NotFound, or InvalidInput if unreadable."""
        raise NotImplementedError

    def load(self, source: str) -> tuple[Pipeline, int | None]:
        """A valid pipeline and its registered version (None: from a file). InvalidInput carries the problems."""
        raise NotImplementedError

    def preview(self, source: str) -> Preview:
        """What it would do: graph and forecast, before anything runs."""
        raise NotImplementedError

    def register(self, path: str) -> PipelineVersion:
        """Store a new version. The text that is registered already gives the version that is there."""
        raise NotImplementedError

    def list(self) -> Sequence[PipelineVersion]:
        """The newest version of every registered pipeline, by name."""
        raise NotImplementedError

    def show(self, name: str) -> tuple[PipelineVersion, str]:
        """A version (``name`` or ``name@version``) and its text."""
        raise NotImplementedError

    def versions(self, name: str) -> Sequence[PipelineVersion]:
        """All versions, newest first. Raises NotFound."""
        raise NotImplementedError

    def run(
        self,
        source: str,
        params: Mapping[str, Json] | None = None,
        *,
        texts: Mapping[str, str] | None = None,
        name: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> Session:
        """The one door: resolve, bind, start. `params` are typed values, `texts` are ``-p key=value`` as typed in."""
        raise NotImplementedError
