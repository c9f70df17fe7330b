"""What tests on a real account are given; without the name of an environment none of them runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from live.account import Account
from live.probing import Probe


@pytest.fixture
def account(request: pytest.FixtureRequest, home: Path) -> Iterator[Account]:
    """The environment that `--aws-live-env` names, which must not be there yet; it is removed, whatever happens."""
    name = str(request.config.getoption("--aws-live-env"))
    subnets = str(request.config.getoption("--aws-live-subnets") or "")
    made = Account(name, tuple(filter(None, subnets.split(","))), home)
    yield made
    made.remove()


@pytest.fixture(scope="module")
def probe(request: pytest.FixtureRequest) -> Iterator[Probe]:
    """Its things bear the environment's name; there is no environment of it."""
    made = Probe(f"bunsui-{request.config.getoption('--aws-live-env')}-probe")
    yield made
    made.remove()
