"""The port StateMachines on the local engine: commands go to whoever is the engine, reads go to the file.

Step Functions' adapter is in `aws`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from bunsui.errors import BackendError
from bunsui.local import machines
from bunsui.local.background import spawn_background
from bunsui.local.election import is_held
from bunsui.local.home import Home
from bunsui.local.inbox import Inbox
from bunsui.local.reading import EngineReader
from bunsui.local.replies import value_of
from bunsui.model.history import Execution, HistoryEvent
from bunsui.model.json import Json
from bunsui.model.machine import CompiledMachine
from bunsui.ports import Answer

_FIRST_PAUSE = 0.002  # seconds between two looks for the reply; grows
_LONGEST_PAUSE = 0.05
_ENSURE_SECONDS = 0.5  # between two looks whether there is an engine
_PATIENCE = 60.0


class Host(Protocol):
    """An engine in this process, if it is elected."""

    @property
    def elected(self) -> bool:
        """Whether the home's engine runs here."""

    @property
    def trouble(self) -> str:
        """What keeps it waiting, such as a full disk; empty if nothing does."""

    def start_in_thread(self) -> None:
        """Serve as soon as elected."""

    def submit(self, kind: str, body: Mapping[str, Any]) -> Any:
        """Have it carry out a command."""

    def run_until_idle(self, linger: float = 0.0) -> None:
        """Serve in this thread until nothing is open or due for `linger` seconds."""

    def stop(self) -> None:
        """End after the current turn."""


class LocalStateMachines:
    """Safe to use from several threads.

    With a `host` its engine is used when it is elected, and started when there is none; without one, `ensure` is
    called when there is no engine (by default it starts one in the background).
    """

    def __init__(
        self,
        home: Home,
        host: Host | None = None,
        ensure: Callable[[], None] | None = None,
        patience: float = _PATIENCE,
    ) -> None:
        self._home = home
        self._host = host
        self._ensure = ensure or (host.start_in_thread if host else lambda: spawn_background(home))
        self._patience = patience
        self._reader = EngineReader(home)
        self._inbox = Inbox(home)
        self._deployed: tuple[CompiledMachine, str] | None = None  # the last: it is often asked for again

    def deploy(self, machine: CompiledMachine) -> str:
        known = self._deployed
        if known is None or known[0] is not machine or not self._reader.has_machine(known[1]):
            body = machines.body_of(machine)
            arn = machines.deploy(body, self._reader) or str(self.command("deploy", body))
            known = self._deployed = (machine, arn)
        return known[1]

    def start(self, machine_arn: str, name: str, input: Json) -> str:
        return str(self.command("start", {"machine": machine_arn, "name": name, "input": input}))

    def stop(self, arn: str, error: str, cause: str) -> Sequence[str]:
        """All that it began is a process of the supervisor's, which kills it."""
        self.command("stop", {"arn": arn, "error": error, "cause": cause})
        return ()

    def redrive(self, arn: str) -> None:
        self.command("redrive", {"arn": arn})

    def describe(self, arn: str) -> Execution:
        return self._reader.describe(arn)

    def history(self, arn: str, after: int = 0) -> Iterator[HistoryEvent]:
        return self._reader.history(arn, after)

    def children(self, arn: str) -> Sequence[str]:
        return self._reader.children(arn)

    def answer(self, token: str, answer: Answer) -> None:
        body = {"token": token, "output": answer.output, "error": answer.error, "cause": answer.cause}
        self.command("answer", body)

    def forget(self, arns: Sequence[str]) -> None:
        if arns:
            self.command("forget", {"arns": list(arns)})

    def open_executions(self) -> int:
        """How many executions are running in this home."""
        return self._reader.open_count()

    def close(self) -> None:
        self._inbox.close()
        self._reader.close()

    def command(self, kind: str, body: Mapping[str, Any]) -> Any:
        """Have the home's engine carry it out; its answer, once it is durable."""
        host = self._host
        if not (host and host.elected) and not is_held(self._home.lock):
            self._ensure()
        if host and host.elected:
            return host.submit(kind, body)
        id = self._inbox.send(kind, body)
        return value_of(self._reply(id, kind))

    def _reply(self, id: str, kind: str) -> Mapping[str, Any]:
        began = ensured = time.monotonic()
        pause = _FIRST_PAUSE
        while (reply := self._inbox.reply(id)) is None:
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)
            now = time.monotonic()
            if now - ensured > _ENSURE_SECONDS:
                ensured = now
                if not is_held(self._home.lock):
                    self._ensure()
                self._inbox.wake()
            if now - began > self._patience:
                raise BackendError(
                    f"the engine did not answer {kind} within {self._patience:.0f} seconds",
                    f"It is kept and will be carried out. Look at {self._home.run / 'engine.log'}",
                )
        self._inbox.forget(id)
        return reply
