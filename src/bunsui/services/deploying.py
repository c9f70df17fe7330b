"""What workspaces know of environments on AWS: plan, deploy, look at, remove. How that is done is the backend's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from bunsui.model.deployment import Contents, DeploymentPlan, EnvironmentState, Progress

Tell = Callable[[Progress], None]


class Deployment(Protocol):
    """Planned, and not yet carried out."""

    @property
    def plan(self) -> DeploymentPlan:
        """What would change."""

    def carry_out(self, tell: Tell) -> None:
        """As planned; the same again does nothing. Raises BackendError with the reason of what failed."""

    def drop(self) -> None:
        """It is not to be carried out, and leaves nothing behind."""

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Templates and packages by their names, for who deploys them himself."""


class Environments(Protocol):
    """Of one context. `tell` is told what goes on meanwhile."""

    def prepare(self, sources: Sequence[str], tell: Tell) -> Deployment:
        """Of the environment itself, and of pipelines by their files or names. Raises BunsuiError."""

    def contents(self) -> Contents:
        """What the end of it would take along. Raises NotFound."""

    def destroy(self, contents: Contents, tell: Tell) -> None:
        """All of it. Raises BackendError where something stays; the same again goes on."""

    def status(self) -> EnvironmentState:
        """As it is. Raises BackendError where nothing was deployed."""
