"""How clients find whom to ask and as who: the user's own settings, and what is wrong with them. Nothing is asked."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bunsui.aws.clients import Clients
from bunsui.errors import BackendError, NoCredentials

CONFIG = """
[profile work]
region = eu-west-1
sso_session = corp
sso_account_id = 123456789012
sso_role_name = dev

[sso-session corp]
sso_start_url = https://example.com/start
sso_region = eu-west-1

[profile plain]
region = eu-west-3
endpoint_url = http://127.0.0.1:9

[profile parted]
region = eu-west-3
services = mine

[services mine]
dynamodb =
  endpoint_url = http://127.0.0.1:3
"""


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [one for one in os.environ if one.startswith("AWS_")]:
        monkeypatch.delenv(name)
    (tmp_path / "config").write_text(CONFIG)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))


def test_a_profile_gives_its_region_and_how_one_signs_in() -> None:
    place = Clients("work").place
    assert (place.profile, place.region, place.sso, place.endpoint) == ("work", "eu-west-1", True, "")


def test_a_region_that_is_named_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "work")
    assert Clients().place.region == "eu-west-1"
    assert Clients(region="us-west-2").place.region == "us-west-2"


def test_an_endpoint_comes_from_what_is_handed_in_the_environment_or_the_profile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Clients("plain").place.endpoint == "http://127.0.0.1:9"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:10")
    assert Clients("plain").place.endpoint == "http://127.0.0.1:10"
    assert Clients("plain", endpoint="http://127.0.0.1:11").place.endpoint == "http://127.0.0.1:11"
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert Clients("plain").place.endpoint == ""


def test_a_service_may_have_an_endpoint_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", "http://127.0.0.1:2")
    monkeypatch.setenv("AWS_PROFILE", "parted")
    clients = Clients()
    at = {service: clients._client(service).meta.endpoint_url for service in ("s3", "stepfunctions", "dynamodb")}
    assert at == {"s3": "http://127.0.0.1:1", "stepfunctions": "http://127.0.0.1:2", "dynamodb": "http://127.0.0.1:3"}
    url = clients.presigned("s3", "get_object", 600, "", Bucket="bucket", Key="k")
    assert url.startswith("http://127.0.0.1:1/bucket/k?")
    for service, address in at.items():
        assert clients._asked_at(service).endpoint == address


def test_who_is_not_signed_in_is_told_the_very_command() -> None:
    with pytest.raises(NoCredentials) as raised:
        Clients("work").ask("stepfunctions", "describe_execution", executionArn="arn")
    assert "aws sso login --profile work" in raised.value.hint


def test_whoever_has_no_credentials_at_all_is_told_so() -> None:
    with pytest.raises(NoCredentials) as raised:
        Clients(region="eu-west-1").ask("dynamodb", "list_tables")
    assert "AWS_PROFILE" in raised.value.hint


def test_a_profile_that_is_not_there_is_named() -> None:
    with pytest.raises(NoCredentials, match="'nobody'") as raised:
        Clients("nobody").ask("dynamodb", "list_tables")
    assert "aws configure list-profiles" in raised.value.hint


def test_a_missing_region_is_asked_for() -> None:
    with pytest.raises(BackendError) as raised:
        Clients().ask("dynamodb", "list_tables")
    assert "AWS_REGION" in raised.value.hint


def test_without_boto3_one_is_told_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(BackendError) as raised:
        Clients(region="eu-west-1").ask("dynamodb", "list_tables")
    assert "pip install 'bunsui[aws]'" in raised.value.hint


def test_how_often_is_tried_is_the_users_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    own = Clients(region="eu-west-1")._client("dynamodb").meta.config
    assert (own.retries["mode"], own.retries["total_max_attempts"]) == ("standard", 4)
    assert (own.connect_timeout, own.read_timeout) == (5, 20)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")
    assert Clients(region="eu-west-1")._client("dynamodb").meta.config.retries["total_max_attempts"] == 9


def test_an_address_to_an_object_is_signed_without_asking_and_says_how_long_it_is_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    given = {"Bucket": "bucket", "Key": "a b"}
    url = Clients(region="eu-west-3").presigned("s3", "get_object", 600, "s3://bucket/a b", **given)
    assert url.startswith("https://bucket.s3.eu-west-3.amazonaws.com/a%20b?")
    assert "X-Amz-Expires=600" in url
