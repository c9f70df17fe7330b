"""A home's supervisor, begun before it is known what for: its start goes on while this process imports the rest.

Everything imported here is imported before that, so it is little. Who uses what was begun: `host`.
"""

from __future__ import annotations

from pathlib import Path

from bunsui.local.election import is_held
from bunsui.local.home import Home, open_home
from bunsui.local.supervisor.client import SupervisorClient

_begun: dict[Path, SupervisorClient] = {}


def begin(path: Path, workers: int) -> None:
    """Waits for nothing. Where an engine runs there is a supervisor already. Raises BackendError."""
    home = open_home(path)
    if path not in _begun and not is_held(home.lock):
        _begun[path] = _client(home, workers)
        _begun[path].prepare()


def client(home: Home, workers: int) -> SupervisorClient:
    """The one that began, or a new one."""
    return _begun.pop(home.path, None) or _client(home, workers)


def _client(home: Home, workers: int) -> SupervisorClient:
    return SupervisorClient(home.path, home.socket("supervisor.sock"), workers)
