"""The few requests that a task makes of AWS, in its own words. How they travel is in `client`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from http.client import HTTPResponse
from typing import Any

from bunsui.task.aws.client import AwsError, Client, JsonClient
from bunsui.task.aws.credentials import Keys
from bunsui.task.aws.signing import quoted

_PART = 16 * 1024 * 1024  # what is larger goes in parts
_MOST_PARTS = 10_000
_ANSWER_TRIES = 40  # about ten minutes: an outcome that does not arrive is work done again
_IDS = {"s3": "S3", "dynamodb": "DYNAMODB", "states": "SFN", "ssm": "SSM", "secretsmanager": "SECRETS_MANAGER"}
_TARGETS = {
    "dynamodb": "DynamoDB_20120810",
    "states": "AWSStepFunctions",
    "ssm": "AmazonSSM",
    "secretsmanager": "secretsmanager",
}
_GONE = ("TaskTimedOut", "TaskDoesNotExist", "InvalidToken")
_TAKEN = ("PreconditionFailed", "412")


class Services:
    """Clients are made when they are first asked for."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        self._keys = Keys(environ)
        self._made: dict[str, JsonClient] = {}

    def bucket(self, name: str) -> Bucket:
        endpoint = self._named_endpoint("s3")
        if endpoint:
            return Bucket(Client("s3", endpoint, self._region, self._keys), f"/{name}")
        address = f"https://{name}.s3.{self._region}.{self._suffix}"
        return Bucket(Client("s3", address, self._region, self._keys), "")

    def table(self, name: str) -> Items:
        return Items(self._json("dynamodb"), name)

    def tokens(self) -> Tokens:
        return Tokens(self._json("states"))

    def secret(self, reference: str) -> str:
        """The value of ``ssm:NAME``, ``secretsmanager:NAME`` or ``secretsmanager:NAME#KEY``. Raises AwsError."""
        scheme, _, name = reference.partition(":")
        if scheme == "ssm":
            found = self._json("ssm").call("GetParameter", {"Name": name, "WithDecryption": True}, version="1.1")
            return str(found["Parameter"]["Value"])
        name, _, key = name.partition("#")
        found = self._json("secretsmanager").call("GetSecretValue", {"SecretId": name}, version="1.1")
        if "SecretString" not in found:
            raise AwsError("secretsmanager", "GetSecretValue", "NoText", f"{name} is binary")
        text = str(found["SecretString"])
        return text if not key else _member(text, name, key)

    def _json(self, service: str) -> JsonClient:
        if service not in self._made:
            endpoint = self._named_endpoint(service) or f"https://{service}.{self._region}.{self._suffix}"
            self._made[service] = JsonClient(service, endpoint, self._region, self._keys, _TARGETS[service])
        return self._made[service]

    def _named_endpoint(self, service: str) -> str:
        if self._environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
            return ""
        named = self._environ.get(f"AWS_ENDPOINT_URL_{_IDS[service]}")
        return named or self._environ.get("AWS_ENDPOINT_URL", "")

    @property
    def _suffix(self) -> str:
        return "amazonaws.com.cn" if self._region.startswith("cn-") else "amazonaws.com"


def _member(text: str, name: str, key: str) -> str:
    try:
        return str(json.loads(text)[key])
    except (ValueError, KeyError, TypeError):
        raise AwsError("secretsmanager", "GetSecretValue", "NoKey", f"{name} is no object with {key!r}") from None


class Bucket:
    def __init__(self, client: Client, base: str) -> None:
        self._client = client
        self._base = base

    def get(self, key: str) -> bytes:
        return self._client.ask("GetObject", "GET", self._path(key)).body

    def get_file(self, key: str, path: str) -> None:
        """A connection that breaks begins it anew: half a file is none."""

        def write(answer: HTTPResponse) -> None:
            with open(path, "wb") as file:
                while part := answer.read(1 << 20):
                    file.write(part)
            if answer.length:
                raise ConnectionError(f"{answer.length} bytes are missing")

        self._client.ask("GetObject", "GET", self._path(key), into=write)

    def put(self, key: str, body: bytes) -> None:
        self._client.ask("PutObject", "PUT", self._path(key), body=body)

    def put_if_absent(self, key: str, body: bytes, tries: int) -> bool:
        """False if something else is there already. What a lost answer had stored is not something else."""
        try:
            absent = {"If-None-Match": "*"}
            self._client.ask("PutObject", "PUT", self._path(key), headers=absent, body=body, tries=tries)
        except AwsError as error:
            if error.code not in _TAKEN:
                raise
            return self.get(key) == body
        return True

    def put_file(self, key: str, path: str) -> None:
        size = os.path.getsize(path)
        with open(path, "rb") as file:
            if size <= _PART:
                self.put(key, file.read())
                return
            upload = self._begun(key)
            try:
                part = max(_PART, -(-size // _MOST_PARTS))
                tags = [self._part(key, upload, number + 1, file.read(part)) for number in range(-(-size // part))]
                self._completed(key, upload, tags)
            except BaseException:
                self._aborted(key, upload)
                raise

    def _begun(self, key: str) -> str:
        answer = self._client.ask("CreateMultipartUpload", "POST", self._path(key), query={"uploads": ""})
        return answer.body.partition(b"<UploadId>")[2].partition(b"</UploadId>")[0].decode()

    def _part(self, key: str, upload: str, number: int, body: bytes) -> str:
        query = {"partNumber": str(number), "uploadId": upload}
        return self._client.ask("UploadPart", "PUT", self._path(key), query=query, body=body).headers["etag"]

    def _completed(self, key: str, upload: str, tags: list[str]) -> None:
        parts = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>" for number, tag in enumerate(tags, 1)
        )
        body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
        answer = self._client.ask(
            "CompleteMultipartUpload", "POST", self._path(key), query={"uploadId": upload}, body=body
        )
        if b"<Error>" in answer.body:  # a failure that comes after the status
            raise AwsError("s3", "CompleteMultipartUpload", "InternalError", answer.body.decode("utf-8", "replace"))

    def _aborted(self, key: str, upload: str) -> None:
        try:
            self._client.ask("AbortMultipartUpload", "DELETE", self._path(key), query={"uploadId": upload}, tries=1)
        except AwsError:
            return  # what stays goes by the bucket's lifecycle

    def _path(self, key: str) -> str:
        return f"{self._base}/{quoted(key, '/')}"


class Items:
    """Records of the table as `aws.items` has them: a body of JSON text, a revision that rises, a mark of the write."""

    def __init__(self, client: JsonClient, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, partition: str, sort: str) -> Any:
        """The body, or None."""
        key = {"pk": {"S": partition}, "sk": {"S": sort}}
        found = self._client.call("GetItem", {"TableName": self._table, "Key": key, "ConsistentRead": True})
        return json.loads(found["Item"]["body"]["S"]) if found.get("Item") else None

    def put(self, partition: str, sort: str, body: Mapping[str, Any], tries: int) -> None:
        """Whatever was there."""
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        self._client.call(
            "UpdateItem",
            {
                "TableName": self._table,
                "Key": {"pk": {"S": partition}, "sk": {"S": sort}},
                "UpdateExpression": "SET #b = :b, #m = :m ADD #r :one",
                "ExpressionAttributeNames": {"#b": "body", "#m": "mark", "#r": "revision"},
                "ExpressionAttributeValues": {
                    ":b": {"S": text},
                    ":m": {"S": os.urandom(16).hex()},
                    ":one": {"N": "1"},
                },
            },
            tries,
        )


class Tokens:
    """Answers to what an execution waits for. False: nothing waits any more."""

    def __init__(self, client: JsonClient) -> None:
        self._client = client

    def succeed(self, token: str, output: str) -> bool:
        return self._told("SendTaskSuccess", {"taskToken": token, "output": output}, _ANSWER_TRIES)

    def fail(self, token: str, error: str, cause: str) -> bool:
        return self._told("SendTaskFailure", {"taskToken": token, "error": error[:256], "cause": cause}, _ANSWER_TRIES)

    def beat(self, token: str) -> bool:
        return self._told("SendTaskHeartbeat", {"taskToken": token}, 2)

    def _told(self, action: str, given: dict[str, str], tries: int) -> bool:
        try:
            self._client.call(action, given, tries)
        except AwsError as error:
            if error.code in _GONE:
                return False
            raise
        return True
