"""Pipelines made ready: nested ones first, their packages, definitions and templates. Nothing is asked of AWS here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bunsui.aws.binding import bound, operation_of
from bunsui.aws.deploy import packaging, wheels
from bunsui.aws.deploy.packaging import CodeOf, Package
from bunsui.aws.deploy.pipeline import Parts, definition_key, template
from bunsui.aws.deploy.place import Foreign
from bunsui.aws.names import Environment
from bunsui.errors import Refused
from bunsui.model.address import is_remote
from bunsui.model.deployment import VERSION_LATER
from bunsui.model.machine import (
    CompiledMachine,
    ConnectionResource,
    ContainerResource,
    FunctionResource,
    Resource,
)
from bunsui.model.pipeline import CommandTask, Pipeline, PipelineTask


@dataclass(frozen=True, slots=True)
class Source:
    """A pipeline as it is to be deployed; `address` is empty of one that only another one names."""

    pipeline: Pipeline
    machine: CompiledMachine
    address: str = ""


@dataclass(frozen=True, slots=True)
class Ready:
    """With its packages. The definition may name versions of nested pipelines that are not there yet."""

    source: Source
    packages: Mapping[str, Package]  # by operation
    runtime: Package | None  # of containers
    on: wheels.Platform
    foreign: Foreign = field(default_factory=Foreign)  # what its task definitions of others need

    @property
    def name(self) -> str:
        return self.source.machine.name

    @property
    def task_definitions(self) -> tuple[str, ...]:
        """Those that are somebody else's."""
        resources = self.source.machine.resources.values()
        return tuple(one.existing for one in resources if isinstance(one, ContainerResource) and one.existing)

    @property
    def connections(self) -> tuple[str, ...]:
        """Those that it names."""
        resources = self.source.machine.resources.values()
        return tuple(one.name for one in resources if isinstance(one, ConnectionResource) and one.name)

    def parts(self, definition: str) -> Parts:
        keys = {operation: package.key for operation, package in self.packages.items()}
        task = self.runtime.key if self.runtime else ""
        return Parts(definition_key(definition), keys, self.on.runtime, task, self.foreign)

    def definition(self, there: Environment, versions: Mapping[str, str]) -> str:
        """`versions` are ARNs by the hash of the nested machine."""
        later = f":{VERSION_LATER}"
        return bound(
            self.source.machine, there, lambda child: versions.get(child.sha256, there.machine(child.name) + later)
        )

    def template(self, there: Environment, versions: Mapping[str, str]) -> dict[str, Any]:
        definition = self.definition(there, versions)
        return template(self.source.machine, definition, self.parts(definition), there)

    def objects(self, definition: str) -> dict[str, Callable[[], bytes]]:
        """All that its template refers to, by key; written when it is asked for."""
        packages = [*self.packages.values(), *([self.runtime] if self.runtime else [])]
        return {definition_key(definition): definition.encode} | {package.key: package.body for package in packages}


@dataclass(frozen=True, slots=True)
class Workshop:
    """Makes packages, each once. `cache` keeps what pip installed."""

    on: wheels.Platform
    cache: Path
    code_of: CodeOf
    compile: Callable[[Pipeline], CompiledMachine]
    _made: dict[tuple[str, ...], Package] = field(default_factory=dict)

    def sources(self, named: Sequence[tuple[str, Pipeline]]) -> list[Source]:
        """Those that are named and what they nest, the innermost first. Raises Refused where two have one name."""
        found: dict[str, Source] = {}
        for address, pipeline in named:
            for one in self._nested(pipeline):
                _add(found, one)
            _add(found, Source(pipeline, self.compile(pipeline), address))
        return list(found.values())

    def ready(self, source: Source) -> Ready:
        """Raises NotFound or Refused where code cannot be packaged."""
        machine = source.machine
        if is_remote(machine.folder) and any(map(_is_packaged, machine.resources.values())):
            message = f"{machine.name} lies in {machine.folder}: its code is on no machine that could package it"
            raise Refused(message, "Deploy it from a folder that holds the file and its code")
        packages = {}
        for placeholder, resource in machine.resources.items():
            operation = operation_of(placeholder)
            if isinstance(resource, FunctionResource) and resource.existing is None:
                packages[operation] = self._function(machine.folder, resource)
            elif isinstance(resource, ContainerResource) and _is_command(source.pipeline, operation):
                packages[operation] = self._folder(machine.folder)
        containers = any(isinstance(one, ContainerResource) and not one.existing for one in machine.resources.values())
        return Ready(source, packages, self._runtime() if containers else None, self.on)

    def controller(self) -> Package:
        return self._once(("controller",), lambda: wheels.controller(self.on, self.cache))

    def _nested(self, pipeline: Pipeline) -> Iterator[Source]:
        for operation in pipeline.operations.values():
            child = operation.task.child if isinstance(operation.task, PipelineTask) else None
            if child is not None:
                yield from self._nested(child)
                yield Source(child, self.compile(child))

    def _function(self, folder: str, resource: FunctionResource) -> Package:
        code, handler = resource.code, resource.handler
        key = (folder, code) if code is not None else (folder, "", handler.partition(":")[0].partition(".")[0])
        return self._once(key, lambda: packaging.function(folder, code, handler, self.code_of, self._required))

    def _folder(self, folder: str) -> Package:
        return self._once(("folder", folder, "all", ""), lambda: packaging.folder_package(folder, self.code_of))

    def _runtime(self) -> Package:
        return self._once(("runtime",), packaging.runtime_archive)

    def _required(self, text: str) -> Mapping[str, packaging.File]:
        return wheels.requirements(text, self.on, self.cache)

    def _once(self, key: tuple[str, ...], make: Callable[[], Package]) -> Package:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]


def _is_packaged(resource: Resource) -> bool:
    return isinstance(resource, FunctionResource | ContainerResource) and resource.existing is None


def _is_command(pipeline: Pipeline, operation: str) -> bool:
    found = pipeline.operations.get(operation)
    return found is not None and isinstance(found.task, CommandTask)


def _add(found: dict[str, Source], one: Source) -> None:
    there = found.get(one.machine.name)
    if there is None or (there.machine.sha256 == one.machine.sha256 and one.address):
        found[one.machine.name] = one
    elif there.machine.sha256 != one.machine.sha256:
        message = f"two different pipelines are called '{one.machine.name}'"
        raise Refused(message, "Give one another name: each has a stack of its own")
