"""MiniStack goes with whoever started it, however that ends."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

TESTS = Path(__file__).parents[1]
_PATIENCE = 30
_STARTER = """
import sys, time
sys.path.insert(0, sys.argv[1])
from ministack.server import MiniStack
with MiniStack() as running:
    print(running.address, running._folder, flush=True)
    time.sleep(600)
"""


def listens(address: str) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", urlsplit(address).port or 0)) == 0


@pytest.mark.ministack
def test_it_ends_and_leaves_nothing_when_its_starter_is_killed() -> None:
    command = [sys.executable, "-c", _STARTER, str(TESTS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        address, folder = starter.stdout.readline().split()
        assert listens(address)
        starter.kill()
    deadline = time.monotonic() + _PATIENCE
    while listens(address) or Path(folder).exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
