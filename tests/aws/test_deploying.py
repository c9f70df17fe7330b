"""`bunsui env`: an environment and a pipeline on AWS by the command line, over the wire, and nothing left behind."""

from __future__ import annotations

import json
import signal
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from bunsui.aws import items
from bunsui.aws.deploy import environment, gathering
from bunsui.aws.deploy.stacks import ENVIRONMENT_TAG, Stacks, Wanted
from bunsui.aws.items import record_of
from bunsui.aws.table import DynamoDBClient
from bunsui.ports import Record
from ministack.deployments import PATIENCE, PIPELINE, STEPS, Deployments
from ministack.server import MiniStack


@pytest.fixture
def there(ministack: MiniStack, tmp_path: Path) -> Deployments:
    return Deployments(ministack, tmp_path / "work")


def total(there: Deployments) -> object:
    done = there.bunsui("run", "greet.yaml", "--context", "there", "--output", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1] if done.stdout.count("\n{") else done.stdout)["outputs"]["total"]


def record(there: Deployments, partition: str, sort: str) -> dict[str, object]:
    key = {"pk": {"S": partition}, "sk": {"S": sort}}
    found = there.clients.ask("dynamodb", "get_item", TableName=there.environment.records, Key=key)["Item"]
    return dict(record_of(found).body)


def test_a_pipeline_is_deployed_run_changed_and_removed_with_nothing_left(there: Deployments) -> None:
    shown = there.env("deploy", "greet.yaml", "--plan")
    assert shown.returncode == 0, shown.stderr
    assert "+ create Records (AWS::DynamoDB::Table)" in shown.stdout
    assert there.left() == []

    refused = there.env("deploy", "greet.yaml")
    assert refused.returncode == 5
    assert there.left() == []

    first = there.deployed("greet.yaml")
    assert [stack["is_new"] for stack in first["plan"]["stacks"]] == [True, True]
    assert record(there, "environment", "this")["topic"] == there.environment.topic
    assert record(there, "deployment", "greet")["version"] == f"{there.environment.machine('greet')}:1"
    assert total(there) == 20

    again = there.deployed("greet.yaml")
    assert [stack["changes"] for stack in again["plan"]["stacks"]] == [[], []]

    there.write("code/steps.py", STEPS.replace("* 10", "* 100"))
    stale = there.bunsui("run", "greet.yaml", "--context", "there")
    assert stale.returncode == 5
    assert "env deploy" in stale.stderr
    state = json.loads(there.env("status", "--output", "json").stdout)["environment"]
    assert state["pipelines"][0]["differs"] == ["code"]

    there.write("greet.yaml", PIPELINE.replace("outputs:", "  pause: {needs: [second], wait: {for: 1s}}\noutputs:"))
    shown = there.env("deploy", "greet.yaml", "--plan")
    assert "~ change FunctionFirst (AWS::Lambda::Function): Code" in shown.stdout
    assert "~ operation pause: new" in shown.stdout
    assert "+  pause: {needs: [second], wait: {for: 1s}}" in shown.stdout
    there.deployed("greet.yaml")
    assert total(there) == 200
    listed = json.loads(there.bunsui("pipeline", "list", "--context", "there", "--output", "json").stdout)
    assert [one["version"] for one in listed["pipelines"]] == [2]

    assert there.env("destroy").returncode == 5
    shown = there.env("destroy", "--plan", "--output", "json")
    assert json.loads(shown.stdout)["contents"]["sessions"] == 2
    gone = there.env("destroy", "--confirm", there.name)
    assert gone.returncode == 0, gone.stderr
    assert there.left() == []
    assert there.env("status").returncode == 6


def test_a_failure_tells_the_resources_own_reason_and_the_next_try_goes_on(there: Deployments) -> None:
    there.clients.ask("s3", "create_bucket", Bucket=there.environment.bucket)
    failed = there.env("deploy", "--yes")
    assert failed.returncode == 6
    assert "Bucket (AWS::S3::Bucket): " in failed.stderr
    assert "already" in failed.stderr
    assert there.left() == [there.environment.bucket]

    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": there.environment.bucket}}
    tags = [{"Key": ENVIRONMENT_TAG, "Value": there.name}]
    given = {"StackName": there.environment.stack, "TemplateBody": json.dumps({"Resources": {"One": bucket}})}
    there.clients.ask("cloudformation", "create_stack", **given, Tags=tags)
    there.clients.ask("s3", "delete_bucket", Bucket=there.environment.bucket)
    shown = there.env("deploy", "--plan")
    assert "a creation that failed" in shown.stdout
    there.deployed()
    assert there.env("destroy", "--confirm", there.name).returncode == 0
    assert there.left() == []


def ended_at(there: Deployments, word: str, how: signal.Signals) -> tuple[int, str]:
    """The deployment is sent a signal as soon as it tells of that; its exit code, and what it said after that."""
    command = there.command("env", "deploy", "greet.yaml", "--yes", "--context", "there")
    with subprocess.Popen(
        command,
        cwd=there.folder,
        env=there.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as begun:
        assert begun.stderr is not None
        assert any(word in line for line in begun.stderr)
        begun.send_signal(how)
        said = begun.stderr.read()
    return begun.returncode, said


@pytest.mark.soak
def test_interrupted_it_says_what_goes_on_and_how_to_look_at_it(there: Deployments) -> None:
    code, said = ended_at(there, "Bucket (AWS::S3::Bucket)", signal.SIGINT)
    assert code == 130
    assert f"env status --env {there.name}" in said
    assert there.env("destroy", "--confirm", there.name).returncode == 0
    assert there.left() == []


@pytest.mark.soak
def test_killed_anywhere_the_same_again_goes_on(there: Deployments) -> None:
    ended_at(there, "Bucket (AWS::S3::Bucket)", signal.SIGKILL)
    ended_at(there, "MachineRole (AWS::IAM::Role)", signal.SIGKILL)
    there.deployed("greet.yaml")
    assert total(there) == 20
    assert there.env("destroy", "--confirm", there.name).returncode == 0
    assert there.left() == []


def test_templates_are_written_and_nothing_is_deployed(there: Deployments) -> None:
    done = there.env("deploy", "greet.yaml", "--template", "out")
    assert done.returncode == 0, done.stderr
    written = {path.relative_to(there.folder / "out").parts[0] for path in (there.folder / "out").rglob("*")}
    stack = there.environment.stack
    assert written == {f"{stack}.json", f"{stack}-greet.json", "code", "definitions"}
    whole = json.loads((there.folder / "out" / f"{stack}.json").read_text())
    assert set(environment.template(there.environment, None)["Resources"]) < set(whole["Resources"])  # type: ignore[call-overload, arg-type, index]  # JSON
    assert there.left() == []


def test_a_stack_of_somebody_else_is_left_alone(there: Deployments) -> None:
    theirs = {"Resources": {"One": {"Type": "AWS::SQS::Queue"}}}
    given = {"StackName": there.environment.stack, "TemplateBody": json.dumps(theirs)}
    there.clients.ask("cloudformation", "create_stack", **given)
    refused = there.env("deploy", "--yes")
    assert refused.returncode == 5
    assert "was not made for this" in refused.stderr
    assert there.env("destroy", "--confirm", there.name).returncode == 4
    stack = Stacks(there.clients).find(there.environment.stack)
    assert stack is not None
    there.clients.ask("cloudformation", "delete_stack", StackName=stack.name)


def test_a_plan_that_died_is_removed_and_in_no_way(there: Deployments) -> None:
    stacks, name = Stacks(there.clients), there.environment.stack
    wanted = Wanted(name, environment.template(there.environment, None), {})
    assert stacks.propose(wanted, is_new=True) is not None
    assert there.left() == [name]
    assert there.env("destroy", "--confirm", there.name).returncode == 0
    assert there.left() == []


def test_what_a_pipeline_nests_is_deployed_before_it(there: Deployments) -> None:
    there.write(
        "parent.yaml",
        "version: 1\nname: parent\noperations:\n  sub: {pipeline: {file: ./greet.yaml}}\n"
        'outputs: {total: "{% $sub.total %}"}\n',
    )
    there.deployed("parent.yaml")
    version = record(there, "deployment", "greet")["version"]
    machine = there.clients.ask(
        "stepfunctions", "describe_state_machine", stateMachineArn=there.environment.machine("parent")
    )
    assert version in machine["definition"]
    done = there.bunsui("run", "parent.yaml", "--context", "there", "--output", "json", "--timeout", str(PATIENCE))
    assert '"total": 20' in done.stdout, done.stderr
    assert there.env("destroy", "--confirm", there.name).returncode == 0
    assert there.left() == []


def test_packages_that_nothing_refers_to_are_marked_until_they_are_used_again(ministack: MiniStack) -> None:
    there = ministack.environment()
    clients, table = ministack.clients(), DynamoDBClient(ministack.clients(), there.records)
    clients.ask("dynamodb", "create_table", **items.definition(there.records))
    clients.ask("s3", "create_bucket", Bucket=there.bucket)
    for key in ("code/old.zip", "code/used.zip", "code/also.zip", "logs/old"):
        clients.ask("s3", "put_object", Bucket=there.bucket, Key=key, Body=b"")
    table.put(Record("deployment", "one", {"objects": ["code/used.zip"]}))

    def marked() -> list[str]:
        found = []
        for key in ("code/old.zip", "code/used.zip", "code/also.zip", "logs/old"):
            tags = clients.ask("s3", "get_object_tagging", Bucket=there.bucket, Key=key)["TagSet"]
            found += [key] if environment.OLD in tags else []
        return found

    gathering.mark(clients, there, table, ["code/also.zip"])
    assert marked() == []  # somebody may be deploying them
    gathering.mark(clients, there, table, ["code/also.zip"], young=timedelta(seconds=-60))
    assert marked() == ["code/old.zip"]
    gathering.keep(clients, there, "code/old.zip")
    assert marked() == []
