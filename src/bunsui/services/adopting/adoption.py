"""Adoption: an existing state machine is registered, and its executions, whoever starts them, become sessions.

What an execution is as a session is in `executions`. Nothing of the machine is changed: sessions are watched,
analysed, redriven and reported on by the services of all others.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from bunsui.errors import AlreadyExists, BackendError, Conflict, InvalidInput, NotFound, Refused
from bunsui.model.session import Session
from bunsui.model.status import SESSION_STATUS_OF_EXECUTION, ExecutionStatus, SessionStatus
from bunsui.ports import ExistingMachine, ExistingMachines, Listed, Record
from bunsui.services.adopting.executions import pipeline_of, session_id, session_of
from bunsui.services.agenda import due_at
from bunsui.services.logs.session_log import SessionLog
from bunsui.services.pipelines.registry import Registry, definition_key
from bunsui.services.pipelines.views import PipelineVersion
from bunsui.services.records.files import SessionFiles
from bunsui.services.records.sessions import SessionStore
from bunsui.services.records.transitions import moved
from bunsui.services.wiring import Ports, Surroundings, rfc3339

ADOPTED = "adopted"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_EVERY = 60.0  # seconds between two looks for executions
_AFTER_TROUBLE = 600.0
_MOST = 1000  # executions of one look; what is older stays unseen
_FIRST = 25  # of the first look, if nobody says otherwise


@dataclass(frozen=True, slots=True)
class Adopted:
    """What was registered, and the sessions that were found this time, the newest first."""

    version: PipelineVersion
    sessions: tuple[Session, ...] = ()


class Adoption:
    def __init__(
        self, ports: Ports, around: Surroundings, refresh: Callable[[str], Session], existing: ExistingMachines
    ) -> None:
        """`refresh` folds in what a session's execution did."""
        self._existing = existing
        self._ports = ports
        self._around = around
        self._refresh = refresh
        self._registry = Registry(ports.table)
        self._store = SessionStore(ports.table)
        self._files = SessionFiles(ports.table, ports.objects)
        self._log = SessionLog(ports.objects)

    def adopt(self, arn: str, name: str = "", most: int = _FIRST) -> Adopted:
        """Register it; its newest executions, or the one that was named, become sessions. Safe to repeat."""
        if self._ports.runs_here:
            hint = "Choose a context of AWS: --backend aws, or bunsui context use NAME"
            raise Refused("what is adopted is kept in an environment on AWS, and this context is none", hint)
        machine = self._existing.machine(arn)
        if machine.express:
            hint = f"Its definition can be had: bunsui pipeline import {machine.arn}"
            raise Refused(f"{machine.name} is an Express state machine: AWS keeps no history of its executions", hint)
        version = self._registered(machine, name or named(machine.name))
        self._agenda(version.name, machine.arn)
        if ":execution:" in arn:
            one = Listed(arn, arn.rpartition(":")[2], ExecutionStatus.RUNNING)
            return Adopted(version, self._sessions(version, machine, [one]))
        return Adopted(version, self._found(version, machine, most))

    def again(self, name: str, most: int = _MOST) -> Adopted:
        """Look for new executions of one that is adopted. Raises NotFound."""
        record = self._ports.table.get(ADOPTED, f"{ADOPTED}#{name}")
        if record is None:
            raise NotFound(f"no adopted state machine is called {name!r}", "Adopt it: bunsui pipeline adopt ARN")
        machine = self._existing.machine(str(record.body["machine"]))
        return Adopted(version := self._registered(machine, name), self._found(version, machine, most))

    def look(self, record: Record) -> None:
        """A look is due. What keeps it from being made is kept in the record, and tried again later."""
        trouble = ""
        try:
            self.again(record.sort.partition("#")[2])
        except (BackendError, NotFound, InvalidInput) as error:
            trouble = f"{error}. {error.hint}"
        pause = _AFTER_TROUBLE if trouble else _EVERY
        due = due_at(self._around.clock() + pause, record.sort)
        self._ports.table.put(replace(record, body={**record.body, "trouble": trouble}, indexes=due))

    def _registered(self, machine: ExistingMachine, name: str) -> PipelineVersion:
        self._demand_free(checked_name(name), machine)
        text = machine.definition.encode()
        sha256 = hashlib.sha256(text).hexdigest()
        self._ports.objects.put_if_absent(definition_key(name, sha256), text)
        about = f"adopted: {machine.name}"
        now = rfc3339(self._around.clock())
        version = PipelineVersion(name, 0, sha256, machine.arn, "", about, self._around.owner, now)
        return self._registry.add(version)

    def _demand_free(self, name: str, machine: ExistingMachine) -> None:
        try:
            there = self._registry.get(name)
        except NotFound:
            return
        if there.source != machine.arn:
            hint = f"Give it another name: bunsui pipeline adopt {machine.arn} --name NAME"
            raise AlreadyExists(f"there is a pipeline {name!r} already, from {there.source}", hint)

    def _agenda(self, name: str, arn: str) -> None:
        sort = f"{ADOPTED}#{name}"
        if self._ports.table.get(ADOPTED, sort) is None:
            due = due_at(self._around.clock() + _EVERY, sort)
            self._ports.table.put(Record(ADOPTED, sort, {"machine": arn, "trouble": ""}, due))

    def _found(self, version: PipelineVersion, machine: ExistingMachine, most: int) -> tuple[Session, ...]:
        return self._sessions(version, machine, islice(self._unknown(version, machine), most))

    def _unknown(self, version: PipelineVersion, machine: ExistingMachine) -> Iterator[Listed]:
        """The newest first; a whole page of known ones ends it."""
        after = ""
        while True:
            page, after = self._existing.executions(machine.arn, after)
            new = [one for one in page if not self._is_known(one)]
            yield from new
            if not after or not new:
                return

    def _is_known(self, one: Listed) -> bool:
        """It is a session already, or was begun by one that goes on. What was redriven elsewhere goes on here, too."""
        known = self._ports.table.get(ADOPTED, one.arn)
        if known is not None:
            self._redriven(str(known.body["session"]), one)
            return True
        try:
            return self._store.get(one.name.rpartition("-")[0]).executions != ()
        except NotFound:
            return False

    def _redriven(self, id: str, one: Listed) -> None:
        session = self._store.get(id)
        last = session.executions[-1]
        if last.arn != one.arn or not session.status.ended or session.status is SessionStatus.COMPLETED:
            return
        if one.redrives <= last.redrives and SESSION_STATUS_OF_EXECUTION[one.status] is session.status:
            return
        redrives = self._ports.machines.describe(one.arn).redrive_count
        if redrives <= last.redrives:
            return
        again = (*session.executions[:-1], replace(last, redrives=redrives, status="RUNNING"))
        due = rfc3339(self._around.clock())
        reason = "redriven outside of Bunsui"
        self._store.save(moved(session, SessionStatus.RECOVERING, reason=reason, ended=None, executions=again, due=due))
        self._refresh(id)

    def _sessions(
        self, version: PipelineVersion, machine: ExistingMachine, found: Iterable[Listed]
    ) -> tuple[Session, ...]:
        return tuple(self._session(version, machine, one) for one in found)

    def _session(self, version: PipelineVersion, machine: ExistingMachine, one: Listed) -> Session:
        execution = self._ports.machines.describe(one.arn)
        id = session_id(version.name, execution)
        session = session_of(version, execution, self._ports.context)
        graph = self._files.graph(id, pipeline_of(version, machine.definition, execution), ())
        try:
            self._store.create(session, [graph, Record(ADOPTED, one.arn, {"session": id})])
        except Conflict:
            return self._store.get(id)
        began = execution.started.timestamp()
        self._log.begin(session, began, f"found: the execution {one.name} of {machine.arn}, started by somebody else")
        return self._refresh(id)


def checked_name(name: str) -> str:
    """Raises InvalidInput."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(f"{name!r} cannot be the name of a pipeline", "Name one: --name my-pipeline")
    return name


def named(machine: str) -> str:
    """A pipeline's name like that of a machine."""
    plain = re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", machine).lower()).strip("-")
    return (plain if plain[:1].isalpha() else f"m-{plain}")[:40].strip("-")
