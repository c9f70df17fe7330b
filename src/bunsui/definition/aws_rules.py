"""What a pipeline breaks on AWS that a laptop does not mind: found when it is validated for AWS, with its place.

What holds everywhere is in `key_rules` and `graph_rules`; what differs and why is in docs/differences.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bunsui.definition.containers import Section
from bunsui.definition.reading import Reading
from bunsui.definition.tree import Mapping as Tree
from bunsui.definition.tree import Node, scalars, shorten
from bunsui.model.machine import COMMANDS_IMAGE
from bunsui.model.problem import Problem, Severity

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_LONGEST_FUNCTION = 900  # seconds
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
_RESERVED = re.compile(r"_HANDLER|_X_AMZN_TRACE_ID|AWS_(?!ENDPOINT_URL|MAX_ATTEMPTS|RETRY_MODE)\w+|LAMBDA_\w+")
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]+")
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html: CPU units -> MiB
_FARGATE: Mapping[int, range | tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: range(1024, 4097, 1024),
    1024: range(2048, 8193, 1024),
    2048: range(4096, 16_385, 1024),
    4096: range(8192, 30_721, 1024),
    8192: range(16_384, 61_441, 4096),
    16_384: range(32_768, 122_881, 8192),
}
_CPU, _MEMORY = 256, 512  # where the file does not say
_LOCAL_PATH = re.compile(r"(?:/|~/|\.\.?/)\S")
_ON_AWS = ("ssm", "secretsmanager")


def problems(pipeline: Section, operations: Mapping[str, Section], reading: Reading) -> Iterator[Problem]:
    yield from _a_laptops_interpreter_is_not_there(pipeline, reading)
    yield from _limits_always_hold(pipeline, reading)
    yield from _secrets_are_on_aws(pipeline, "env", reading)
    for name, operation in operations.items():
        path = f"operations.{name}"
        yield from _secrets_are_on_aws(operation, f"{path}.env", reading)
        yield from _paths_of_a_machine_are_not_handed_over(operation, path, reading)
        for kind in ("lambda", "python"):
            if isinstance(task := operation.good(kind), Section) and "function" not in task:
                yield from _a_function_ends_in_time(operation, pipeline, kind, path, reading)
                yield from _names_are_free_in_lambda(operation, pipeline, path, reading)
        for kind in ("command", "ecs"):
            if isinstance(task := operation.good(kind), Section):
                yield from _a_command_has_an_image(operation, task, kind, path, reading)
                yield from _fargate_has_such_a_size(task, f"{path}.{kind}", reading)


def _a_laptops_interpreter_is_not_there(pipeline: Section, reading: Reading) -> Iterator[Problem]:
    runtime = pipeline.good("runtime")
    if isinstance(runtime, Section) and "python" in runtime:
        hint = "Lambda runs the Python version that it is deployed from, a container that of its image."
        message = "runtime.python: an interpreter of this machine is not used on AWS."
        yield reading.problem(runtime.node.values["python"], message, hint, Severity.WARNING)


def _limits_always_hold(pipeline: Section, reading: Reading) -> Iterator[Problem]:
    if pipeline.good("limits") is False:
        message = "limits: AWS's limits cannot be turned off there."
        yield reading.problem(
            pipeline.node.values["limits"], message, "Look at what they are: bunsui plan FILE.", Severity.WARNING
        )


def _secrets_are_on_aws(section: Section, path: str, reading: Reading) -> Iterator[Problem]:
    for name, value in _environment(section).items():
        reference = value.good("secret") if isinstance(value, Section) else None
        if isinstance(reference, str) and reference.partition(":")[0] not in _ON_AWS:
            message = f"{path}.{name}: '{shorten(reference)}' is on this machine only."
            yield reading.problem(_at(section, name), message, "On AWS, write ssm:NAME or secretsmanager:NAME.")


def _paths_of_a_machine_are_not_handed_over(operation: Section, path: str, reading: Reading) -> Iterator[Problem]:
    given = operation.node.values.get("with")
    for scalar in scalars(given) if given is not None else ():
        if isinstance(scalar.value, str) and _LOCAL_PATH.match(scalar.value):
            message = f"{path}.with: '{shorten(scalar.value)}' looks like a path of this machine."
            hint = "On AWS each task runs on another: hand files over with task.output_file."
            yield reading.problem(scalar, message, hint, Severity.WARNING)


def _a_function_ends_in_time(
    operation: Section, pipeline: Section, kind: str, path: str, reading: Reading
) -> Iterator[Problem]:
    defaults = pipeline.good("defaults")
    own = operation.good("timeout")
    seconds = own if own is not None or not isinstance(defaults, Section) else defaults.good("timeout")
    if isinstance(seconds, int) and seconds > _LONGEST_FUNCTION:
        node = operation.node.values["timeout"] if own is not None else operation.node.keys[kind]
        message = f"{path}.timeout: {seconds} s, but Lambda ends a function after {_LONGEST_FUNCTION}."
        yield reading.problem(node, message, "Shorten it, or make it a command with an image.")


def _names_are_free_in_lambda(operation: Section, pipeline: Section, path: str, reading: Reading) -> Iterator[Problem]:
    for section, where in ((operation, f"{path}.env"), (pipeline, "env")):
        for name in _environment(section):
            if _RESERVED.fullmatch(name) or not _VARIABLE.fullmatch(name):
                message = f"{where}.{name}: Lambda takes no variable of this name."
                yield reading.problem(_at(section, name), message, "Name it otherwise.")


def _a_command_has_an_image(
    operation: Section, task: Section, kind: str, path: str, reading: Reading
) -> Iterator[Problem]:
    if "task_definition" in task:
        if "with" in operation:
            message = f"{path}.with: a task definition that exists is handed nothing, and has no output."
            hint = "Name its image instead, and Bunsui makes one."
            yield reading.problem(operation.node.keys["with"], message, hint, Severity.WARNING)
        return
    image = task.good("image")
    if kind == "command" and image is None and "image" not in task:
        message = f"{path}.{kind}: it names no image, and runs on AWS in {COMMANDS_IMAGE}."
        hint = "Name one of your own, with python3, if it needs more than Python and the pipeline's folder."
        yield reading.problem(operation.node.keys[kind], message, hint, Severity.WARNING)
    elif isinstance(image, str) and "python" not in image:
        message = f"{path}.{kind}.image: '{shorten(image)}' must have python3, 3.9 or later, for the task's runtime."
        yield reading.problem(
            task.node.values["image"], message, "Look: docker run IMAGE python3 -V.", Severity.WARNING
        )


def _fargate_has_such_a_size(task: Section, path: str, reading: Reading) -> Iterator[Problem]:
    cpu, memory = task.good("cpu", _CPU), task.good("memory", _MEMORY)
    most = _FARGATE[cpu]
    if memory not in most and {"cpu", "memory"} & task.keys():
        message = f"{path}.memory: Fargate has no {memory:,} MiB with cpu {cpu}."
        node = task.node.values["memory" if "memory" in task else "cpu"]
        yield reading.problem(node, message, f"There are {most[0]:,} to {most[-1]:,}, in steps.")


def _environment(section: Section) -> Mapping[str, object]:
    found = section.good("env")
    return found if isinstance(found, Mapping) else {}


def _at(section: Section, name: str) -> Node:
    env = section.node.values["env"]
    found = env.values.get(name) if isinstance(env, Tree) else None
    return env if found is None else found
