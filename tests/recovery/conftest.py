"""A world of virtual time, whose tasks break until they are mended: see `virtual.world`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from virtual.world import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def worlds() -> Callable[[], World]:
    return World
