"""Getting the demo's data: only the very file is taken, and a failure says what to do. No test downloads."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from bunsui.demo import data
from bunsui.errors import BackendError


def test_another_file_of_that_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / data.FILE
    path.write_bytes(b"not a source package")
    with pytest.raises(BackendError, match="sha256") as caught:
        data.read(path)
    assert "bunsui demo --data" in caught.value.hint


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match=r"nowhere: No such file"):
        data.read(tmp_path / "nowhere")


def test_a_download_that_fails_tells_what_pip_said_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'ERROR: no route to the index' >&2\nexit 1\n")
    broken.chmod(broken.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(BackendError, match="no route to the index") as caught:
        data.download()
    assert data.FILE in caught.value.hint
