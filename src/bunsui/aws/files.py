"""Pipeline files in S3, by their address: read up to a limit, and listed page by page. Nothing is ever written here.

The store of Bunsui's own objects is in `objects`; what an address is made of in `bunsui.model.address`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from bunsui.aws.clients import Clients
from bunsui.aws.errors import Declined
from bunsui.errors import BunsuiError, InvalidInput, NotAllowed, NotFound, Unreachable
from bunsui.model.address import PIPELINE_ENDINGS, S3Address, parsed
from bunsui.model.listing import Entry, Listing

_BUCKET = re.compile(r"[A-Za-z0-9._-]{1,255}")
_TRIES = 3  # of reading a body, which botocore does not ask for again
_LARGEST = 1 << 20  # bytes of a pipeline file
_PAGE = 1000  # S3 gives no more at once
_NO_BUCKET, _NO_KEY = ("NoSuchBucket",), ("NoSuchKey", "404", "NotFound")
_NO_VERSION = ("NoSuchVersion", "InvalidArgument", "MethodNotAllowed", "405")
_EMPTY = ("InvalidRange", "416")  # any range of an object without bytes
_FROZEN = ("InvalidObjectState",)


class S3Files:
    """Safe to use from several threads."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def read(self, address: str, limit: int) -> bytes:
        """Raises NotFound, or InvalidInput when it names no object or one larger than `limit` bytes."""
        there = parsed(address)
        if not there.bucket or there.is_folder:
            raise InvalidInput(f"{address!r} is a folder, not a pipeline file", f"See what is there: {_listing(there)}")
        if not _BUCKET.fullmatch(there.bucket):
            raise InvalidInput(f"{there.bucket!r} cannot be the name of a bucket", "Write s3://BUCKET/KEY")
        body = self._read(there, limit)
        if len(body) > limit:
            raise InvalidInput(f"{address!r} is larger than {limit:,} bytes", "A pipeline file is text of some KB")
        return body

    def entries(self, address: str, most: int, after: str = "") -> Listing:
        """A page: buckets, what lies below a prefix, or the versions of an object. Never raises."""
        there = parsed(address)
        try:
            if not there.bucket:
                return self._buckets(most, after)
            return self._below(there, most, after) if there.is_folder else self._versions(there, most, after)
        except BunsuiError as error:
            return Listing(address, _above(there), problem=f"{error}. {error.hint}")

    def _read(self, there: S3Address, limit: int, tries: int = _TRIES) -> bytes:
        version = {"VersionId": there.version} if there.version else {}
        given = {"Bucket": there.bucket, "Key": there.key, "Range": f"bytes=0-{limit}", **version}
        try:
            answer = self._ask("get_object", there, (*_NO_KEY, *_NO_VERSION, *_EMPTY, *_FROZEN), **given)
        except Declined as no:
            if no.answer.code in _EMPTY:
                return b""
            raise _absent(there, no) from None
        try:
            return self._clients.body(answer["Body"], "s3", "get_object", str(there))
        except Unreachable:
            if tries == 1:
                raise
            return self._read(there, limit, tries - 1)

    def _buckets(self, most: int, after: str) -> Listing:
        more = {"ContinuationToken": after} if after else {}
        given: dict[str, Any] = {"MaxBuckets": min(most, _PAGE), **more}
        told = self._clients.ask("s3", "list_buckets", "all buckets", **given)
        names = (str(one["Name"]) for one in told.get("Buckets", ()))
        entries = tuple(Entry(name, str(S3Address(name)), True) for name in names)
        token = str(told.get("ContinuationToken") or "")
        return Listing(str(S3Address("")), entries=entries, more=bool(token), next=token)

    def _below(self, there: S3Address, most: int, after: str) -> Listing:
        more = {"ContinuationToken": after} if after else {}
        given: dict[str, Any] = {
            "Bucket": there.bucket,
            "Prefix": there.key,
            "Delimiter": "/",
            "MaxKeys": min(most, _PAGE),
            **more,
        }
        told = self._ask("list_objects_v2", there, **given)
        entries = (*_folders(there, told), *_objects(there, told))
        token = str(told.get("NextContinuationToken") or "")
        return Listing(str(there), _above(there), entries, more=bool(token), next=token)

    def _versions(self, there: S3Address, most: int, after: str) -> Listing:
        """Of one object, the newest first; `after` is the version that the page before ended with."""
        more = {"KeyMarker": there.key, "VersionIdMarker": after} if after else {}
        given: dict[str, Any] = {"Bucket": there.bucket, "Prefix": there.key, "MaxKeys": min(most, _PAGE), **more}
        told = self._ask("list_object_versions", there, **given)
        found = tuple(_version(there, one) for one in told.get("Versions", ()) if one["Key"] == there.key)
        goes_on = bool(told.get("IsTruncated")) and told.get("NextKeyMarker") == there.key
        token = str(told.get("NextVersionIdMarker") or "") if goes_on else ""
        return Listing(str(there), _above(there), found, more=goes_on, next=token)

    def _ask(self, method: str, there: S3Address, expect: tuple[str, ...] = (), **given: Any) -> Any:
        try:
            return self._clients.ask("s3", method, str(there), (*expect, *_NO_BUCKET), **given)
        except Declined as no:
            if no.answer.code not in _NO_BUCKET:
                raise
            hint = "See which there are: aws s3 ls; or sign in to the account that has it: export AWS_PROFILE=NAME"
            raise NotFound(f"there is no bucket {there.bucket!r}", hint) from None
        except NotAllowed as error:
            hint = f"{error.hint}. Without s3:ListBucket what does not exist is refused in the same way"
            raise NotAllowed(str(error), hint) from None


def _absent(there: S3Address, no: Declined) -> BunsuiError:
    if no.answer.code in _FROZEN:
        hint = f"Restore it: aws s3api restore-object --bucket {there.bucket} --key {shlex.quote(there.key)}"
        return InvalidInput(f"'{there}' is archived: S3 does not give it at once", hint)
    if there.version and no.answer.code not in _NO_KEY:
        command = f"aws s3api list-object-versions --bucket {there.bucket} --prefix {shlex.quote(there.key)}"
        return NotFound(f"'{there.newest}' has no version {there.version!r}", f"See which it has: {command}")
    return NotFound(f"there is no object '{there}'", f"See what is there: {_listing(there.folder)}")


def _listing(there: S3Address) -> str:
    return f"aws s3 ls {shlex.quote(str(there.newest))}" if there.bucket else "aws s3 ls"


def _above(there: S3Address) -> str:
    return str(there.folder) if there.key else str(S3Address("")) if there.bucket else ""


def _folders(there: S3Address, told: Mapping[str, Any]) -> Iterator[Entry]:
    for one in told.get("CommonPrefixes", ()):
        key = str(one["Prefix"])
        yield Entry(key.removeprefix(there.key).rstrip("/") or "/", str(S3Address(there.bucket, key)), True)


def _objects(there: S3Address, told: Mapping[str, Any]) -> Iterator[Entry]:
    for one in told.get("Contents", ()):
        key, size = str(one["Key"]), int(one["Size"])
        if key == there.key or key.endswith("/"):  # a mark that the folder is there
            continue
        yield Entry(
            key.removeprefix(there.key),
            str(S3Address(there.bucket, key)),
            False,
            size,
            pipeline=key.lower().endswith(PIPELINE_ENDINGS) and size <= _LARGEST,
            changed=_moment(one),
            has_versions=True,
        )


def _version(there: S3Address, one: Mapping[str, Any]) -> Entry:
    id = str(one["VersionId"])
    return Entry(
        id,
        str(S3Address(there.bucket, there.key, id)),
        False,
        int(one["Size"]),
        pipeline=int(one["Size"]) <= _LARGEST,
        changed=_moment(one),
        is_version=True,
    )


def _moment(one: Mapping[str, Any]) -> str:
    return f"{one['LastModified']:%Y-%m-%d %H:%M}" if one.get("LastModified") else ""
