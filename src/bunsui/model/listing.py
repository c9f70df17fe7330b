"""What lies in a folder, or below a prefix: as people browse for pipeline files. Who lists it is an adapter's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """What lies in a folder. `link` is where a link leads; `loops` if that is a folder around it.

    `pipeline`: by its first lines, or at least by its name, it could be one. `changed` is when it was written, for
    people; `has_versions` if earlier ones may be kept, `is_version` if it is one of them.
    """

    name: str
    address: str
    is_folder: bool
    size: int = 0
    link: str = ""
    loops: bool = False
    pipeline: bool = False
    readable: bool = True
    changed: str = ""
    has_versions: bool = False
    is_version: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A folder: folders first, by name. `problem` says why it cannot be read; `more`: not all is here.

    `address` is whole; `above` is that of the folder around it, empty where there is none. `next` is where a store
    that lists page by page goes on.
    """

    address: str
    above: str = ""
    entries: tuple[Entry, ...] = ()
    more: bool = False
    problem: str = ""
    next: str = ""
