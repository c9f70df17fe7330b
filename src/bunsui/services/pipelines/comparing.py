"""Two texts of a pipeline side by side: what changed by lines, and what that means for its operations.

Which keys count as a change is in `analysis.edits`; files are read by PipelineManager.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from bunsui.analysis import edits
from bunsui.model.pipeline import Pipeline
from bunsui.services.pipelines.views import Comparison, LoadedConfig

_MOST_LINES = 5_000  # of a text: beyond, telling lines apart takes long
_CONTEXT = 3


def compare(before: LoadedConfig, after: LoadedConfig, names: tuple[str, str]) -> Comparison:
    old, new = before.text.splitlines(), after.text.splitlines()
    too_long = before.text != after.text and max(len(old), len(new)) > _MOST_LINES
    lines = () if too_long else tuple(difflib.unified_diff(old, new, lineterm="", n=_CONTEXT))[2:]
    return Comparison(*names, lines, _operations(before.pipeline, after.pipeline), too_long)


def _operations(before: Pipeline | None, after: Pipeline | None) -> Mapping[str, tuple[str, ...]] | None:
    if before is None or after is None:
        return None
    return edits.changed(edits.digests(before, lambda *_: ""), edits.digests(after, lambda *_: ""))
