"""The program in contexts on AWS: what runs there, what is refused and why, what is said where AWS does not answer."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bunsui.cli import main
from bunsui.settings import load
from bunsui.workspace import open_workspace
from ministack.deployed import Deployed
from ministack.server import MiniStack
from ministack.wire import Wire, refused

DOUBLE = 'def handler(event, context):\n    print("doubling")\n    return {"n": event["n"] * 2}\n'
BROKEN = "def handler(event, context):\n    raise ValueError('not yet')\n"
ASK = """
version: 1
name: ask
operations:
  ok: {approval: {message: "go on?"}}
  then: {needs: [ok], wait: {for: 1s}}
"""


def chain(first: str, second: str) -> str:
    return f"""
version: 1
name: chain
params: {{n: {{type: integer, default: 1}}}}
operations:
  first:
    lambda: {{function: {first}}}
    with: {{n: "{{% $params.n %}}"}}
  second:
    needs: [first]
    lambda: {{function: {second}}}
    with: {{n: "{{% $first.n %}}"}}
outputs: {{n: "{{% $second.n %}}"}}
"""


@dataclass
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Bunsui = Callable[..., Said]


@pytest.fixture(scope="module")
def _deployed(ministack: MiniStack, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    there, file = Deployed(ministack), tmp_path_factory.mktemp("pipelines") / "ask.yaml"
    file.write_text(ASK)
    there.deploy(file)
    return there


@pytest.fixture
def there(_deployed: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    """An environment, and a folder that names it in three contexts and has a pipeline that is deployed there."""
    for name, value in _deployed.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    contexts = [("dev", ()), ("prod", ("production = true",)), ("look", ("read_only = true",))]
    Path("bunsui.toml").write_text("".join(_deployed.toml(name, *more) for name, more in contexts))
    Path("ask.yaml").write_text(ASK)
    return _deployed


@pytest.fixture
def bunsui(there: Deployed, capfd: pytest.CaptureFixture[str]) -> Bunsui:
    """A command in this process, which has loaded what asks AWS already."""

    def run(*arguments: str) -> Said:
        capfd.readouterr()
        code = main.run(list(arguments))
        return Said(code, *capfd.readouterr())

    return run


def process(*arguments: str) -> Said:
    command = [sys.executable, "-m", "bunsui", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False)
    return Said(ran.returncode, ran.stdout, ran.stderr)


def stored(there: Deployed) -> tuple[Any, Any]:
    """All that the environment holds."""
    records = there.clients.ask("dynamodb", "scan", TableName=there.environment.records)["Items"]
    found = there.clients.ask("s3", "list_objects_v2", Bucket=there.environment.bucket).get("Contents", [])
    return sorted(map(str, records)), sorted((one["Key"], one["ETag"]) for one in found)


def test_a_pipeline_runs_fails_and_is_resumed_in_the_context_that_is_named(there: Deployed, bunsui: Bunsui) -> None:
    Path("chain.yaml").write_text(chain(there.function("double", DOUBLE), there.function("broken", BROKEN)))
    there.deploy(Path("chain.yaml").absolute())
    failed = process("run", "chain.yaml", "--context", "dev", "-p", "n=3", "--name", "mine", "--output", "json")
    assert (failed.code, failed.err) == (1, "")
    assert failed.json["session"]["context"] == "dev"
    assert "X-Amz-Expires=43200" in failed.json["report"]
    assert failed.json["until"] > failed.json["session"]["ended"]
    there.replace_function(f"{there.name}-broken", DOUBLE)
    resumed = process("--context", "dev", "session", "resume", "mine", "--yes")
    assert resumed.code == 0, resumed.err
    assert "n  12" in resumed.out
    assert "bunsui --context dev session logs mine" in resumed.out
    signed = [line for line in resumed.out.splitlines() if "X-Amz-Signature" in line]
    assert [line.partition("?")[0].rpartition("/")[2] for line in signed] == ["mine-1.0.html"]
    shown = bunsui("session", "show", "mine", "--context", "dev", "--output", "json").json
    assert [one["status"] for one in shown["operations"]] == ["REUSED", "SUCCEEDED"]
    assert [one["status"] for one in shown["alerts"]] == ["sent", "sent"]
    for command in (["logs", "mine"], ["errors", "mine"], ["history", "mine"], ["list"], ["watch", "mine"]):
        assert bunsui("session", *command, "--context", "dev").code == 0, command
    assert bunsui("session", "list").out == ""  # nothing of it is in the home


def test_an_approval_is_answered_and_a_session_cancelled_there(there: Deployed, bunsui: Bunsui, home: Path) -> None:
    assert bunsui("run", "ask.yaml", "--context", "dev", "--detach", "--name", "asked").out == "asked\n"
    assert "go on?" in bunsui("session", "show", "asked", "--context", "dev").out
    assert bunsui("session", "approve", "asked", "--context", "dev", "--yes").code == 0
    assert bunsui("session", "watch", "asked", "--context", "dev").code == 0
    bunsui("run", "ask.yaml", "--context", "dev", "--detach", "--name", "stopped")
    assert "CANCELLED" in bunsui("session", "cancel", "stopped", "--context", "dev", "--yes").out
    assert not home.exists()


def test_a_pool_and_a_registered_pipeline_are_kept_there(there: Deployed, bunsui: Bunsui) -> None:
    assert bunsui("pool", "set", "shared", "--slots", "2", "--context", "dev").code == 0
    assert "shared" in bunsui("pool", "list", "--context", "dev").out
    assert bunsui("pipeline", "register", "ask.yaml", "--yes", "--context", "dev").code == 0
    assert bunsui("run", "ask@1", "--detach", "--name", "by-name", "--context", "dev").code == 0
    assert bunsui("session", "cancel", "by-name", "--context", "dev", "--yes").code == 0
    assert "ask" in bunsui("pipeline", "versions", "ask", "--context", "dev").out


def test_what_was_not_deployed_is_refused_with_the_command_that_does(there: Deployed, bunsui: Bunsui) -> None:
    deploy = f"hint:  Deploy it: bunsui --context dev env deploy other.yaml --env {there.name}\n"
    Path("other.yaml").write_text(ASK.replace("name: ask", "name: other"))
    never = bunsui("run", "other.yaml", "--context", "dev")
    assert (never.code, never.err) == (
        5,
        f"error: the pipeline other is not deployed to the environment {there.name}\n{deploy}",
    )
    Path("ask.yaml").write_text(ASK.replace("1s", "2s"))
    deploy = deploy.replace("other.yaml", "ask.yaml")
    changed = bunsui("run", "ask.yaml", "--context", "dev")
    assert (changed.code, changed.err.partition(deploy)[1]) == (5, deploy)
    assert "as it is here is not the one that is deployed" in changed.err


def test_code_that_was_not_deployed_is_refused_as_well(there: Deployed, bunsui: Bunsui) -> None:
    text = "version: 1\nname: coded\noperations:\n  one: {lambda: {handler: steps.step, code: .}}\n"
    Path("code").mkdir()
    Path("code/steps.py").write_text("def step(event, context):\n    return {}\n")
    Path("coded.yaml").write_text(text)
    there.deploy(Path("coded.yaml").absolute())
    Path("code/steps.py").write_text("def step(event, context):\n    return {'mended': True}\n")
    told = bunsui("run", "coded.yaml", "--context", "dev", "--detach")
    assert told.code == 5
    assert "the code of coded here is not the code that was deployed" in told.err


def test_a_read_only_context_shows_what_runs_and_stores_nothing(there: Deployed, bunsui: Bunsui) -> None:
    bunsui("run", "ask.yaml", "--context", "dev", "--detach", "--name", "seen")
    with open_workspace(load(context="dev")) as opened:
        assert opened.sessions.approvals("seen")
        arn = opened.sessions.get("seen").executions[-1].arn
        opened.ports.machines.stop(arn, "Stopped", "by hand")
    before = stored(there)
    shown = bunsui("session", "show", "seen", "--context", "look").out
    assert ("CANCELLED" in shown, "by hand" in shown) == (True, True), shown
    for command in (
        *(["session", one, "seen"] for one in ("logs", "history", "errors", "recover", "watch")),
        *(["session", "list"], ["pool", "list"], ["alert", "list"]),
    ):
        assert bunsui(*command, "--context", "look").code in (0, 1), command
    for command in (
        ["run", "ask.yaml"],
        *(["session", one, "seen", "--yes"] for one in ("resume", "restart")),
        ["session", "recover", "seen", "--restart", "--yes"],
        *(["pool", "set", "new", "--slots", "1"], ["pipeline", "register", "ask.yaml", "--yes"]),
    ):
        told = bunsui(*command, "--context", "look")
        assert (told.code, "the context look is read-only" in told.err) == (5, True), (command, told.err)
    assert stored(there) == before


def test_production_takes_the_contexts_name(there: Deployed, bunsui: Bunsui, monkeypatch: pytest.MonkeyPatch) -> None:
    before = stored(there)
    for command in (
        ["run", "ask.yaml"],
        *(["session", one, "mine"] for one in ("cancel", "resume", "restart", "approve")),
        *(["pool", "set", "new", "--slots", "1"], ["pool", "drain", "new"]),
    ):
        assert bunsui(*command, "--context", "prod").code in (4, 5), command
    monkeypatch.setenv("BUNSUI_CONTEXT", "prod")
    told = bunsui("run", "ask.yaml", "--yes")
    assert (told.code, "--context prod --yes" in told.err) == (5, True)
    assert stored(there) == before
    assert bunsui("run", "ask.yaml", "--context", "prod", "--yes", "--detach", "--name", "produced").code == 0
    assert bunsui("session", "cancel", "produced", "--context", "prod", "--yes").code == 0


def test_every_context_is_listed_and_one_that_is_not_there_is_a_line_of_its_own(
    there: Deployed, bunsui: Bunsui
) -> None:
    with open("bunsui.toml", "a") as file:
        file.write('[contexts.gone]\nbackend = "aws"\nenvironment = "nowhere"\n')
    bunsui("run", "ask.yaml", "--context", "dev", "--detach", "--name", "listed")
    told = bunsui("session", "list", "--all-contexts")
    assert told.code == 0
    assert [line.split()[:2] for line in told.out.splitlines() if "listed" in line] == [
        ["dev", "listed"],
        ["prod", "listed"],
        ["look", "listed"],
    ]
    assert "! gone  there is no environment 'nowhere'" in told.err
    body = bunsui("session", "list", "--all-contexts", "--output", "json").json
    assert [(one["context"], one["exit_code"]) for one in body["unreachable"]] == [("gone", 6)]
    bunsui("session", "cancel", "listed", "--context", "dev", "--yes")


def test_a_list_asks_step_functions_nothing(there: Deployed, bunsui: Bunsui) -> None:
    bunsui("run", "ask.yaml", "--context", "dev", "--detach", "--name", "counted")
    with Wire(there.running.address) as wire, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", wire.address)
        told = bunsui("session", "list", "--context", "dev")
    assert "counted" in told.out
    assert "What runs is shown as it is recorded" in told.err
    assert set(wire.seen) == {"GetItem", "Query", "BatchGetItem"}
    bunsui("session", "cancel", "counted", "--context", "dev", "--yes")


SIGNED_OUT = """
[profile work]
sso_session = corp
sso_account_id = 000000000000
sso_role_name = reader
region = us-east-1
[sso-session corp]
sso_start_url = https://corp.example.com/start
sso_region = us-east-1
"""
MISSING = {
    "no credentials": ({"AWS_ACCESS_KEY_ID": None}, "there are no credentials for AWS", "Sign in: aws configure"),
    "no region": ({"AWS_REGION": None}, "no AWS region is named", "export AWS_REGION="),
    "no profile": ({"AWS_PROFILE": "nobody"}, "there is no AWS profile 'nobody'", "aws configure list-profiles"),
    "no endpoint": ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "nothing answers at http://127.0.0.1:9", "unset AWS_"),
    "no region's name": ({"AWS_REGION": "no where"}, "is no AWS region", "export AWS_REGION=eu-west-1"),
}


def test_who_is_signed_out_is_told_the_very_command_that_signs_in(
    there: Deployed, bunsui: Bunsui, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("aws-config").write_text(SIGNED_OUT)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(Path("aws-config").absolute()))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with open("bunsui.toml", "a") as file:
        file.write(there.toml("signed-out", 'profile = "work"'))
    told = bunsui("session", "list", "--context", "signed-out")
    assert (told.code, told.err) == (
        6,
        "error: the sign-in of profile 'work' has expired\nhint:  Sign in again: aws sso login --profile work\n",
    )


@pytest.mark.parametrize("why", MISSING)
def test_where_aws_is_not_to_be_had_one_line_says_why_and_what_to_type(
    there: Deployed, bunsui: Bunsui, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    changes, message, hint = MISSING[why]
    for name, value in changes.items():
        monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    told = bunsui("session", "list", "--context", "dev")
    assert told.code == 6
    error, said = told.err.splitlines()
    assert (message in error, hint in said) == (True, True), told.err


DECLINED = {
    "AccessDeniedException": ("may not dynamodb:GetItem on", "Ask for the permission dynamodb:GetItem on"),
    "ExpiredTokenException": ("the credentials of this environment have expired", "Sign in again: aws configure"),
    "UnrecognizedClientException": ("AWS does not know the credentials", "Sign in: aws configure"),
    "ThrottlingException": ("AWS refuses more requests now", "Wait a minute, then run the command again"),
    "ResourceNotFoundException": ("there is no environment", "Deploy it: bunsui --context dev env deploy --env"),
    "InternalServerError": ("AWS failed (InternalServerError)", "run the command again in a minute"),
}


@pytest.mark.parametrize("code", DECLINED)
def test_what_aws_declines_is_told_with_its_way_out(
    there: Deployed, bunsui: Bunsui, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    message, hint = DECLINED[code]
    with Wire(there.running.address) as wire:
        wire.faults += [("GetItem", refused(code))] * 8
        monkeypatch.setenv("AWS_ENDPOINT_URL", wire.address)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        told = bunsui("session", "list", "--context", "dev")
    assert told.code == 6
    error, said = told.err.splitlines()
    assert (message in error, hint in said) == (True, True), told.err


def test_the_doctor_of_a_context_says_who_asks_and_what_answers(there: Deployed, bunsui: Bunsui) -> None:
    there.clients.ask("sns", "subscribe", TopicArn=there.environment.topic, Protocol="email", Endpoint="a@example.com")
    found = bunsui("doctor", "--context", "dev", "--output", "json").json
    checks = {one["name"]: one for one in found["checks"]}
    assert list(checks) == [
        *("context", "aws", "credentials", "clock", "environment", "mailboxes", "bucket", "topic", "machines"),
    ]
    assert "arn:aws:iam::000000000000:root" in checks["credentials"]["detail"]
    assert {one["status"] for one in checks.values()} <= {"ok", "warning"}
    gone = bunsui("doctor", "--backend", "aws")
    assert (gone.code, gone.out.count("there is no environment 'dev'")) == (6, 1)


def test_a_context_on_aws_needs_no_folder_that_can_be_written(
    there: Deployed, bunsui: Bunsui, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUNSUI_HOME", "/proc/none")
    assert bunsui("run", "ask.yaml", "--context", "dev", "--detach", "--name", "homeless").code == 0
    assert "homeless" in bunsui("session", "list", "--context", "dev").out
    assert bunsui("session", "cancel", "homeless", "--context", "dev", "--yes").code == 0
