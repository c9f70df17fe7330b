"""What every test gets: a home of its own, and Hypothesis without chance. A folder's own fixtures live there."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from ministack.fixtures import leave_out, ministack

__all__ = ["ministack"]

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=_SLOW)
settings.register_profile(
    "soak", deadline=None, max_examples=int(os.environ.get("BUNSUI_SOAK") or 1000), suppress_health_check=_SLOW
)
settings.load_profile("soak" if os.environ.get("BUNSUI_SOAK") else "ci")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as of a job in a shell's background; children would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    about = "on AWS itself: run tests marked aws_live in a new environment of this name, and remove it"
    parser.addoption("--aws-live-env", metavar="NAME", help=about)
    parser.addoption("--aws-live-subnets", metavar="IDS", help="where containers of these tests run: subnet-1,subnet-2")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    leave_out(config, items)
    if not config.getoption("--aws-live-env"):
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("aws_live")])
        items[:] = [item for item in items if not item.get_closest_marker("aws_live")]


@pytest.fixture(scope="session")
def _homes() -> Iterator[Path]:
    """A short path: the address of a Unix socket ends at 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="bns"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def _own_home(_homes: Path) -> Iterator[Path]:
    """No test sees the home, the owner or the virtual environment of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("BUNSUI_") and n != "BUNSUI_SOAK"]:
            patch.delenv(name)
        patch.delenv("VIRTUAL_ENV", raising=False)
        folder = _homes / str(next(_numbers))
        patch.setenv("BUNSUI_HOME", str(folder))
        patch.setenv("BUNSUI_OWNER", "tester")
        yield folder


@pytest.fixture
def home(_own_home: Path) -> Path:
    """The folder that BUNSUI_HOME names in this test; not there yet."""
    return _own_home
