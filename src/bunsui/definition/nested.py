"""Pipelines inside pipelines: found through the resolver, validated, never inside themselves, given what they take."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bunsui.definition import values
from bunsui.definition.containers import Section
from bunsui.definition.reading import INVALID, Reading
from bunsui.definition.tree import Mapping, Node, scalars, shorten
from bunsui.definition.validation import Found, Resolve, Validation
from bunsui.model.concurrency import Concurrency
from bunsui.model.nearest import did_you_mean
from bunsui.model.pipeline import Parameter, Pipeline
from bunsui.model.problem import Problem, Severity

MAX_DEPTH = 8
Chain = tuple[tuple[str, str], ...]  # source and digest of every file around
Validate = Callable[[bytes, str, str, Chain], Validation]


@dataclass(slots=True, eq=False, repr=False)
class Nesting:
    """`chain` ends with the file whose operations are looked at."""

    reading: Reading
    folder: str
    resolve: Resolve | None
    validate: Validate
    chain: Chain
    known: dict[tuple[str, str], Pipeline | None] = field(default_factory=dict)

    def child(self, operation: str, section: Section, around: Section) -> Pipeline | None:
        """The nested pipeline of an operation of `around`, or None: it has none, or its problems were reported."""
        task = section.get("pipeline")
        if not isinstance(task, Section):
            return None
        kind = "name" if "name" in task else "file"
        wanted = task.good(kind)
        if wanted is None:
            return None
        path = f"operations.{operation}.pipeline"
        if (kind, wanted) not in self.known:
            self.known[kind, wanted] = self._load(kind, wanted, task.node.values[kind], path)
        child = self.known[kind, wanted]
        if child is not None:
            for problem in self._arguments(operation, section, child):
                self.reading.add(problem)
            self._unheld(child, task.node.keys[kind], f"operations.{operation}.pipeline", around)
        return child

    def _unheld(self, child: Pipeline, node: Node, path: str, around: Section) -> None:
        """A nested pipeline runs in its parent's session, which takes its place in queues by its own word alone."""
        own = Concurrency.of(child.policies)
        if own.queue(child.name) is None:
            return
        outer = around.good("concurrency")
        pool = outer.good("pool") if isinstance(outer, Section) else None
        if pool is None or pool != own.pool:
            wanted = f"pool: {own.pool or 'NAME'}" + (f", slots: {own.slots}" if own.slots > 1 else "")
            shares = "here" if own.pool else f"here and in '{child.name}', so that they share a pool"
            message = f"{path}: the 'concurrency' of '{child.name}' does not hold for it as a nested pipeline."
            hint = f"Write concurrency: {{{wanted}}} {shares}."
            self.reading.report(node, message, hint, Severity.WARNING)

    def find(self, kind: str, wanted: str, node: Node, path: str) -> Found | None:
        found = self.resolve(kind, wanted, self.folder) if self.resolve else None
        if found is None:
            what = "registered pipeline" if kind == "name" else "file"
            start = f"Paths start from the folder '{shorten(self.folder)}'."
            hint = "List them: bunsui pipeline list" if kind == "name" else start
            self.reading.report(node, f"{path}: there is no {what} '{shorten(wanted)}'.", hint)
        return found

    def _load(self, kind: str, wanted: str, node: Node, path: str) -> Pipeline | None:
        found = self.find(kind, wanted, node, path)
        if found is None:
            return None
        digest = hashlib.sha256(found.data).hexdigest()
        sources = [source for source, seen in self.chain]
        if any(seen == digest or source == found.source for source, seen in self.chain):
            around = " -> ".join([*sources, found.source])
            self.reading.report(node, f"{path}: the pipeline runs inside itself: {around}.", "Break the circle.")
            return None
        if len(self.chain) >= MAX_DEPTH:
            self.reading.report(node, f"{path}: pipelines are nested more than {MAX_DEPTH} deep.", "Nest less.")
            return None
        validation = self.validate(found.data, found.source, found.folder, self.chain)
        for problem in validation.errors:
            self.reading.add(problem)
        return validation.pipeline

    def _arguments(self, operation: str, section: Section, child: Pipeline) -> Iterator[Problem]:
        """The child's parameters are what `with` says, as far as that is known before the run."""
        given = section.good("with", Section({}, Mapping(0, 0, 0)))
        path = f"operations.{operation}.with"
        for name in given:
            if name not in child.params:
                message = f"{path}: pipeline '{child.name}' has no parameter '{shorten(name)}'."
                hint = did_you_mean(name, child.params, f"Its parameters: {', '.join(child.params) or 'none'}.")
                yield self.reading.problem(given.node.keys[name], message, hint)
        for name, rules in child.params.items():
            if name not in given and rules.required:
                message = f"{path}: pipeline '{child.name}' needs the parameter '{name}'."
                yield self.reading.problem(section.node, message, f"Add {name} to 'with'.")
            elif complaint := self._unfit(rules, name, given):
                yield self.reading.problem(given.node.values[name], f"{path}.{name}: {complaint}", "Change it.")

    def _unfit(self, rules: Parameter, name: str, given: Section) -> str | None:
        if name not in given or given[name] is INVALID or not self._constant(given.node.values[name]):
            return None
        return values.complaint(rules, given[name])

    def _constant(self, node: Node) -> bool:
        return not any(id(scalar) in self.reading.dynamic for scalar in scalars(node))
