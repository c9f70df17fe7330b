"""What botocore raises and AWS answers, with nobody asked: each an error of ours with the next thing to type."""

from __future__ import annotations

from typing import Any

import pytest
from botocore import exceptions as botos

from bunsui.aws.errors import Asked, Place, is_botos, translated
from bunsui.errors import BackendError, BunsuiError, InvalidInput, NoCredentials, NotAllowed, NotFound, Unreachable

PLACE = Place("work", "eu-west-1", sso=True)
ASKED = Asked("states", "RedriveExecution", "arn:aws:states:eu-west-1:1:execution:m:e", PLACE)


def answered(code: str, message: str = "", asked: Asked = ASKED, **more: Any) -> BunsuiError:
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}, **more}
    return translated(botos.ClientError(response, asked.action), asked)


@pytest.mark.parametrize(
    ("error", "kind", "hint"),
    [
        (botos.NoCredentialsError(), NoCredentials, "aws sso login --profile work"),
        (botos.SSOTokenLoadError(error_msg="x"), NoCredentials, "aws sso login --profile work"),
        (botos.UnauthorizedSSOTokenError(), NoCredentials, "aws sso login --profile work"),
        (botos.TokenRetrievalError(provider="sso", error_msg="x"), NoCredentials, "aws sso login --profile work"),
        (
            botos.CredentialRetrievalError(provider="process", error_msg="SECRET"),
            NoCredentials,
            "aws sts get-caller-identity --profile work",
        ),
        (botos.ProfileNotFound(profile="work"), NoCredentials, "aws configure list-profiles"),
        (botos.NoRegionError(), BackendError, "AWS_REGION="),
        (botos.InvalidRegionError(region_name="no/where"), BackendError, "AWS_REGION="),
        (botos.EndpointConnectionError(endpoint_url="https://x"), Unreachable, "AWS_REGION=eu-west-1"),
        (botos.ConnectTimeoutError(endpoint_url="https://x"), Unreachable, "HTTPS_PROXY"),
        (botos.ProxyConnectionError(proxy_url="http://p"), Unreachable, "HTTPS_PROXY"),
        (botos.SSLError(endpoint_url="https://x", error="e"), Unreachable, "AWS_CA_BUNDLE"),
        (botos.ReadTimeoutError(endpoint_url="https://x"), Unreachable, "nothing is done twice"),
        (botos.ConnectionClosedError(endpoint_url="https://x"), Unreachable, "nothing is done twice"),
        (botos.ParamValidationError(report="name is too long"), InvalidInput, "Shorten"),
        (botos.DataNotFoundError(data_path="x"), BackendError, "aws sts get-caller-identity --profile work"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_botocore_raises_says_what_to_type(error: Exception, kind: type[BunsuiError], hint: str) -> None:
    made = translated(error, ASKED)
    assert type(made) is kind
    assert hint in made.hint
    assert "SECRET" not in str(made) + made.hint


def test_whoever_has_no_sso_is_not_sent_to_it() -> None:
    for place, command in (
        (Place("", "eu-west-1"), "aws configure,"),
        (Place("default", "eu-west-1", sso=True), "aws sso login,"),
        (Place("w", "eu-west-1", login=True), "aws login --profile w,"),
    ):
        made = translated(botos.NoCredentialsError(), Asked("s3", "GetObject", "", place))
        assert f"Sign in: {command}" in made.hint


def test_what_a_context_says_is_mended_in_its_file() -> None:
    fixed = Place("work", "eu-west-1", fixed=frozenset(("profile", "region")))
    asked = Asked("dynamodb", "GetItem", "the table records", fixed)
    assert 'profile = "NAME" in bunsui.toml' in translated(botos.ProfileNotFound(profile="work"), asked).hint
    assert translated(botos.NoRegionError(), asked).hint == 'Name it: region = "eu-west-1" in bunsui.toml'
    assert answered("ResourceNotFoundException", asked=asked).hint.endswith(
        "or look in another context: --context NAME"
    )


@pytest.mark.parametrize(
    ("message", "action", "resource"),
    [
        (
            "User: arn:aws:sts::1:assumed-role/r/me is not authorized to perform: dynamodb:PutItem on resource: "
            "arn:aws:dynamodb:eu-west-1:1:table/records because no identity-based policy allows the action",
            "dynamodb:PutItem",
            "arn:aws:dynamodb:eu-west-1:1:table/records",
        ),
        (
            'User: arn:aws:iam::1:user/me is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::b/k" '
            "with an explicit deny in a resource-based policy",
            "s3:PutObject",
            "arn:aws:s3:::b/k",
        ),
        ("Access Denied", "states:RedriveExecution", "arn:aws:states:eu-west-1:1:execution:m:e"),
        ("", "states:RedriveExecution", "arn:aws:states:eu-west-1:1:execution:m:e"),
    ],
)
def test_a_missing_permission_is_named_with_its_resource(message: str, action: str, resource: str) -> None:
    made = answered("AccessDeniedException", message)
    assert isinstance(made, NotAllowed)
    assert f"{action} on {resource}" in made.hint
    assert ("denies it explicitly" in str(made)) == ("explicit deny" in message)


def test_a_permission_is_named_as_iam_spells_it() -> None:
    listing = Asked("s3", "ListObjectsV2", "s3://bucket/logs/", PLACE)
    assert "s3:ListBucket on s3://bucket/logs/" in answered("AccessDenied", "Access Denied", listing).hint


def test_what_aws_quotes_of_a_signature_is_not_passed_on() -> None:
    quoted = "The Canonical String for this request should have been 'x-amz-security-token:SECRET'"
    for code in ("SignatureDoesNotMatch", "InvalidSignatureException"):
        made = answered(code, quoted)
        assert isinstance(made, NoCredentials)
        assert "SECRET" not in str(made) + made.hint


def test_a_clock_that_is_wrong_is_said_to_be() -> None:
    for code, message in (("RequestTimeTooSkewed", ""), ("InvalidSignatureException", "Signature expired: 1 is now")):
        assert "clock" in str(answered(code, message))


def test_what_does_not_exist_is_not_found_and_an_environment_is_to_be_deployed() -> None:
    assert isinstance(answered("ExecutionDoesNotExist"), NotFound)
    assert "bunsui env deploy" in answered("ResourceNotFoundException").hint
    assert "bunsui env deploy" in answered("NoSuchBucket").hint


def test_a_code_with_its_namespace_is_the_same_code() -> None:
    assert isinstance(answered("com.amazonaws.states#ExecutionDoesNotExist"), NotFound)


def test_what_is_broken_there_is_no_mistake_of_the_user() -> None:
    made = answered("Strange", ResponseMetadata={"HTTPStatusCode": 503})
    assert isinstance(made, Unreachable)


def test_errors_of_others_are_not_taken_for_botos() -> None:
    assert is_botos(botos.NoRegionError())
    assert not is_botos(ConnectionError("a socket of ours"))
    assert not is_botos(NotFound("x"))
