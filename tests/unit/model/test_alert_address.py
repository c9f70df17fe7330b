"""Addresses of alerts: how they are shown, and which of them are secrets."""

from __future__ import annotations

import pytest

from bunsui.model.alert import Target
from bunsui.model.alert_address import SCHEMES, is_secret, shown
from bunsui.model.secret import Secret


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("mailto:data@example.com?smtp=mail:25", "mailto:data@example.com"),
        ("mailtos://ada:hunter2@example.com/?to=x@y.z", "mailtos://example.com/..."),
        ("https://example.com/hook/hunter2", "https://example.com/..."),
        ("json://ada:hunter2@example.com:8080", "json://example.com:8080"),
        ("json://ada:hun@ter2@example.com/x", "json://example.com/..."),
        ("slack://T1/B2/hunter2", "slack://..."),
        ("SLACK://T1/B2/hunter2", "slack://..."),
        ("console", "console"),
        ("hunter2", "..."),
        (Secret("env:ALERT_URL"), "env:ALERT_URL"),
    ],
)
def test_an_address_is_shown_without_what_is_secret_in_it(address: str | Secret, text: str) -> None:
    assert shown(Target(address)) == text


@pytest.mark.parametrize(
    "address",
    [
        "slack://T1/B2/C3",
        "mailto://ada:hunter2@example.com",
        "https://hooks.slack.com/services/T1/B2/C3",
        "https://example.com/hook?token=hunter2",
        "json://ada:hunter2@example.com",
    ],
)
def test_addresses_by_which_others_could_send_are_secrets(address: str) -> None:
    assert is_secret(address)


@pytest.mark.parametrize("address", ["mailto:data@example.com", "https://example.com/hook", "syslog://", "console"])
def test_addresses_that_anybody_may_read_are_none(address: str) -> None:
    assert not is_secret(address)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_schemes_are_those_that_apprise_speaks() -> None:
    from apprise.manager_plugins import NotificationManager

    assert set(NotificationManager().schemas()) == SCHEMES - {"http", "https"}
