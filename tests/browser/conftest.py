"""Pages are opened where there is a Chromium (`make browser` installs one where that is possible)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from browser.chromium import Browser, found

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if found() is not None:
        return
    without = [item for item in items if item.path.is_relative_to(HERE)]
    config.hook.pytest_deselected(items=without)
    items[:] = [item for item in items if item not in without]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = found()
    assert executable is not None
    with Browser(executable) as opened:
        yield opened
