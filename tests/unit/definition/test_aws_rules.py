"""What a pipeline breaks on AWS, each with its place: said when it is asked, and only then."""

from __future__ import annotations

from bunsui.definition import ConfigValidator
from bunsui.model.machine import COMMANDS_IMAGE

TEXT = """version: 1
name: breaks
runtime: {python: /usr/bin/python3}
limits: off
env: {TOKEN: {secret: "env:TOKEN"}}
defaults: {timeout: 20m}
operations:
  slow:
    lambda: {handler: a.b, code: .}
    timeout: 1h
    env: {AWS_REGION: "eu-west-1"}
    with: {path: /data/in.csv}
  usual:
    python: {call: "a:b", code: .}
  quick:
    python: {call: "a:b", code: .}
    timeout: 15m
    env: {PASSWORD: {secret: "ssm:/password"}, AWS_ENDPOINT_URL: "http://x"}
    with: {path: "{% $params.path %}", ratio: "a/b"}
  make:
    command: {run: [make]}
  train:
    ecs: {image: "alpine:3", command: [./x], cpu: 1024, memory: 512}
  odd:
    command: {run: [x], image: "python:3.12", cpu: 1024}
  fits:
    command: {run: [x], image: "python:3.12", cpu: 1024, memory: 3072}
  old:
    ecs: {task_definition: "train:3"}
    with: {a: 1}
params: {path: {type: string, default: /data}}
"""


def found(*, aws: bool) -> list[tuple[int, str]]:
    problems = ConfigValidator(aws=aws).validate(TEXT.encode(), "p.yaml").problems
    return [(one.place.line, f"{one.severity[:1]} {one.message}") for one in problems]


def test_a_laptop_minds_none_of_it() -> None:
    assert found(aws=False) == []


def test_aws_is_told_what_it_would_refuse_or_do_otherwise() -> None:
    assert found(aws=True) == [
        (3, "w runtime.python: an interpreter of this machine is not used on AWS."),
        (4, "w limits: AWS's limits cannot be turned off there."),
        (5, "e env.TOKEN: 'env:TOKEN' is on this machine only."),
        (10, "e operations.slow.timeout: 3600 s, but Lambda ends a function after 900."),
        (11, "e operations.slow.env.AWS_REGION: Lambda takes no variable of this name."),
        (12, "w operations.slow.with: '/data/in.csv' looks like a path of this machine."),
        (14, "e operations.usual.timeout: 1200 s, but Lambda ends a function after 900."),
        (21, f"w operations.make.command: it names no image, and runs on AWS in {COMMANDS_IMAGE}."),
        (23, "w operations.train.ecs.image: 'alpine:3' must have python3, 3.9 or later, for the task's runtime."),
        (23, "e operations.train.ecs.memory: Fargate has no 512 MiB with cpu 1024."),
        (25, "e operations.odd.command.memory: Fargate has no 512 MiB with cpu 1024."),
        (30, "w operations.old.with: a task definition that exists is handed nothing, and has no output."),
    ]
