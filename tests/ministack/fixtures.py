"""The fixture that tests of AWS share, and what is left out where MiniStack is not installed."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from ministack.server import MiniStack, found


@pytest.fixture(scope="session")
def ministack() -> Iterator[MiniStack]:
    """Running, with nothing of the user's own settings for AWS in the way."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [one for one in os.environ if one.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        with MiniStack() as running:
            yield running


def leave_out(config: pytest.Config, items: list[pytest.Item], needs: str = "ministack") -> None:
    """What needs it, where it is not: `make ministack` installs it."""
    if found():
        return
    without = [item for item in items if needs in getattr(item, "fixturenames", ()) or item.get_closest_marker(needs)]
    config.hook.pytest_deselected(items=without)
    items[:] = [item for item in items if item not in without]
