"""The controller finds its environment by one variable, and needs no home."""

from __future__ import annotations

import pytest

from bunsui.controller.handler import handler
from bunsui.errors import BackendError, InvalidInput


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 300_000


def test_a_controller_that_was_not_told_its_environment_says_how_to_deploy_it() -> None:
    with pytest.raises(InvalidInput) as raised:
        handler({"bunsui": "sweep"}, Context())
    assert "bunsui env deploy" in raised.value.hint


def test_an_environment_that_is_not_there_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUNSUI_ENVIRONMENT", "nowhere")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(BackendError, match=r"127\.0\.0\.1:9"):
        handler({"bunsui": "sweep"}, Context())
