"""Addresses of objects in S3, as people type them: ``s3://bucket/key``, perhaps with ``?versionId=``. Pure text.

Who reads what lies there is in `aws`; a path of this machine is no concern here.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

SCHEME = "s3://"
PIPELINE_ENDINGS = (".yaml", ".yml", ".json")
_VERSION = "?versionId="


def is_remote(address: str) -> bool:
    """Whether it leads to S3."""
    return address.startswith(SCHEME)


@dataclass(frozen=True, slots=True)
class S3Address:
    """`key` is empty for a bucket, and ends with a slash for a folder; `bucket` is empty for all buckets."""

    bucket: str
    key: str = ""
    version: str = ""

    def __str__(self) -> str:
        where = f"{SCHEME}{self.bucket}/{self.key}" if self.bucket else SCHEME
        return where + (f"{_VERSION}{self.version}" if self.version else "")

    @property
    def is_folder(self) -> bool:
        return not self.key or self.key.endswith("/")

    @property
    def folder(self) -> S3Address:
        """What it lies in: of a folder itself the folder around it."""
        inside = self.key.rstrip("/").rpartition("/")
        return S3Address(self.bucket, inside[0] + inside[1])

    @property
    def newest(self) -> S3Address:
        """Without a version: whichever is the newest."""
        return S3Address(self.bucket, self.key)


def parsed(address: str) -> S3Address:
    """Of an address that `is_remote`."""
    where, _, version = address.removeprefix(SCHEME).partition(_VERSION)
    bucket, _, key = where.partition("/")
    return S3Address(bucket, key, version)


def folder_of(address: str) -> str:
    """What relative paths of the file there start from, without a slash at its end."""
    return str(parsed(address).folder).rstrip("/")


def beside(folder: str, wanted: str) -> str | None:
    """The address that a relative path means from a folder in S3; None for one that leads out of its bucket.

    What is an address already stays one.
    """
    if is_remote(wanted):
        return wanted
    place = parsed(folder + "/")
    key = posixpath.normpath(posixpath.join(place.key, wanted))
    if wanted.startswith(("/", "~")) or key == ".." or key.startswith("../"):
        return None
    return str(S3Address(place.bucket, key))
