"""What the screen for browsing is told by the loader's threads."""

from __future__ import annotations

from dataclasses import dataclass

from bunsui.services.pipelines.desk import Listing
from bunsui.tui.messages import Told
from bunsui.tui.pipelines.messages import Looked


@dataclass(eq=False)
class Listed(Told):
    """`asked` is the address that was asked for; the listing has it whole. `after`: it is not its first page."""

    asked: str
    listing: Listing
    after: str = ""


@dataclass(eq=False)
class Peeked(Told):
    """What a file holds: what it would be as a pipeline, or why it cannot be read."""

    address: str
    looked: Looked | None
    problem: str = ""


@dataclass(eq=False)
class Found(Told):
    """What was typed as a path, whole."""

    address: str
    is_folder: bool
