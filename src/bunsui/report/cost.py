"""What a run would cost on AWS by list prices: transitions counted in its history, compute by how long tasks ran."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from bunsui.analysis.run import Operation
from bunsui.model import pipeline as definition
from bunsui.model import prices
from bunsui.model.words import number
from bunsui.report.data import ReportData, Run


@dataclass(frozen=True, slots=True)
class Item:
    what: str
    amount: str
    dollars: float


@dataclass(frozen=True, slots=True)
class Cost:
    items: tuple[Item, ...]
    assumptions: tuple[str, ...]

    @property
    def dollars(self) -> float:
        return sum(item.dollars for item in self.items)


_ASSUMED = (
    "List prices of us-east-1, without free tiers, discounts, data transfer, storage and logs.",
    "Tasks are taken to run as long there as they ran here.",
)


def cost(data: ReportData) -> Cost:
    """Of all executions of the session together."""
    found = [item for item in _items(data) if item.dollars]
    return Cost(tuple(found), _ASSUMED)


def _items(data: ReportData) -> Iterator[Item]:
    transitions = sum(run.transitions for run in data.runs)
    yield Item("Step Functions, state transitions", number(transitions), transitions * prices.TRANSITION)
    functions, containers = _Functions(), _Containers()
    for run in data.runs:
        for one in run.operations:
            _count(one, _task(data.pipeline, one.view.name), run, functions, containers, data.at)
    yield from functions.items()
    yield from containers.items()
    calls = sum(run.table_calls for run in data.runs)
    yield Item("DynamoDB, requests", number(calls), calls * prices.TABLE_WRITE)


def _task(pipeline: definition.Pipeline | None, name: str) -> definition.Task | None:
    """The task of ``parent.child``, as deep as it lies."""
    task: definition.Task | None = None
    for part in name.split("."):
        operation = pipeline.operations.get(part) if pipeline is not None else None
        task = operation.task if operation is not None else None
        pipeline = task.child if isinstance(task, definition.PipelineTask) else None
    return task


def _count(
    one: Operation, task: definition.Task | None, run: Run, functions: _Functions, containers: _Containers, now: float
) -> None:
    for this in one.tries:
        seconds = max((this.ended if this.ended is not None else run.ended or now) - this.started, 0.0)
        if one.view.kind in ("lambda", "python"):
            functions.add(seconds, getattr(task, "memory", None) or prices.LAMBDA_MEMORY)
        elif one.view.kind in ("command", "ecs"):
            cpu, memory = getattr(task, "cpu", None), getattr(task, "memory", None)
            containers.add(seconds, cpu or prices.FARGATE_CPU, memory or prices.FARGATE_MEMORY)


class _Functions:
    def __init__(self) -> None:
        self.requests, self.gb_seconds = 0, 0.0

    def add(self, seconds: float, memory: int) -> None:
        self.requests += 1
        self.gb_seconds += max(seconds, 0.001) * memory / 1024

    def items(self) -> Iterator[Item]:
        yield Item("Lambda, requests", number(self.requests), self.requests * prices.LAMBDA_REQUEST)
        rounded = f"{self.gb_seconds:,.1f} GB-seconds"
        yield Item("Lambda, compute", rounded, self.gb_seconds * prices.LAMBDA_GB_SECOND)


class _Containers:
    def __init__(self) -> None:
        self.cpu_hours, self.gb_hours, self.tasks = 0.0, 0.0, 0

    def add(self, seconds: float, cpu: int, memory: int) -> None:
        hours = max(math.ceil(seconds), prices.FARGATE_SHORTEST) / 3600
        self.tasks += 1
        self.cpu_hours += hours * cpu / 1024
        self.gb_hours += hours * memory / 1024

    def items(self) -> Iterator[Item]:
        dollars = self.cpu_hours * prices.FARGATE_CPU_HOUR + self.gb_hours * prices.FARGATE_GB_HOUR
        amount = f"{self.tasks:,} tasks, {self.cpu_hours:.3f} vCPU-hours, {self.gb_hours:.3f} GB-hours"
        yield Item("Fargate, compute", amount, dollars)
