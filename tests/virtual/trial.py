"""A spec run on the virtual host and held against the oracle: statuses, moments, calls, values, the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bunsui.analysis.checkpoint import Checkpoint, checkpoint, raised, resume_input
from bunsui.analysis.shape import shapes_of
from bunsui.analysis.tree import ExecutionTree
from bunsui.compiler import compile_pipeline
from bunsui.model.history import Execution
from bunsui.model.json import Json
from bunsui.model.machine import CompiledMachine
from bunsui.model.status import ExecutionStatus
from virtual.dags import Node, Spec, build, params
from virtual.host import Host, Reply, Run, TaskCall
from virtual.oracle import MODULUS, Fate, Known, done_at, fates, received

SESSION = "dag-20260101-ABCDEF"
INFINITE = float("inf")


def script(spec: Spec):
    def behave(call: TaskCall) -> Reply:
        node = spec.by_name[call.operation]
        item = node if node.items is None or call.item is None else node.items[call.item]
        if call.number <= item.failures:
            return Reply(item.seconds, error="Task.Broken", cause=f"call {call.number} of {call.operation}")
        if node.kind == "approval":
            return Reply(item.seconds, {"approved": True})
        return Reply(item.seconds, {"n": (1 + sum(call.arguments["from"])) % MODULUS})

    return behave


@dataclass
class Trial:
    """A session of a spec: executions one after the other on one host."""

    spec: Spec
    shuffle: int | None = None
    folded: bool = False
    executions: int = 0
    known: Known = field(default_factory=Known)
    machine: CompiledMachine = field(init=False)
    host: Host = field(init=False)
    resume: dict[str, Json] = field(init=False)
    generations: dict[str, int] = field(default_factory=dict)
    made: list[TaskCall] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pipeline = build(self.spec)
        self.machine = compile_pipeline(self.pipeline)
        self.host = Host(script(self.spec), shuffle=self.shuffle, folded=self.folded)
        self.resume = resume_input(SESSION, params(self.spec), {})

    def execute(self, until: float | None = None) -> tuple[Run, dict[str, Fate]]:
        """One execution, stopped at `until` if it still runs then. What is found is remembered for the next."""
        self.executions += 1
        expected = fates(self.spec, self.known)
        begun, calls_before = self.host.now, len(self.host.calls)
        run = self.host.start(self.machine, f"{SESSION}-{self.executions}", self.resume)
        self.host.drain(None if until is None else begun + until)
        if run.status == "RUNNING" and until is not None:
            self.host.stop(run)
            self.host.drain()
        self._remember(run, expected, INFINITE if until is None else until)
        self.made = self.host.calls[calls_before:]
        return run, expected

    def _remember(self, run: Run, expected: Mapping[str, Fate], until: float) -> None:
        tree = ExecutionTree(_described(run), tuple(run.events))
        self.checkpoint = checkpoint(tree, shapes_of(self.pipeline))
        self.generations = raised(self.generations, self.checkpoint.orphaned)
        self.resume = resume_input(SESSION, params(self.spec), self.generations, self.checkpoint)
        done = done_at(self.spec, expected, until)
        items = {node.name: self._items(node, expected[node.name], until, done) for node in self.spec.nodes}
        self.known = Known(done, items, dict(self.host.tried))

    def _items(self, node: Node, fate: Fate, until: float, done: Mapping[str, Fate]) -> frozenset[int]:
        """Items pass through on a resume, unless all that the operation did was done below a failure."""
        if any(need not in done for need in node.needs):
            return frozenset()
        ended = frozenset(index for index, end in fate.items_ok if end <= until)
        return ended | self.known.items.get(node.name, frozenset())


def _described(run: Run) -> Execution:
    return Execution(run.arn, run.name, "", ExecutionStatus(run.status), datetime.now(UTC))


def records(run: Run) -> dict[str, tuple[str, float]]:
    """The status of every operation that has a record, and when it first appeared."""
    found: dict[str, tuple[str, float]] = {}
    resume = run.input["resume"] if isinstance(run.input, dict) else {}
    assert isinstance(resume, dict)
    for event in run.events:
        output = event.details.get("output") if event.type.endswith("StateExited") else None
        for name, record in output.items() if isinstance(output, dict) else ():
            if isinstance(record, dict) and "s" in record and name[0].islower():
                known = found.setdefault(name, (str(record["s"]), event.time - run.started))
                assert known[0] == record["s"], f"{name} was {known[0]} and became {record['s']}"
    return found


def check(trial: Trial, run: Run, expected: Mapping[str, Fate], *, critical: bool = True) -> None:
    """An execution that ran to its end under `continue`."""
    found = records(run)
    assert {name: status for name, (status, _) in found.items()} == {n: fate.status for n, fate in expected.items()}
    check_moments(run, found, expected)
    check_calls(trial, run, expected)
    bad = [name for name, fate in expected.items() if fate.status in ("failed", "upstream_failed")]
    assert run.status == ("FAILED" if bad else "SUCCEEDED"), (run.error, run.cause)
    if bad:
        assert run.error == "Bunsui.OperationsFailed"
    if critical:
        assert run.seconds == max((fate.end for fate in expected.values()), default=0.0)


def check_moments(run: Run, found: Mapping[str, tuple[str, float]], expected: Mapping[str, Fate]) -> None:
    late = {
        name: (moment, expected[name].end)
        for name, (_, moment) in found.items()
        if abs(moment - expected[name].end) > 1e-6 and not expected[name].reused
    }
    assert not late, f"recorded at (found, expected): {late}"


def check_calls(trial: Trial, run: Run, expected: Mapping[str, Fate], until: float = INFINITE) -> None:
    made: dict[str, list[tuple[int | None, float]]] = defaultdict(list)
    for call in trial.made:
        made[call.operation].append((call.item, call.at - run.started))
        node = trial.spec.by_name[call.operation]
        if node.kind != "approval":
            assert sum(call.arguments["from"]) == received(node, expected), f"{call.operation} was given wrong values"
    wanted = {
        name: sorted(one for one in fate.called if one[1] <= until)
        for name, fate in expected.items()
        if any(one[1] <= until for one in fate.called)
    }
    assert {name: sorted(calls) for name, calls in made.items()} == wanted


def check_checkpoint(trial: Trial, found: Checkpoint) -> None:
    """The done set told from the history is the oracle's, in status and value."""
    done = {name: fate.status for name, fate in trial.known.done.items()}
    told = {name: str(record["s"]) for name, record in found.resume.items() if isinstance(record, dict)}
    assert told == done
    given = {name: record.get("o") for name, record in found.resume.items() if isinstance(record, dict)}
    for name, fate in trial.known.done.items():
        output = given[name]
        if fate.value is not None and isinstance(output, dict):
            assert output.get("n", output.get("succeeded")) == fate.value
