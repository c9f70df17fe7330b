"""The port ObjectStore on a bucket of S3, below a prefix. The folder's adapter is in `local`.

What is large goes in parts; an address that a person can open is signed, and good for some hours.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bunsui.aws.clients import Clients
from bunsui.aws.errors import Declined
from bunsui.errors import BunsuiError, Conflict, NotFound, Unreachable
from bunsui.ports import checked_key

_PART = 16 * 1024 * 1024  # what is larger goes in parts of this size
_HOURS_12 = 12 * 3600  # a signature of temporary credentials ends with them, perhaps sooner
_TAKEN, _AT_ONCE = ("PreconditionFailed", "412"), ("ConditionalRequestConflict", "409")
_GONE = ("NoSuchKey", "404", "NotFound")
_BEYOND = ("InvalidRange", "416")
_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)
_TRIES = 3  # of reading a body
_CHECKSUMS = ("ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256")
_MARK = "bunsui-write"  # tells our own write from another's, where the answer to it was lost


@dataclass(frozen=True, slots=True)
class Found:
    """An object and the tag that it has as long as it is not replaced."""

    body: bytes
    tag: str


class S3Client:
    """Safe to use from several threads and by any number of processes."""

    def __init__(
        self,
        clients: Clients,
        bucket: str,
        prefix: str = "",
        *,
        url_seconds: int = _HOURS_12,
        part: int = _PART,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`prefix` is "" or ends with a slash; nothing outside of it is ever touched."""
        self._clients = clients
        self._bucket = bucket
        self._prefix = prefix
        self._url_seconds = url_seconds
        self._part = part
        self._sleep = sleep

    def put(self, key: str, body: bytes) -> None:
        self._put(key, body)

    def put_if_absent(self, key: str, body: bytes, *, lasting: bool = True) -> bool:
        """Everything lasts in S3."""
        return self._put_on_condition(key, body, IfNoneMatch="*")

    def replace(self, key: str, body: bytes, tag: str) -> None:
        """Store it unless somebody replaced what `find` gave with this tag. Raises Conflict."""
        if not self._put_on_condition(key, body, IfMatch=tag):
            raise Conflict(f"{self._named(key)} was replaced meanwhile")

    def find(self, key: str) -> Found:
        """The object with its tag. Raises NotFound."""
        return self._read(key)

    def get(self, key: str, offset: int = 0, size: int | None = None) -> bytes:
        if size == 0:
            return b""
        if not offset and size is None:
            return self._read(key).body
        last = "" if size is None else str(offset + size - 1)
        try:
            return self._read(key, Range=f"bytes={offset}-{last}").body
        except Declined:  # it begins behind the end
            return b""

    def list(self, prefix: str, after: str = "") -> Iterator[str]:
        for found in self._listed(prefix, after):
            yield found["Key"].removeprefix(self._prefix)

    def delete(self, key: str) -> None:
        self._ask("delete_object", key, expect=_GONE)

    def size(self, prefix: str) -> int:
        return sum(found["Size"] for found in self._listed(prefix))

    def url(self, key: str) -> str:
        """Who has it may read the object until its time is over; `X-Amz-Expires` in it says when that is."""
        given = {"Bucket": self._bucket, "Key": self._full(key)}
        return self._clients.presigned("s3", "get_object", self._url_seconds, self._named(key), **given)

    def _get(self, key: str, **given: Any) -> Any:
        try:
            return self._ask("get_object", key, expect=(*_GONE, *_BEYOND), **given)
        except Declined as no:
            if no.answer.code in _BEYOND:
                raise
            raise NotFound(f"there is no object {self._named(key)}") from None

    def _read(self, key: str, tries: int = _TRIES, **given: Any) -> Found:
        """With its body, which botocore does not ask for again when the connection breaks below it."""
        answer = self._get(key, **given)
        try:
            body = self._clients.body(answer["Body"], "s3", "get_object", self._named(key))
        except Unreachable:
            if tries == 1:
                raise
            self._sleep(_PAUSES[-tries])
            return self._read(key, tries - 1, **given)
        return Found(body, answer["ETag"])

    def _listed(self, prefix: str, after: str = "") -> Iterator[Any]:
        given: dict[str, Any] = {"Bucket": self._bucket, "Prefix": self._prefix + prefix}
        if after:
            given["StartAfter"] = self._prefix + after
        for page in self._clients.pages("s3", "list_objects_v2", self._named(prefix), **given):
            yield from page.get("Contents", ())

    def _put_on_condition(self, key: str, body: bytes, **condition: str) -> bool:
        """False if the condition does not hold. Our own write that is found there does not count against it."""
        mark = uuid.uuid4().hex
        for pause in (*_PAUSES, None):
            try:
                self._put(key, body, (*_TAKEN, *_AT_ONCE, *_GONE), mark, **condition)
                return True
            except Declined as no:
                if no.answer.code not in _AT_ONCE:
                    return no.answer.attempts > 0 and self._mark(key) == mark
            if pause is not None:
                self._sleep(pause)
        raise Conflict(f"{self._named(key)} is written by too many at once")

    def _put(self, key: str, body: bytes, expect: tuple[str, ...] = (), mark: str = "", **given: Any) -> None:
        marked = {"Metadata": {_MARK: mark}} if mark else {}
        if len(body) > self._part:
            self._put_in_parts(key, body, expect, marked, given)
        else:
            self._ask("put_object", key, expect, Body=body, **marked, **given)

    def _put_in_parts(
        self, key: str, body: bytes, expect: tuple[str, ...], marked: dict[str, Any], condition: dict[str, Any]
    ) -> None:
        """Nothing is there until the last request; parts of one that fails are removed."""
        upload = self._ask("create_multipart_upload", key, **marked)["UploadId"]
        try:
            parts = list(self._parts(key, body, upload))
            whole = {"UploadId": upload, "MultipartUpload": {"Parts": parts}, **condition}
            self._ask("complete_multipart_upload", key, expect, **whole)
        except BaseException:
            with suppress(BunsuiError, Declined):  # what stays goes by the bucket's lifecycle
                self._ask("abort_multipart_upload", key, expect=("NoSuchUpload",), UploadId=upload)
            raise

    def _parts(self, key: str, body: bytes, upload: str) -> Iterator[dict[str, Any]]:
        view = memoryview(body)
        for number, begin in enumerate(range(0, len(body), self._part), start=1):
            part = bytes(view[begin : begin + self._part])
            answer = self._ask("upload_part", key, UploadId=upload, PartNumber=number, Body=part)
            checks = {name: answer[name] for name in _CHECKSUMS if name in answer}
            yield {"PartNumber": number, "ETag": answer["ETag"], **checks}

    def _mark(self, key: str) -> str:
        try:
            return str(self._ask("head_object", key, expect=_GONE)["Metadata"].get(_MARK, ""))
        except Declined:
            return ""

    def _full(self, key: str) -> str:
        return self._prefix + checked_key(key)

    def _named(self, key: str) -> str:
        return f"s3://{self._bucket}/{self._prefix}{key}"

    def _ask(self, method: str, key: str, expect: tuple[str, ...] = (), **given: Any) -> Any:
        given |= {"Bucket": self._bucket, "Key": self._full(key)}
        return self._clients.ask("s3", method, self._named(key), expect, **given)
