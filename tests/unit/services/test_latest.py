"""What was worked out is kept while the same is asked again, and code is looked at each time."""

from __future__ import annotations

from pathlib import Path

from bunsui.analysis.edits import digests
from bunsui.model.pipeline import Operation, Pipeline, PipelineTask, PythonTask
from bunsui.services.records.latest import Latest
from bunsui.services.sessions.code import code_digests, digester
from bunsui.services.sessions.recovering import _digests
from bunsui.services.surroundings import LocalFiles


def test_the_same_object_is_worked_out_once_and_an_equal_one_again() -> None:
    asked: list[list[int]] = []

    def make(of: list[int], more: int) -> int:
        asked.append(of)
        return len(of) + more

    one, equal = [1], [1]
    latest: Latest[list[int], int] = Latest(make)
    assert [latest(one, 1), latest(one, 1), latest(one, 2), latest(equal, 2)] == [2, 2, 3, 3]
    assert [of is one for of in asked] == [True, True, False]


def test_digests_made_of_code_read_before_are_those_read_on_the_way(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "code.py").write_text(name)
    inner = Pipeline("inner", {"x": Operation("x", PythonTask("code:f", "b"))}, folder=str(tmp_path))
    outer = Pipeline(
        "outer",
        {
            "one": Operation("one", PythonTask("code:f", "a")),
            "nested": Operation("nested", PipelineTask(name="inner", child=inner)),
            "two": Operation("two", PythonTask("code:f", "b")),
        },
        folder=str(tmp_path),
    )
    files = LocalFiles()
    assert _digests(outer, code_digests(outer, files)) == digests(outer, digester(files))
