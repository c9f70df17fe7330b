"""Signatures, held against botocore's: MiniStack takes any."""

from __future__ import annotations

import calendar
import hashlib
import time

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials

from bunsui.task.aws.credentials import Credentials
from bunsui.task.aws.signing import Request, quoted, signed

HOST = "bunsui-dev-000000000000-eu-west-1.s3.eu-west-1.amazonaws.com"


@pytest.mark.parametrize("token", ["", "a/session+token=="])
@pytest.mark.parametrize(
    ("method", "key", "query", "headers"),
    [
        ("PUT", "logs/s-1/load/1.0.0/000001.jsonl", {}, {"If-None-Match": "*"}),
        ("GET", "outputs/s/op/1.0.0/files/a b+c=d~é%2F(1).csv", {}, {}),
        ("PUT", "outputs/x", {"partNumber": "2", "uploadId": "a b/c+d=="}, {}),
        (
            "POST",
            "outputs/x",
            {"uploads": ""},
            {"Content-Type": "text/plain", "X-Odd": "  two   words "},
        ),
    ],
)
def test_a_signature_is_botocores(
    token: str, method: str, key: str, query: dict[str, str], headers: dict[str, str]
) -> None:
    body = b'{"a": 1}'
    request = Request(method, HOST, f"/{quoted(key, '/')}", query, headers, hashlib.sha256(body).hexdigest())
    theirs = AWSRequest(method, f"https://{HOST}{request.target}", dict(headers), body)
    S3SigV4Auth(BotoCredentials("AKID", "secret/key", token or None), "s3", "eu-west-1").add_auth(theirs)
    at = calendar.timegm(time.strptime(theirs.context["timestamp"], "%Y%m%dT%H%M%SZ"))
    ours = signed(request, Credentials("AKID", "secret/key", token), "s3", "eu-west-1", float(at))
    assert ours["X-Amz-Content-Sha256"] == theirs.headers["X-Amz-Content-SHA256"]
    assert ours["Authorization"] == theirs.headers["Authorization"]
