"""Addresses of files as one would type them here. Pure, but for the current folder."""

from __future__ import annotations

import os

from bunsui.model.address import PIPELINE_ENDINGS, folder_of, is_remote, parsed
from bunsui.model.session import Session


def near(path: str) -> str:
    """From the current folder, where that is shorter. The address of another store stays as it is."""
    if not os.path.isabs(path):
        return path
    try:
        here = os.path.relpath(path)
    except OSError:  # the current folder is gone
        return path
    return here if len(here) < len(path) and not here.startswith("..") else path


def whole(path: str) -> str:
    """From the root, as far as there is a current folder. The address of another store is whole already."""
    if is_remote(path):
        return path
    path = os.path.expanduser(path)
    return os.path.join(current(), path)


def as_folder(address: str) -> str:
    """What is browsed when this is typed: of a file in S3 the folder around it. Paths stay as they are."""
    if not is_remote(address) or parsed(address).is_folder:
        return address
    return f"{folder_of(address)}/" if address.endswith(PIPELINE_ENDINGS) else f"{address}/"


def current() -> str:
    """The current folder; empty where it is gone."""
    try:
        return os.getcwd()
    except OSError:
        return ""


def file_of(session: Session) -> str:
    """The file that a session was run from: as it was said then, where that means the same file from here, too."""
    if is_remote(session.source):
        return session.source
    there = os.path.join(session.runtime.folder, os.path.basename(session.source))
    here = whole(session.source)
    return (
        near(there) if os.path.isfile(there) and os.path.realpath(here) != os.path.realpath(there) else session.source
    )
