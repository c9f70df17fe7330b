"""Off loopback a token is needed, which clients have as their access key."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from bunsui.errors import ApiError
from bunsui.server.gate import Gate
from server.conftest import COMMON, Server


def test_who_does_not_know_the_token_is_turned_away() -> None:
    COMMON.add("UnrecognizedClientException")
    folder = Path(tempfile.mkdtemp(prefix="bns"))
    served = Server(folder / "home", ("--host", "0.0.0.0")).start()
    try:
        key = served.told["access_key"]
        assert len(key) > 20
        served.told["url"] = f"http://127.0.0.1:{served.port}"
        assert served.client("stepfunctions", key).list_state_machines()["stateMachines"] == []
        with pytest.raises(ClientError, match="UnrecognizedClientException"):
            served.client("stepfunctions", "guessed").list_state_machines()
    finally:
        served.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8083", "localhost", "sync-localhost:80", "[::1]:8083", "s3.localhost", "10.0.0.7"]
)
def test_names_of_this_machine_and_addresses_may_be_asked_for(host: str) -> None:
    Gate(frozenset()).check({"host": host})


@pytest.mark.parametrize("host", ["", "evil.example", "localhost.evil.example", "127.0.0.1.nip.example:80"])
def test_other_names_may_not(host: str) -> None:
    with pytest.raises(ApiError):
        Gate(frozenset({"box.example"})).check({"host": host})
    Gate(frozenset({"box.example"})).check({"host": "BOX.example:8083"})
