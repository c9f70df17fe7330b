"""`bunsui.task` where nobody listens: handlers are tested like any other function."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bunsui import task


def test_everything_works_without_a_supervisor(capsys: pytest.CaptureFixture[str]) -> None:
    task.log("hello", rows=3)
    task.progress(1, 2, "half")
    assert capsys.readouterr().err == "INFO hello rows=3\n"
    assert task.idempotency_key == ""
    assert task.context == task.Context()


def test_a_saved_position_is_kept_in_memory() -> None:
    task.save({"row": 7})
    assert task.saved() == {"row": 7}


def test_a_file_can_be_written_returned_and_opened() -> None:
    with task.output_file("rows.csv") as file:
        Path(file).write_text("a,b\n")
    reference = json.loads(json.dumps({"file": file}))["file"]
    assert set(reference) == {"$ref", "bytes", "sha256"}
    assert task.open(reference).read() == "a,b\n"
    assert file.name == "rows.csv"


def test_a_file_whose_writing_failed_is_not_stored() -> None:
    with pytest.raises(ZeroDivisionError), task.output_file("rows.csv") as file:
        _ = 1 / 0
    assert file == {}
    assert not Path(file.path).exists()


def test_an_unknown_level_is_named() -> None:
    with pytest.raises(ValueError, match="level is 'LOUD', but must be one of DEBUG"):
        task.log("x", level="loud")


def test_a_position_that_is_no_json_or_too_large_is_refused() -> None:
    with pytest.raises(TypeError):
        task.save({"x": object()})
    with pytest.raises(ValueError, match="at most 262144 bytes"):
        task.save("x" * 300_000)


def test_only_our_references_can_be_opened() -> None:
    with pytest.raises(ValueError, match="no reference to a file"):
        task.open({"$ref": "#/definitions/x"})


def test_there_is_no_other_name() -> None:
    with pytest.raises(AttributeError):
        _ = task.nonsense


def test_the_public_names_are_these() -> None:
    assert sorted(task.__all__) == [
        "Context", "File", "OutputFile", "context", "idempotency_key", "log", "open", "output_file", "progress",
        "save", "saved",
    ]  # fmt: skip
