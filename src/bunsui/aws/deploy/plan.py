"""What a deployment would change, in words: resources, permissions, cost. Pure; who asks AWS is the deployer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bunsui.model.deployment import Change, Deed

COSTS = (
    "An environment that nobody uses costs next to nothing: the sweep is 43,200 short invocations of the controller a "
    "month (less than $1), and what is stored ($0.25 a GB-month in DynamoDB, as much again for point-in-time recovery, "
    "$0.023 in S3).",
    "A run costs $25 a million state transitions, and what its functions and containers take; bunsui plan FILE "
    "estimates it.",
)


def created(template: Mapping[str, Any]) -> tuple[Change, ...]:
    """All of a stack that is not there yet."""
    resources: Mapping[str, Any] = template["Resources"]
    return tuple(Change(Deed.CREATE, name, one["Type"]) for name, one in sorted(resources.items()))


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Of two templates, with the properties that differ; whether something is replaced only AWS knows."""
    old, new = before["Resources"], after["Resources"]
    return tuple(
        _difference(name, old.get(name), new.get(name))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    )


def _difference(name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Change:
    if old is None or new is None:
        there = new or old or {}
        return Change(Deed.CREATE if old is None else Deed.DELETE, name, there["Type"])
    was, becomes = old.get("Properties", {}), new.get("Properties", {})
    parts = tuple(sorted(key for key in {*was, *becomes} if was.get(key) != becomes.get(key)))
    return Change(Deed.CHANGE, name, new["Type"], parts)


def told(changes: Sequence[Change], of_aws: Sequence[Change]) -> tuple[Change, ...]:
    """Our changes with AWS's word on what is replaced; and those that follow from a replacement.

    A change set also names what only refers to something that changes: while nothing is replaced, nothing comes of it.
    """
    known = {change.name: change for change in of_aws}
    ours = tuple(_settled(change, known.get(change.name)) for change in changes)
    seen = {change.name for change in ours}
    replaced = any(change.deed is Deed.REPLACE for change in ours)
    return ours + tuple(change for change in of_aws if change.name not in seen and (replaced or not change.perhaps))


def _settled(ours: Change, theirs: Change | None) -> Change:
    if theirs is None or ours.deed is not Deed.CHANGE:
        return ours
    return Change(theirs.deed, ours.name, ours.type, ours.parts or theirs.parts, theirs.perhaps)


def permissions(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """What roles may do that they might not, and the other way round; a sentence each."""
    old, new = set(_sentences(before)), set(_sentences(after))
    gained = [f"+ {one}" for one in sorted(new - old)]
    return tuple(gained + [f"- {one}" for one in sorted(old - new)])


def _sentences(template: Mapping[str, Any]) -> Iterator[str]:
    for who, document in _documents(template):
        for one in document["Statement"]:
            yield f"{who} may {', '.join(one['Action'])} on {_on(one)}{_only(one)}"


def _documents(template: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What roles may do, by their names."""
    for resource in template.get("Resources", {}).values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Role":
            yield from ((properties["RoleName"], one["PolicyDocument"]) for one in properties.get("Policies", ()))
        elif resource["Type"] == "AWS::IAM::Policy":
            yield from ((role, properties["PolicyDocument"]) for role in properties["Roles"])


def _on(statement: Mapping[str, Any]) -> str:
    resources = statement["Resource"]
    return ", ".join(sorted(map(_short, resources if isinstance(resources, list) else [resources])))


def _short(resource: object) -> str:
    """What of an ARN tells things of one account and region apart."""
    parts = str(resource).split(":", 5)
    return (
        parts[5] if len(parts) == 6 and parts[5] != "*" else f"all of {parts[2]}" if len(parts) == 6 else "everything"
    )


def _only(statement: Mapping[str, Any]) -> str:
    found = statement.get("Condition")
    if not found:
        return ""
    tests = [f"{key} is {_listed(value)}" for test in found.values() for key, value in test.items()]
    return f", only where {' and '.join(sorted(tests))}"


def _listed(value: object) -> str:
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)
