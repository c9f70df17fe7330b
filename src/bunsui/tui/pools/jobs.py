"""What the screen of pools asks for and does, as jobs for the loader's threads, and the messages they answer with."""

from __future__ import annotations

from dataclasses import dataclass

from bunsui.errors import NotFound
from bunsui.model.status import SessionStatus
from bunsui.services.views import HeldSlots, PoolPage, PoolView
from bunsui.tui.loader import Job
from bunsui.tui.messages import Told
from bunsui.workspace import Workspace

_QUEUED = 200  # sessions, for the pipelines that they wait for


@dataclass(eq=False)
class Pools(Told):
    """All pools, then the pipelines whose own sessions wait for each other."""

    pools: tuple[PoolView, ...]


@dataclass(eq=False)
class Pool(Told):
    page: PoolPage


@dataclass(eq=False)
class Changed(Told):
    pool: PoolView


@dataclass(eq=False)
class Released(Told):
    pool: str
    held: HeldSlots


def pools(workspace: Workspace) -> Pools:
    queued = workspace.sessions.list(status=SessionStatus.QUEUED, limit=_QUEUED).sessions
    names = sorted({one.queue for one in queued if one.queue and "/" in one.queue})
    return Pools((*workspace.pools.list(), *(one for name in names if (one := _counted(workspace, name)))))


def _counted(workspace: Workspace, name: str) -> PoolView | None:
    try:
        return workspace.pools.show(name).pool
    except NotFound:
        return None


def pool(name: str) -> Job:
    return lambda workspace: Pool(workspace.pools.show(name))


def set_(name: str, slots: int) -> Job:
    return lambda workspace: Changed(workspace.pools.set(name, slots))


def drain(name: str, *, drained: bool) -> Job:
    return lambda workspace: Changed(workspace.pools.drain(name, drained=drained))


def release(name: str, session: str) -> Job:
    return lambda workspace: Released(name, workspace.pools.release(name, session))
