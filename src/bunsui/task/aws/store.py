"""The object store as a task on AWS sees it: a bucket, with copies in a folder of files that are opened or made.

The same meaning as `task.store.FolderStore`.
"""

from __future__ import annotations

import itertools
import os

from bunsui.task.aws.client import AwsError
from bunsui.task.aws.services import Bucket
from bunsui.task.failure import TaskFailure
from bunsui.task.store import make_folder

_ASIDE = ".aside"
_numbers = itertools.count()
FAILED = "Bunsui.ObjectStoreFailed"


class BucketStore:
    """Copies go when it is closed: the disk of a function is small, and stays between its calls."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._root = ""

    def path(self, key: str) -> str:
        """Of a copy, which is fetched when it is first asked for."""
        parts = key.split("/")
        if any(part in ("", ".", "..", _ASIDE) for part in parts):
            raise TaskFailure("Bunsui.ReferenceBroken", f"{key!r} is no key of the object store")
        path = os.path.join(self._folder(), *parts)
        if not os.path.exists(path):
            aside = self.aside()
            self._fetched(key, aside)
            make_folder(os.path.dirname(path))
            os.replace(aside, path)
        return path

    def aside(self) -> str:
        folder = os.path.join(self._folder(), _ASIDE)
        make_folder(folder)
        return os.path.join(folder, f"task-{os.getpid()}-{next(_numbers)}")

    def put(self, key: str, body: bytes) -> None:
        try:
            self._bucket.put(key, body)
        except AwsError as error:
            raise TaskFailure(FAILED, f"{key} could not be stored: {error}") from error

    def put_file(self, key: str, path: str) -> None:
        """Take over a file that lies `aside`; durable when it returns."""
        try:
            self._bucket.put_file(key, path)
        except AwsError as error:
            raise TaskFailure(FAILED, f"{key} could not be stored: {error}") from error
        target = os.path.join(self._folder(), *key.split("/"))
        make_folder(os.path.dirname(target))
        os.replace(path, target)

    def get(self, key: str) -> bytes:
        try:
            return self._bucket.get(key)
        except AwsError as error:
            raise _unread(key, error) from error

    def close(self) -> None:
        if self._root:
            import shutil

            shutil.rmtree(self._root, ignore_errors=True)
            self._root = ""

    def _folder(self) -> str:
        if not self._root:
            import tempfile  # most tasks have no files

            self._root = tempfile.mkdtemp(prefix="bunsui-")
        return self._root

    def _fetched(self, key: str, path: str) -> None:
        try:
            self._bucket.get_file(key, path)
        except AwsError as error:
            raise _unread(key, error) from error


def _unread(key: str, error: AwsError) -> TaskFailure:
    if error.status == 404:
        message = f"{key} cannot be read from the object store ({error.code}): was it purged?"
        return TaskFailure("Bunsui.ReferenceBroken", message)
    return TaskFailure(FAILED, f"{key} cannot be read from the object store: {error}")
