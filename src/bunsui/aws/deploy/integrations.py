"""What a state machine's role may do: read from its states, each action on the things that the state names.

Where a state makes a name out of data, the permission is for that kind of thing in this account and region.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bunsui.aws.deploy.policies import Statement, allow, arn, objects
from bunsui.aws.names import Environment, execution_arn
from bunsui.model.json import Json

_RESOURCE = re.compile(
    r"arn:[^:]*:states:[^:]*:[^:]*:(?:aws-sdk:)?(?P<service>[^:.]+):(?P<action>[^:.]+)(?P<how>\..*)?"
)
_WORDS = {  # services as integrations spell them, where IAM spells them otherwise
    "sfn": "states",
    "eventbridge": "events",
    "cloudwatchlogs": "logs",
    "cloudwatch": "cloudwatch",
    "emr-containers": "emr-containers",
    "elasticmapreduce": "elasticmapreduce",
    "databrew": "databrew",
}
_NAMED = {  # by service: the argument that names the thing, and what stands before the name in its ARN
    "dynamodb": ("TableName", "table/"),
    "sns": ("TopicArn", ""),
    "lambda": ("FunctionName", "function:"),
    "glue": ("JobName", "job/"),
    "kinesis": ("StreamName", "stream/"),
    "secretsmanager": ("SecretId", "secret:"),
    "athena": ("WorkGroup", "workgroup/"),
    "codebuild": ("ProjectName", "project/"),
}
_FOLLOWED = {  # what `.sync` needs besides: it asks how the job goes, and ends it when the execution is stopped
    "glue": ("GetJobRun", "GetJobRuns", "BatchStopJobRun"),
    "athena": ("GetQueryExecution", "StopQueryExecution"),
    "codebuild": ("BatchGetBuilds", "StopBuild"),
    "batch": ("DescribeJobs", "TerminateJob"),
    "ecs": ("DescribeTasks", "StopTask"),
}
_RULES = {  # of EventBridge, by which Step Functions hears of the end
    "ecs": "StepFunctionsGetEventsForECSTaskRule",
    "batch": "StepFunctionsGetEventsForBatchJobsRule",
    "codebuild": "StepFunctionsGetEventForCodeBuildStartBuildRule",
    "states": "StepFunctionsGetEventsForStepFunctionsExecutionRule",
}
Given = Mapping[str, Any]


def statements(
    definition: Mapping[str, Json], pipeline: str, there: Environment, passed: Sequence[str] = ()
) -> list[Statement]:
    """Of the whole machine, each once, in a fixed order. `passed` are roles of task definitions that it runs."""
    made = [one for state in states(dict(definition)) for one in _of_state(state, pipeline, there)]
    made += [_pass(passed)] if passed else []
    unique = {repr(one): one for one in made}
    return [unique[key] for key in sorted(unique)]


def states(part: Json) -> Iterator[Given]:
    """Every state, those inside of others too."""
    if isinstance(part, dict):
        inner = part.get("States")
        if isinstance(inner, dict):
            for state in inner.values():
                if isinstance(state, dict):
                    yield state
                    yield from states(state.get("Branches"))
                    yield from states(state.get("ItemProcessor") or state.get("Iterator"))
    elif isinstance(part, list):
        for one in part:
            yield from states(one)


def _of_state(state: Given, pipeline: str, there: Environment) -> Iterator[Statement]:
    if state.get("Type") == "Map":
        yield from _map(state, pipeline, there)
    if state.get("Type") != "Task":
        return
    resource = str(state.get("Resource", ""))
    given = state.get("Arguments") or state.get("Parameters") or {}
    found = _RESOURCE.fullmatch(resource)
    if found:
        service, action, how = found["service"], found["action"], found["how"] or ""
        yield from _task(service, action, how, given if isinstance(given, dict) else {}, pipeline, there)
    elif ":function:" in resource:
        yield allow(["lambda:InvokeFunction"], _versions(resource))


def _task(service: str, action: str, how: str, given: Given, pipeline: str, there: Environment) -> Iterator[Statement]:
    special = _SPECIAL.get(f"{service}:{action}")
    if special is not None:
        yield from special(given, how, pipeline, there)
        return
    word = _WORDS.get(service, service)
    verbs = [action[:1].upper() + action[1:], *(_FOLLOWED.get(word, ()) if ".sync" in how else ())]
    yield allow([f"{word}:{verb}" for verb in verbs], _things(word, given, there))
    if ".sync" in how and word in _RULES:
        yield _rule(word, there)


def _things(service: str, given: Given, there: Environment) -> list[str]:
    """The ARNs of what the arguments name, else what the service has in this account and region."""
    if service == "s3":
        return [
            f"arn:{there.partition}:s3:::{_literal(given.get('Bucket')) or '*'}/{_literal(given.get('Key')) or '*'}"
        ]
    if service == "sqs" and (url := _literal(given.get("QueueUrl"))):
        return [arn(there, "sqs", url.rpartition("/")[2])]
    if service == "dynamodb" and isinstance(items := given.get("RequestItems"), dict):
        return [arn(there, "dynamodb", f"table/{_literal(name) or '*'}") for name in items]
    key, before = _NAMED.get(service, ("", ""))
    name = _literal(given.get(key))
    if name.startswith("arn:"):
        return [name]
    return [arn(there, service, f"{before}{name or '*'}")]


def _invoke(given: Given, how: str, pipeline: str, there: Environment) -> Iterator[Statement]:
    name = _literal(given.get("FunctionName"))
    whole = name if name.startswith("arn:") else arn(there, "lambda", f"function:{name or '*'}")
    yield allow(["lambda:InvokeFunction"], _versions(whole))


def _versions(whole: str) -> list[str]:
    """The thing, and every version and alias of it."""
    return [whole, f"{whole}:*"]


def _run_task(given: Given, how: str, pipeline: str, there: Environment) -> Iterator[Statement]:
    name = _literal(given.get("TaskDefinition"))
    whole = name if name.startswith("arn:") else arn(there, "ecs", f"task-definition/{name or '*'}")
    family = whole if whole.endswith("*") or whole.rpartition("/")[2].count(":") else f"{whole}:*"
    cluster = arn(there, "ecs", f"cluster/{there.cluster}")
    yield allow(["ecs:RunTask"], [family, whole], {"ArnEquals": {"ecs:cluster": cluster}})
    if ":task-definition/bunsui-" in whole:
        yield _pass([there.start_role, there.task_role(pipeline)])
    if ".sync" in how:
        tasks = arn(there, "ecs", f"task/{there.cluster}/*")
        yield allow(["ecs:DescribeTasks", "ecs:StopTask"], [tasks])
        yield _rule("ecs", there)


def _pass(roles: Sequence[str]) -> Statement:
    return allow(["iam:PassRole"], roles, {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}})


def _start_execution(given: Given, how: str, pipeline: str, there: Environment) -> Iterator[Statement]:
    named = _literal(given.get("StateMachineArn")) or arn(there, "states", "stateMachine:*")
    machine = ":".join(named.split(":")[:7])
    yield allow(["states:StartExecution"], _versions(machine))
    if ".sync" in how:
        yield allow(["states:DescribeExecution", "states:StopExecution"], [execution_arn(machine, "*")])
        yield _rule("states", there)


def _answer(given: Given, how: str, pipeline: str, there: Environment) -> Iterator[Statement]:
    """Its own branches wait for these: the mailboxes of joins."""
    yield allow(["states:SendTaskFailure", "states:SendTaskSuccess"], [there.machine(pipeline)])


def _http(given: Given, how: str, pipeline: str, there: Environment) -> Iterator[Statement]:
    authentication = given.get("Authentication")
    connection = _literal(authentication.get("ConnectionArn")) if isinstance(authentication, dict) else ""
    limits: dict[str, Any] = {"StringEquals": {"states:HTTPMethod": _literal(given.get("Method")) or "GET"}}
    if url := _literal(given.get("ApiEndpoint")):
        limits["StringEquals"]["states:HTTPEndpoint"] = url
    yield allow(["states:InvokeHTTPEndpoint"], [there.machine(pipeline)], limits)
    yield allow(["events:RetrieveConnectionCredentials"], [_with_suffix(connection, there)])
    yield allow(
        ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
        [arn(there, "secretsmanager", "secret:events!connection/*")],
    )


def _with_suffix(connection: str, there: Environment) -> str:
    """By the connection's name: AWS ends its ARN with letters of its own."""
    name = connection.partition(":connection/")[2].partition("/")[0]
    return arn(there, "events", f"connection/{name}/*" if name else "connection/*")


def _put_object(given: Given, how: str, pipeline: str, there: Environment) -> Iterator[Statement]:
    """Inputs of containers; elsewhere what the arguments name."""
    if _literal(given.get("Bucket")) == there.bucket and "'inputs/'" in str(given.get("Key")):
        yield allow(["s3:PutObject"], objects(there, "inputs/"))
    else:
        yield allow(["s3:PutObject"], _things("s3", given, there))


def _map(state: Given, pipeline: str, there: Environment) -> Iterator[Statement]:
    """A distributed Map starts children of its own machine, and reads and writes what it names."""
    processor = state.get("ItemProcessor")
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    if not isinstance(config, dict) or config.get("Mode") != "DISTRIBUTED":
        return
    machine = there.machine(pipeline)
    yield allow(["states:StartExecution"], _versions(machine))
    children = f"{execution_arn(machine, '')}".rstrip(":")
    actions = ["states:DescribeExecution", "states:RedriveExecution", "states:StopExecution"]
    yield allow(actions, [f"{children}:*", f"{children}/*"])
    for key, verbs in (("ItemReader", ("GetObject",)), ("ResultWriter", ("GetObject", "PutObject"))):
        part = state.get(key)
        named = (part.get("Arguments") or part.get("Parameters")) if isinstance(part, dict) else None
        if isinstance(named, dict):
            where = {"Bucket": named.get("Bucket"), "Key": named.get("Key") or f"{_literal(named.get('Prefix'))}*"}
            yield allow([f"s3:{verb}" for verb in verbs], _things("s3", where, there))


def _rule(service: str, there: Environment) -> Statement:
    rule = arn(there, "events", f"rule/{_RULES[service]}")
    return allow(["events:DescribeRule", "events:PutRule", "events:PutTargets"], [rule])


def _literal(value: object) -> str:
    """A text that is no expression and no reference into data."""
    if not isinstance(value, str) or value.startswith(("{%", "$")) or "${" in value:
        return ""
    return value


Special = Callable[[Given, str, str, Environment], Iterator[Statement]]
_SPECIAL: Mapping[str, Special] = {
    "lambda:invoke": _invoke,
    "ecs:runTask": _run_task,
    "states:startExecution": _start_execution,
    "sfn:startExecution": _start_execution,
    "sfn:sendTaskSuccess": _answer,
    "sfn:sendTaskFailure": _answer,
    "http:invoke": _http,
    "s3:putObject": _put_object,
}
