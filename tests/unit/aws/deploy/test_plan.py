"""What a deployment would change, in words."""

from __future__ import annotations

from typing import Any

from bunsui.aws.deploy import plan
from bunsui.model.deployment import Change, Deed


def template(**resources: Any) -> dict[str, Any]:
    return {"Resources": resources}


def queue(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def role(*statements: dict[str, Any]) -> dict[str, Any]:
    document = {"Statement": list(statements)}
    policies = [{"PolicyName": "bunsui", "PolicyDocument": document}]
    return {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r", "Policies": policies}}


READ = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/logs/*"]}
ONLY = {**READ, "Condition": {"StringEquals": {"b": "2"}, "Bool": {"a": "1"}}}


def test_a_difference_names_the_properties_that_differ() -> None:
    before = template(Gone=queue(), Same=queue(Size=1), Other=queue(Size=1, Kept=1))
    after = template(Same=queue(Size=1), Other=queue(Size=2, Kept=1, More=1), New=queue())
    assert plan.differing(before, after) == (
        Change(Deed.DELETE, "Gone", "AWS::SQS::Queue"),
        Change(Deed.CREATE, "New", "AWS::SQS::Queue"),
        Change(Deed.CHANGE, "Other", "AWS::SQS::Queue", ("More", "Size")),
    )


def test_aws_says_what_is_replaced_and_what_follows_from_it() -> None:
    ours = (Change(Deed.CHANGE, "Queue", "AWS::SQS::Queue", ("QueueName",)),)
    theirs = (
        Change(Deed.REPLACE, "Queue", "AWS::SQS::Queue", ("Name",)),
        Change(Deed.CHANGE, "Rule", "AWS::Events::Rule", ("Targets",), perhaps=True),
    )
    assert plan.told(ours, theirs) == (Change(Deed.REPLACE, "Queue", "AWS::SQS::Queue", ("QueueName",)), theirs[1])


def test_what_only_refers_to_a_change_is_none_while_nothing_is_replaced() -> None:
    ours = (Change(Deed.CHANGE, "Function", "AWS::Lambda::Function", ("Code",)),)
    rule = Change(Deed.CHANGE, "Rule", "AWS::Events::Rule", ("Targets",), perhaps=True)
    assert plan.told(ours, (*ours, rule)) == ours


def test_permissions_are_told_as_sentences_gained_and_lost() -> None:
    write = {**READ, "Action": ["s3:PutObject"]}
    told = plan.permissions(template(Role=role(READ)), template(Role=role(write)))
    assert told == ("+ r may s3:PutObject on b/logs/*", "- r may s3:GetObject on b/logs/*")


def test_a_condition_in_another_order_is_the_same_permission() -> None:
    turned = {**READ, "Condition": {"Bool": {"a": "1"}, "StringEquals": {"b": "2"}}}
    assert plan.permissions(template(Role=role(ONLY)), template(Role=role(turned))) == ()
    assert plan.permissions({}, template(Role=role(ONLY))) == (
        "+ r may s3:GetObject on b/logs/*, only where a is 1 and b is 2",
    )


def test_a_permission_on_everything_says_so() -> None:
    wide = {**READ, "Resource": ["*"]}
    sqs = {**READ, "Action": ["sqs:SendMessage"], "Resource": ["arn:aws:sqs:eu-west-1:1:*"]}
    assert plan.permissions({}, template(Role=role(wide, sqs))) == (
        "+ r may s3:GetObject on everything",
        "+ r may sqs:SendMessage on all of sqs",
    )
