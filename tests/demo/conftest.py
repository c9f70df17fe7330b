"""Source packages as files, and what a handler finds around it when no engine runs it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import bunsui
from bunsui.task import current
from bunsui.task.store import FolderStore
from demo.year import FLIGHTS, WEATHER, Source, packed, packed_year

FUNCTIONS = Path(bunsui.__file__).parent / "demo" / "flights" / "functions"


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return packed(tmp_path / "source.tar.gz", FLIGHTS, WEATHER)


@pytest.fixture
def year(tmp_path: Path) -> Source:
    return packed_year(tmp_path / "year.tar.gz")


@pytest.fixture(autouse=True)
def _handlers_are_importable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As a worker does it: the code folder is put on the path; afterwards its modules are forgotten."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(FUNCTIONS))
    yield
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and str(FUNCTIONS) in str(sys.modules[name].__file__):
            del sys.modules[name]


@pytest.fixture(autouse=True)
def _an_attempt(tmp_path: Path) -> Iterator[None]:
    """What `bunsui.task` talks to: an attempt without a supervisor, whose files go to a temporary folder."""
    current.begin(current.Attempt(current.Context("s", "o"), FolderStore(str(tmp_path / "objects"))))
    yield
    current.begin(None)
