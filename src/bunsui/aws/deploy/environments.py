"""What entry points are handed: plan, deploy, look at and remove the environment of a context."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bunsui.aws.deploy import status as looking
from bunsui.aws.deploy.deployer import Deployer, House, Prepared
from bunsui.aws.deploy.destroyer import Destroyer
from bunsui.aws.deploy.status import Digests
from bunsui.errors import BunsuiError, InvalidInput, Refused
from bunsui.model.context import Context
from bunsui.model.deployment import Contents, DeploymentPlan, EnvironmentState, Progress

Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Deployment:
    _deployer: Deployer
    _prepared: Prepared
    _check: Callable[[], None]

    @property
    def plan(self) -> DeploymentPlan:
        return self._prepared.plan

    def carry_out(self, tell: Tell) -> None:
        """As planned; the same again does nothing. Raises BackendError with the reason of what failed."""
        self._check()
        self._deployer.carry_out(self._prepared, tell)

    def drop(self) -> None:
        """It is not to be carried out, and leaves nothing behind."""
        self._deployer.forget(self._prepared)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Templates and packages by their names, for who deploys them himself."""
        return self._deployer.templates(self._prepared)


class Environments:
    """Of one context; nothing is opened before it is needed."""

    def __init__(self, context: Context, house: House) -> None:
        if context.backend != "aws":
            message = f"the context {context.name} is on this machine: there is nothing to deploy"
            raise InvalidInput(message, "Name a context on AWS: --context NAME, see bunsui context list")
        self._context, self._house = context, house

    def prepare(self, sources: Sequence[str], tell: Tell) -> Deployment:
        """A plan, with all that it takes to carry it out. Raises BunsuiError: what cannot be deployed, and why."""
        deployer = Deployer(self._context, self._house)
        return Deployment(deployer, deployer.prepare(sources, tell), self._check)

    def contents(self) -> Contents:
        """What the end of it would take along."""
        return Destroyer(self._context).contents()

    def destroy(self, contents: Contents, tell: Tell) -> None:
        self._check()
        Destroyer(self._context).destroy(contents, tell)

    def status(self) -> EnvironmentState:
        return looking.status(self._context, self._here)

    def _here(self, source: str) -> Digests | None:
        """None where the file is not on this machine, or not valid."""
        try:
            machine = self._house.compile(self._house.load(source))
        except BunsuiError:
            return None
        return Digests(machine.sha256, self._house.code_digest(machine))

    def _check(self) -> None:
        if self._context.read_only:
            hint = "Act in a context that may be changed: --context NAME, see bunsui context list"
            raise Refused(f"the context {self._context.name} is read-only: nothing in it is changed", hint)
