"""The state of each kind of task: resource, arguments, and where its output stands in the result.

Retries, catches and the bag are added in `states`; fan-outs wrap a task in `fan_out`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bunsui.compiler import nested
from bunsui.compiler.context import bunsui, has_runtime, heartbeat_of, input_key
from bunsui.compiler.front import Scope, braced, expressions
from bunsui.errors import InvalidInput
from bunsui.model.json import Json
from bunsui.model.machine import (
    BUCKET,
    CLUSTER,
    MAILBOXES,
    PUBLIC_IP,
    SECURITY_GROUPS,
    SUBNETS,
    CompiledMachine,
    ConnectionResource,
    ContainerResource,
    FunctionResource,
    MachineResource,
    Resource,
)
from bunsui.model.pipeline import (
    ApprovalTask,
    CommandTask,
    EcsTask,
    HttpTask,
    IntegrationTask,
    LambdaTask,
    Operation,
    Pipeline,
    PipelineTask,
    PythonTask,
    WaitTask,
)

INLINE_INPUT = 2048  # bytes of a constant `with` that travel in the overrides of a container
MAILBOX_DAYS = 400  # longer than an execution can last
EXPIRES = f"$string($floor($millis()/1000)+{MAILBOX_DAYS * 86400})"
_APPROVAL = ("token", "message", "session", "operation", "ttl")

Compile = Callable[[Pipeline], CompiledMachine]


@dataclass(frozen=True, slots=True)
class Work:
    """`fields` make the state, `result` is JSONata of the operation's output, `before` a state that must run first."""

    fields: Mapping[str, Json]
    result: str = "{}"
    before: Mapping[str, Json] | None = None
    resources: Mapping[str, Resource] = field(default_factory=dict)
    may_fail: bool = True


def placeholder(name: str) -> str:
    return "${" + name + "}"


def work(operation: Operation, scope: Scope, compile_child: Compile) -> Work:
    match operation.task:
        case LambdaTask() | PythonTask() as task:
            return _function(operation, task, scope)
        case CommandTask() as task:
            resource = ContainerResource(task.run, task.image, None, task.cpu, task.memory, operation.env)
            return _container(operation, resource, scope)
        case EcsTask() as task:
            name, image = task.task_definition, task.image
            resource = ContainerResource(task.command, image, name, task.cpu, task.memory, operation.env)
            return _container(operation, resource, scope)
        case HttpTask() as task:
            return _http(operation, task, scope)
        case PipelineTask() as task:
            return _nested(operation, task, scope, compile_child)
        case WaitTask() as task:
            return _wait(task, scope)
        case ApprovalTask() as task:
            return _approval(operation, task, scope)
        case IntegrationTask() as task:
            arguments = scope.template(dict(operation.arguments))
            return Work({"Type": "Task", "Resource": task.resource, "Arguments": arguments}, "$states.result")


def _function(operation: Operation, task: LambdaTask | PythonTask, scope: Scope) -> Work:
    arguments = scope.template(dict(operation.arguments))
    name = f"Function_{operation.name}"
    resource = _function_resource(operation, task)
    wrapped: Json = {"bunsui": braced(bunsui(operation, scope.caps)), "with": arguments}
    payload = arguments if resource.existing else wrapped
    return Work(
        {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {"FunctionName": placeholder(name), "Payload": payload},
        },
        "$states.result.Payload",
        resources={name: resource},
    )


def _function_resource(operation: Operation, task: LambdaTask | PythonTask) -> FunctionResource:
    return FunctionResource(
        handler=task.call if isinstance(task, PythonTask) else task.handler or "",
        code=task.code,
        existing=None if isinstance(task, PythonTask) else task.function,
        memory=task.memory,
        timeout=operation.timeout,
        env=operation.env,
    )


def _container(operation: Operation, resource: ContainerResource, scope: Scope) -> Work:
    name = f"Task_{operation.name}"
    if resource.existing:
        return _existing(name, resource)
    constant = _small_constant(operation)
    wrapper = bunsui(operation, scope.caps, token=True, heartbeat=heartbeat_of(operation))
    if constant is not None:
        rest = json.dumps(f',"with":{constant}}}')
        value = f"'{{\"bunsui\":'&$string({wrapper})&{rest}"
        before = None
    else:
        value = f"$string({{'bunsui':{wrapper},'input':{input_key(operation)}}})"
        before = _input_state(operation, scope)
    environment: Json = [{"Name": "BUNSUI_TASK", "Value": braced(value)}]
    overrides: Json = {"ContainerOverrides": [{"Name": "task", "Environment": environment}]}
    return Work(
        {
            "Type": "Task",
            "Resource": "arn:aws:states:::ecs:runTask.waitForTaskToken",
            "Arguments": {**_run_task(name), "Overrides": overrides},
        },
        "$states.result",
        before,
        {name: resource},
    )


def _existing(name: str, resource: ContainerResource) -> Work:
    """A container that knows nothing of us: its end is awaited, its exit code decides, and it has no output."""
    fields: dict[str, Json] = {
        "Type": "Task",
        "Resource": "arn:aws:states:::ecs:runTask.sync",
        "Arguments": _run_task(name),
    }
    return Work(fields, resources={name: resource})


def has_input_state(operation: Operation) -> bool:
    """A container's overrides are small: larger arguments are put into the object store first."""
    return has_runtime(operation) and _small_constant(operation) is None


def _small_constant(operation: Operation) -> str | None:
    """The arguments as JSON text: written by us, so that no number is rounded on the way."""
    if any(expressions(operation.arguments)):
        return None
    text = json.dumps(dict(operation.arguments), separators=(",", ":"))
    return text if len(text) < INLINE_INPUT else None


def _input_state(operation: Operation, scope: Scope) -> dict[str, Json]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
        "Arguments": {
            "Bucket": placeholder(BUCKET),
            "Key": braced(input_key(operation)),
            "Body": scope.template(dict(operation.arguments)),
        },
    }


def _run_task(name: str) -> dict[str, Json]:
    """Lists are made of texts, so that the machine does not depend on how many there are."""
    network: Json = {
        "Subnets": braced(f"$split('{placeholder(SUBNETS)}',',')"),
        "SecurityGroups": braced(f"$split('{placeholder(SECURITY_GROUPS)}',',')"),
        "AssignPublicIp": placeholder(PUBLIC_IP),
    }
    return {
        "Cluster": placeholder(CLUSTER),
        "LaunchType": "FARGATE",
        "TaskDefinition": placeholder(name),
        "NetworkConfiguration": {"AwsvpcConfiguration": network},
    }


def _http(operation: Operation, task: HttpTask, scope: Scope) -> Work:
    name = f"Connection_{task.connection or 'Default'}"
    body = task.body if task.body is not None else (dict(operation.arguments) or None)
    arguments: dict[str, Json] = {
        "ApiEndpoint": task.url,
        "Method": task.method,
        "Authentication": {"ConnectionArn": placeholder(name)},
    }
    optional: dict[str, Json] = {
        "Headers": dict(task.headers),
        "QueryParameters": dict(task.query),
        "RequestBody": body,
    }
    arguments |= {key: value for key, value in optional.items() if value not in (None, {})}
    return Work(
        {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Arguments": scope.template(arguments)},
        "{'status':$states.result.StatusCode,'headers':$states.result.Headers,'body':$states.result.ResponseBody}",
        resources={name: ConnectionResource(task.connection)},
    )


def _nested(operation: Operation, task: PipelineTask, scope: Scope, compile_child: Compile) -> Work:
    name = f"Machine_{operation.name}"
    if task.child is None:
        raise InvalidInput(f"the pipeline that operation '{operation.name}' runs was not resolved")
    return Work(
        {
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Arguments": {
                "StateMachineArn": placeholder(name),
                "Input": nested.child_input(operation, task.child, scope),
            },
        },
        "$states.result.Output",
        resources={name: MachineResource(compile_child(task.child))},
    )


def _wait(task: WaitTask, scope: Scope) -> Work:
    key, value = ("Timestamp", task.until) if task.until is not None else ("Seconds", task.seconds)
    return Work({"Type": "Wait", key: scope.template(value)}, may_fail=False)


def _approval(operation: Operation, task: ApprovalTask, scope: Scope) -> Work:
    """TOKEN, SESSION and TTL are words that DynamoDB keeps for itself, hence the names."""
    item = "&'/'&$states.input.index" if operation.for_each is not None else ""
    arguments: Json = {
        "TableName": placeholder(MAILBOXES),
        "Key": {"k": {"S": braced(f"$states.context.Execution.Name&'/{operation.name}'{item}")}},
        "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in _APPROVAL),
        "ExpressionAttributeNames": {f"#{name}": name for name in _APPROVAL},
        "ExpressionAttributeValues": {
            ":token": {"S": braced("$states.context.Task.Token")},
            ":message": {"S": scope.template(task.message)},
            ":session": {"S": braced("$states.context.Execution.Input.session")},
            ":operation": {"S": braced(f"$states.context.Execution.Input.path&'{operation.name}'")},
            ":ttl": {"N": braced(EXPIRES)},
        },
    }
    resource = "arn:aws:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken"
    return Work({"Type": "Task", "Resource": resource, "Arguments": arguments}, "$states.result")
