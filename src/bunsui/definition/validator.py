"""ConfigValidator: from the bytes of a pipeline file to a Pipeline, or to all its problems with their places.

What keys mean is in `keys`, rules are in `key_rules`, `graph_rules` and `expression_rules`, nesting is in `nested`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bunsui.definition import aws_rules, build, graph, graph_rules, machine_file, reader
from bunsui.definition.containers import Section
from bunsui.definition.expression_rules import Reader
from bunsui.definition.keys import PIPELINE
from bunsui.definition.nested import Nesting
from bunsui.definition.reading import INVALID, MAX_PROBLEMS, Reading
from bunsui.definition.remote_rules import code_is_on_a_machine
from bunsui.definition.validation import Found, Resolve, Validation
from bunsui.model.json import Json
from bunsui.model.pipeline import Operation, Pipeline
from bunsui.model.problem import Problem, Severity

__all__ = ["ConfigValidator", "Found", "Resolve", "Validation"]


class ConfigValidator:
    """`resolve` finds what a file refers to. Without it, references are problems. `aws` asks what AWS would refuse."""

    def __init__(self, resolve: Resolve | None = None, *, aws: bool = False) -> None:
        self._resolve = resolve
        self._aws = aws

    def validate(self, data: bytes, source: str, folder: str = ".") -> Validation:
        """`source` names the file in problems; `folder` is what its relative paths start from. Never raises."""
        return self._validate(data, source, folder, ())

    def _validate(self, data: bytes, source: str, folder: str, around: tuple[tuple[str, str], ...]) -> Validation:
        document = reader.read(data, source)
        reading = Reading(document, list(document.problems))
        if document.root is None:
            return _validation(None, reading)
        section = PIPELINE.read(document.root, reading, "")
        reading.surprises(document.root)
        if section is INVALID:
            return _validation(None, reading)
        identity = Identity(source, folder, data.decode(), hashlib.sha256(data).hexdigest())
        nesting = Nesting(reading, folder, self._resolve, self._validate, (*around, (source, identity.sha256)))
        checked = _Checked(section, reading, nesting)
        checked.check(aws=self._aws)
        if _failed(reading.problems):
            return _validation(None, reading)
        return _validation(checked.pipeline(identity), reading)


class Identity(NamedTuple):
    """`text` is exactly what was hashed, with its byte order mark if it has one."""

    source: str
    folder: str
    text: str
    sha256: str


@dataclass(slots=True, eq=False, repr=False)
class _Checked:
    """A file whose keys were read: the rules that look across it, and the pipeline it makes."""

    section: Section
    reading: Reading
    nesting: Nesting
    children: dict[str, Pipeline] = field(default_factory=dict)
    reads: Mapping[str | None, set[str]] = field(default_factory=dict)
    definition: Mapping[str, Json] | None = None

    def check(self, *, aws: bool) -> None:
        found = self.section.good("operations", {})
        operations = {name: one for name, one in found.items() if isinstance(one, Section)}
        dag = graph.build(operations)
        for rule in graph_rules.RULES:
            self._add(rule(dag, self.reading))
        expressions = Reader(self.reading, dag, self.section.good("params", {}))
        self._add(expressions.problems())
        self._add(expressions.outputs(self.section.node.get("outputs")))
        self.reads = expressions.reads
        self._add(code_is_on_a_machine(operations, self.reading, self.nesting.folder))
        if aws:
            self._add(aws_rules.problems(self.section, operations, self.reading))
        for name, one in operations.items():
            child = self.nesting.child(name, one, self.section)
            if child is not None:
                self.children[name] = child
        self._machine()

    def _machine(self) -> None:
        name = self.section.good("definition")
        if name is None:
            return
        found = self.nesting.find("file", name, self.section.node.values["definition"], "definition")
        if found is not None:
            self.definition, problems = machine_file.parse(found.data, found.source)
            self._add(problems)

    def _add(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            if self.reading.full:
                break
            self.reading.add(problem)

    def pipeline(self, identity: Identity) -> Pipeline:
        return build.pipeline(
            self.section,
            self.reading,
            {name: self._operation(name, one) for name, one in self.section.get("operations", {}).items()},
            output_reads=frozenset(self.reads.get(None, ())),
            definition=self.definition,
            **identity._asdict(),
        )

    def _operation(self, name: str, section: Section) -> Operation:
        reads = frozenset(self.reads.get(name, ()))
        return build.operation(name, section, self.section, self.reading, reads, self.children.get(name))


def _failed(problems: list[Problem]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in problems)


def _validation(pipeline: Pipeline | None, reading: Reading) -> Validation:
    file = reading.document.file
    ordered = sorted(set(reading.problems), key=lambda problem: (problem.place.file != file, problem))
    return Validation(pipeline, tuple(ordered[:MAX_PROBLEMS]))
