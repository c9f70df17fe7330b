"""What the page of a deployment is told by the loader's threads."""

from __future__ import annotations

from dataclasses import dataclass

from bunsui.model.deployment import Progress
from bunsui.services.deploying import Deployment
from bunsui.tui.messages import Told


@dataclass(eq=False)
class Planned(Told):
    """What would change; it holds what is to be carried out."""

    deployment: Deployment


@dataclass(eq=False)
class Went(Told):
    """One thing that CloudFormation did."""

    progress: Progress


@dataclass(eq=False)
class Deployed(Told):
    """All of it stands."""
