"""Resources that MiniStack's CloudFormation does not know: versions and aliases of state machines, connections."""

import json

from ministack.services import eventbridge
from ministack.services import stepfunctions as sfn
from ministack.services.cloudformation import provisioners


def apply():
    known = provisioners._RESOURCE_HANDLERS
    known["AWS::StepFunctions::StateMachineVersion"] = {"create": publish, "update": republish, "delete": unpublish}
    known["AWS::StepFunctions::StateMachineAlias"] = {"create": point, "update": repoint, "delete": unpoint}
    known["AWS::Events::Connection"] = {"create": connect, "update": reconnect, "delete": disconnect}
    known["AWS::StepFunctions::StateMachine"]["delete"] = remove


def remove(arn, props):
    """Versions and aliases go with the machine."""
    for kept in (sfn._state_machine_aliases, sfn._state_machine_versions, sfn._state_machines):
        for one in [one for one in kept if one == arn or one.startswith(f"{arn}:")]:
            del kept[one]


def publish(logical_id, props, stack_name):
    given = {"stateMachineArn": props["StateMachineArn"], "description": props.get("Description", "")}
    if "StateMachineRevisionId" in props:
        given["revisionId"] = props["StateMachineRevisionId"]
    arn = _done(sfn._publish_state_machine_version(given))["stateMachineVersionArn"]
    return arn, {"Arn": arn}


def republish(arn, old, new, stack_name):
    made, attributes = publish("", new, stack_name)
    return made, attributes


def unpublish(arn, props):
    sfn._delete_state_machine_version({"stateMachineVersionArn": arn})


def point(logical_id, props, stack_name):
    arn = _done(sfn._create_state_machine_alias({"name": props["Name"], **_routing(props)}))["stateMachineAliasArn"]
    return arn, {"Arn": arn}


def repoint(arn, old, new, stack_name):
    _done(sfn._update_state_machine_alias({"stateMachineAliasArn": arn, **_routing(new)}))
    return arn, {"Arn": arn}


def unpoint(arn, props):
    sfn._delete_state_machine_alias({"stateMachineAliasArn": arn})


def _routing(props):
    routes = [
        {"stateMachineVersionArn": one["StateMachineVersionArn"], "weight": int(one["Weight"])}
        for one in props["RoutingConfiguration"]
    ]
    return {"routingConfiguration": routes}


def connect(logical_id, props, stack_name):
    arn = _done(eventbridge._create_connection(dict(props)))["ConnectionArn"]
    return props["Name"], {"Arn": arn}


def reconnect(name, old, new, stack_name):
    arn = _done(eventbridge._update_connection(dict(new)))["ConnectionArn"]
    return name, {"Arn": arn}


def disconnect(name, props):
    eventbridge._delete_connection({"Name": name})


def _done(answer):
    status, _, body = answer
    told = json.loads(body)
    if status >= 400:
        raise ValueError(told.get("message") or told)
    return told
