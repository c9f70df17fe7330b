"""What the page of a deployment asks of the loader's threads: to plan, to carry out, to drop what is not wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.message_pump import MessagePump

from bunsui.model.deployment import Progress
from bunsui.services.deploying import Deployment
from bunsui.tui.deploy.messages import Deployed, Planned, Went
from bunsui.tui.loader import Job
from bunsui.tui.messages import Told
from bunsui.workspace import Workspace


def planned(sources: Sequence[str], to: MessagePump) -> Job:
    """Nothing is changed by it, but for what CloudFormation keeps of a plan."""
    return lambda workspace: Planned(workspace.environments.prepare(sources, _tells(to)))


def carried_out(deployment: Deployment, to: MessagePump) -> Job:
    def job(_workspace: Workspace) -> Told:
        deployment.carry_out(_tells(to))
        return Deployed()

    return job


def dropped(deployment: Deployment) -> Job:
    def job(_workspace: Workspace) -> None:
        deployment.drop()

    return job


def _tells(to: MessagePump) -> Callable[[Progress], None]:
    def tell(progress: Progress) -> None:
        to.post_message(Went(progress))

    return tell
