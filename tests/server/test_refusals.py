"""What `bunsui serve` refuses before it serves."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest


def serve(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "bunsui", "serve", *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stderr


def test_a_place_that_is_taken_is_told_with_another_to_take() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, said = serve("--port", str(taken.getsockname()[1]))
    assert code == 6
    assert "cannot listen at 127.0.0.1" in said
    assert "--port PORT" in said


def test_a_context_on_aws_is_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUNSUI_CONTEXT", "aws")
    code, said = serve("--port", "0")
    assert (code, "is AWS itself" in said) == (5, True)
