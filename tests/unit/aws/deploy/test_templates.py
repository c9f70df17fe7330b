"""What stands in the templates: checked by cfn-lint, and every policy walked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from cfnlint import lint

from bunsui.aws import items
from bunsui.aws.binding import bound, operation_of
from bunsui.aws.deploy import environment, pipeline
from bunsui.aws.deploy.place import Foreign
from bunsui.aws.deploy.policies import UNNARROWED
from bunsui.aws.names import Environment
from bunsui.compiler import compile_pipeline
from bunsui.definition import ConfigValidator
from bunsui.errors import InvalidInput, Refused
from bunsui.model.machine import COMMANDS_IMAGE, CompiledMachine, FunctionResource

THERE = Environment(
    "dev", "123456789012", "eu-west-1", subnets=("subnet-0123456789abcdef0",), security_groups=("sg-0123456789abcdef0",)
)
KINDS = """
version: 1
name: kinds
operations:
  fetch: {lambda: {handler: m.f, code: ./code}, env: {KEY: {secret: "ssm:/k"}, PLAIN: "1"}}
  two_words: {needs: [fetch], python: {call: "m:f", code: ./code, memory: 1024}, timeout: 60}
  shell: {needs: [fetch], command: {run: [python3, x.py], image: "python:3.12"}, with: {x: "{% $fetch.x %}"}}
  image: {needs: [shell], ecs: {image: "python:3.12", command: [python3, x.py]}, env: {K: {secret: "secretsmanager:k"}}}
  get: {needs: [two_words], http: {url: "https://example.com/data"}}
  pause: {needs: [get], wait: {for: 5s}}
  ask: {needs: [pause], approval: {message: really?}}
  tell:
    needs: [ask]
    task: {resource: "arn:aws:states:::sns:publish"}
    with: {TopicArn: "arn:aws:sns:eu-west-1:123456789012:t"}
  job: {needs: [ask], task: {resource: "arn:aws:states:::glue:startJobRun.sync"}, with: {JobName: nightly}}
  theirs: {needs: [ask], lambda: {function: existing}}
  many:
    needs: [fetch]
    for_each: "{% $fetch.list %}"
    lambda: {handler: m.f, code: ./code}
"""


def machine_of(text: str) -> CompiledMachine:
    found = ConfigValidator().validate(text.encode(), "pipeline.yaml")
    assert found.pipeline is not None, found.problems
    return compile_pipeline(found.pipeline)


def pipeline_template(text: str = KINDS, there: Environment = THERE) -> dict[str, Any]:
    machine = machine_of(text)
    definition = bound(machine, there, lambda child: f"{there.machine(child.name)}:1")
    code = {operation_of(name): "code/c.zip" for name in machine.resources}
    parts = pipeline.Parts(pipeline.definition_key(definition), code, "python3.12", "runtime/task.pyz")
    return pipeline.template(machine, definition, parts, there)


def environment_template(there: Environment = THERE) -> dict[str, Any]:
    return environment.template(there, environment.Package("code/c.zip", "python3.12"))


TEMPLATES = {
    "first step": lambda: environment.template(THERE, None),
    "environment": environment_template,
    "pipeline": pipeline_template,
}


def allowed() -> Iterator[dict[str, Any]]:
    for made in TEMPLATES.values():
        for resource in made()["Resources"].values():
            if resource["Type"] == "AWS::IAM::Policy":
                yield from resource["Properties"]["PolicyDocument"]["Statement"]
            if resource["Type"] == "AWS::IAM::Role":
                for policy in resource["Properties"]["Policies"]:
                    yield from policy["PolicyDocument"]["Statement"]


@pytest.mark.parametrize("name", TEMPLATES)
def test_cfn_lint_finds_nothing(name: str) -> None:
    found = lint(json.dumps(TEMPLATES[name]()), regions=["eu-west-1"])
    assert [str(one) for one in found] == []


def test_no_policy_allows_every_action_of_a_service() -> None:
    for statement in allowed():
        assert all(re.fullmatch(r"[a-z0-9-]+:[A-Z][A-Za-z]+", action) for action in statement["Action"]), statement


def test_no_policy_is_for_all_resources_but_where_aws_knows_no_smaller_one() -> None:
    for statement in allowed():
        if "*" in statement["Resource"]:
            assert set(statement["Action"]) <= set(UNNARROWED), statement
        for resource in statement["Resource"]:
            service, region, account, rest = resource.split(":", 5)[2:] if resource != "*" else ("", "", "", "-")
            assert service in ("", "s3", "iam") or (region and account), resource
            assert rest != "*", resource


def test_the_resources_of_one_environment_are_no_others() -> None:
    """Whatever can be named by the environment is: only kinds that AWS or the user names are left."""
    foreign = ("secret:", "connection/", "rule/StepFunctions", "job/", "key/", "parameter/", "repository/", "t")
    for statement in allowed():
        for resource in statement["Resource"]:
            rest = resource.rpartition(":::")[2] if ":s3:::" in resource else resource.split(":", 5)[-1]
            assert (
                "bunsui-dev" in rest
                or "/bunsui/dev/" in rest
                or rest.startswith(foreign)
                or resource == "*"
                or (rest.startswith(("function:existing", "log-group:/aws/lambda/existing")))
            ), resource


def test_tasks_write_records_of_sessions_alone() -> None:
    role = pipeline_template()["Resources"]["TaskRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    (records,) = [one for one in role["Statement"] if "dynamodb:UpdateItem" in one["Action"]]
    assert records["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["session#*"]}}


def test_tasks_read_their_own_secrets_alone() -> None:
    role = pipeline_template()["Resources"]["TaskRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    read = {action: one["Resource"] for one in role["Statement"] for action in one["Action"]}
    assert read["ssm:GetParameter"] == ["arn:aws:ssm:eu-west-1:123456789012:parameter/k"]
    assert read["secretsmanager:GetSecretValue"] == ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:k-??????"]


def test_the_record_table_has_the_keys_that_records_are_written_with() -> None:
    table = environment_template()["Resources"]["Records"]["Properties"]
    wanted = items.definition("bunsui-dev-records")
    assert {key: table[key] for key in wanted} == wanted
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_the_bucket_is_encrypted_closed_and_cleaned() -> None:
    bucket = environment_template()["Resources"]["Bucket"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert "BucketEncryption" in bucket
    assert {rule["Id"] for rule in bucket["LifecycleConfiguration"]["Rules"]} == {"unfinished-uploads", "old-packages"}


def test_a_secret_is_in_a_template_by_its_reference_alone() -> None:
    function = pipeline_template()["Resources"]["FunctionFetch"]["Properties"]
    variables = function["Environment"]["Variables"]
    assert json.loads(variables["BUNSUI_SECRETS"]) == {"KEY": "ssm:/k"}
    assert variables["PLAIN"] == "1"
    assert "KEY" not in variables


def test_a_secret_of_this_machine_is_refused_with_the_command_that_puts_it_there() -> None:
    text = KINDS.replace("ssm:/k", "env:TOKEN")
    with pytest.raises(InvalidInput, match="KEY") as refused:
        pipeline_template(text)
    assert "aws ssm put-parameter" in refused.value.hint


def test_a_command_without_an_image_runs_in_that_of_all_commands() -> None:
    made = pipeline_template("version: 1\nname: p\noperations:\n  one: {command: {run: [ls]}}\n")
    _, main = made["Resources"]["TaskOne"]["Properties"]["ContainerDefinitions"]
    assert main["Image"] == COMMANDS_IMAGE


def test_a_container_begins_with_the_runtime_and_ends_in_time() -> None:
    first, main = pipeline_template()["Resources"]["TaskShell"]["Properties"]["ContainerDefinitions"]
    assert first["Command"][2].endswith("/runtime/task.pyz")
    assert main["DependsOn"] == [{"ContainerName": "runtime", "Condition": "SUCCESS"}]
    assert [*main["EntryPoint"], *main["Command"]] == ["python3", "/bunsui/task.pyz", "--", "python3", "x.py"]


def test_another_definition_is_another_version_and_the_old_one_stays() -> None:
    before, after = (set(pipeline_template(text)["Resources"]) for text in (KINDS, KINDS.replace("5s", "6s")))
    (old,), (new,) = before - after, after - before
    assert old.startswith("Version")
    assert new.startswith("Version")
    assert pipeline_template()["Resources"][old]["DeletionPolicy"] == "Retain"


def test_a_machine_may_start_what_it_nests_and_nothing_else() -> None:
    nested = "version: 1\nname: p\noperations:\n  one: {task: {resource: RESOURCE}, with: {StateMachineArn: ARN}}\n"
    text = nested.replace("RESOURCE", '"arn:aws:states:::states:startExecution.sync:2"').replace(
        "ARN", f'"{THERE.machine("child")}:3"'
    )
    role = pipeline_template(text)["Resources"]["MachineRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    may = {action: one["Resource"] for one in role["Statement"] for action in one["Action"]}
    child = THERE.machine("child")
    assert may["states:StartExecution"] == [child, f"{child}:*"]
    assert may["states:StopExecution"] == ["arn:aws:states:eu-west-1:123456789012:execution:bunsui-dev-child:*"]


def test_operations_whose_names_differ_in_underscores_have_resources_of_their_own() -> None:
    one, other = FunctionResource("m.f", "."), FunctionResource("m.g", ".")
    machine = machine_of("version: 1\nname: p\noperations:\n  w: {wait: {for: 1s}}\n")
    machine = replace(machine, resources={"Function_a_b": one, "Function_ab": other, "Function_a__b": one})
    parts = pipeline.Parts("d", dict.fromkeys(["a_b", "ab", "a__b"], "c"))
    made = pipeline.template(machine, machine.text, parts, THERE)["Resources"]
    assert sum(one["Type"] == "AWS::Lambda::Function" for one in made.values()) == 3


def test_more_operations_than_a_stack_takes_are_refused() -> None:
    machine = machine_of("version: 1\nname: p\noperations:\n  w: {wait: {for: 1s}}\n")
    names = [f"o{number}" for number in range(300)]
    machine = replace(machine, resources={f"Function_{name}": FunctionResource("m.f", ".") for name in names})
    with pytest.raises(Refused, match="500"):
        pipeline.template(machine, machine.text, pipeline.Parts("d", dict.fromkeys(names, "c")), THERE)


def test_roles_of_a_task_definition_of_others_may_be_passed_on_and_ours_may_not() -> None:
    text = "version: 1\nname: p\noperations:\n  one: {ecs: {task_definition: theirs}}\n"
    machine = machine_of(text)
    definition = bound(machine, THERE, lambda child: "")
    roles = ("arn:aws:iam::123456789012:role/theirs",)
    made = pipeline.template(machine, definition, pipeline.Parts("d", foreign=Foreign(roles, ("/theirs",))), THERE)[
        "Resources"
    ]
    policy = made["MachineRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    may = {action: one["Resource"] for one in policy["Statement"] for action in one["Action"]}
    assert may["iam:PassRole"] == list(roles)
    assert may["ecs:StopTask"] == ["arn:aws:ecs:eu-west-1:123456789012:task/bunsui-dev/*"]
    assert "TaskRole" not in made
    read = made["ControllerReads"]["Properties"]["PolicyDocument"]["Statement"][0]
    assert read["Resource"] == ["arn:aws:logs:eu-west-1:123456789012:log-group:/theirs:*"]


def test_a_connection_is_named_by_the_arn_that_aws_gave_it() -> None:
    given = "arn:aws:events:eu-west-1:123456789012:connection/bunsui-dev-default/0f1e2d"
    there = replace(THERE, connections=(("default", given),))
    text = "version: 1\nname: p\noperations:\n  get: {http: {url: 'https://example.com'}}\n"
    assert given in bound(machine_of(text), there, lambda child: "")
    policy = pipeline_template(text, there)["Resources"]["MachineRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    may = {action: one["Resource"] for one in policy["Statement"] for action in one["Action"]}
    wanted = ["arn:aws:events:eu-west-1:123456789012:connection/bunsui-dev-default/*"]
    assert may["events:RetrieveConnectionCredentials"] == wanted
