"""Rules over the keys of one mapping, each named as the sentence it enforces. Those over the graph: `graph_rules`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from bunsui.definition import values
from bunsui.definition.containers import Rule, Section
from bunsui.definition.reading import INVALID, Reading
from bunsui.definition.tree import Mapping, Node, Scalar, Sequence, at
from bunsui.model.json import Json
from bunsui.model.nearest import nearest
from bunsui.model.pipeline import KINDS, Tolerance
from bunsui.model.problem import Problem, Severity
from bunsui.patterns import InvalidPattern, Pattern

RUNTIME_KINDS = frozenset({"lambda", "python", "command", "ecs"})  # they run code of the user with our runtime
_FAN_OUT_KEYS = ("mode", "max_concurrency", "tolerate")
ALL_ERRORS = ("States.ALL",)
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s?%")


class Tolerated(NamedTuple):
    """A number of items, or a share of them."""

    expected: str = "a number of items such as 3, or a share from 0% to 100%"

    def read(self, node: Node, reading: Reading, path: str) -> Any:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10_000_000:
            return Tolerance(count=value)
        share = _SHARE.fullmatch(value) if isinstance(value, str) else None
        if share and float(share[1]) <= 100:
            return Tolerance(percent=float(share[1]))
        return reading.unfit(node, path, self.expected)

    def schema(self) -> dict[str, Json]:
        share: Json = {"type": "string", "pattern": rf"^{_SHARE.pattern}$"}
        return {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 10_000_000}, share]}


def one_of(first: str, second: str) -> Rule:
    def exactly_one(section: Section, reading: Reading, path: str) -> Iterator[Problem]:
        if (first in section) == (second in section):
            there = "both are there" if first in section else "there is neither"
            yield reading.problem(section.node, f"{path}: expected '{first}' or '{second}'; {there}.", "Write one.")

    return exactly_one


def a_lambda_is_ours_or_exists(section: Section, reading: Reading, path: str) -> Iterator[Problem]:
    yield from one_of("handler", "function")(section, reading, path)
    if "function" in section:
        for key in ("code", "memory"):
            if key in section:
                hint = "A function that exists has its own; remove the key."
                yield reading.problem(
                    section.node.keys[key], f"{path}: '{key}' belongs to 'handler', not 'function'.", hint
                )


def a_container_is_ours_or_exists(section: Section, reading: Reading, path: str) -> Iterator[Problem]:
    yield from one_of("image", "task_definition")(section, reading, path)
    if "task_definition" in section:
        for key in ("cpu", "memory"):
            if key in section:
                hint = "A task definition has its own; remove the key."
                yield reading.problem(section.node.keys[key], f"{path}: '{key}' belongs to 'image'.", hint)


def the_longest_wait_is_longer_than_the_first(section: Section, reading: Reading, path: str) -> Iterator[Problem]:
    longest, first = section.good("max_delay"), section.good("interval", 1)
    if longest is not None and longest <= first:
        node = section.node.values["max_delay"]
        yield reading.problem(
            node, f"{path}: 'max_delay' ({longest} s) must be longer than 'interval' ({first} s).", "Lengthen it."
        )


def exactly_one_kind(section: Section, reading: Reading, path: str) -> Iterator[Problem]:
    kinds = [key for key in section.node.values if key in KINDS]
    if len(kinds) == 1:
        return
    if not kinds and not any(nearest(key, KINDS) for key in section.node.values if key not in section):
        hint = f"Add one of: {', '.join(KINDS)}."
        yield reading.problem(section.node, f"{path}: the operation has no kind.", hint)
    for kind in kinds[1:]:
        message = f"{path}: an operation has one kind; '{kinds[0]}' and '{kind}' are two."
        yield reading.problem(section.node.keys[kind], message, "Make two operations of it.")


def the_heartbeat_is_shorter_than_the_timeout(section: Section, reading: Reading, path: str) -> Iterator[Problem]:
    heartbeat, timeout = section.good("heartbeat"), section.good("timeout")
    if heartbeat is not None and timeout is not None and heartbeat >= timeout:
        node = section.node.values["heartbeat"]
        message = f"{path}: 'heartbeat' ({heartbeat} s) must be shorter than 'timeout' ({timeout} s)."
        yield reading.problem(node, message, "Shorten it.")


def heartbeats_are_shorter_than_the_default_timeout(section: Section, reading: Reading, path: str) -> Iterator[Problem]:
    timeout = section.good("defaults", {}).get("timeout")
    for name, one in section.good("operations", {}).items():
        heartbeat = one.good("heartbeat") if isinstance(one, Section) and "timeout" not in one else None
        if isinstance(timeout, int) and heartbeat is not None and heartbeat >= timeout:
            wanted = f"must be shorter than the default timeout ({timeout} s)."
            message = f"operations.{name}: 'heartbeat' ({heartbeat} s) {wanted}"
            yield reading.problem(one.node.values["heartbeat"], message, "Give the operation a timeout of its own.")


def all_errors_come_last(section: Section, reading: Reading, path: str) -> Iterator[Problem]:
    """Step Functions takes the first rule that fits, and refuses what could never be reached."""
    rules = section.good("retry", ())
    listed = at(section.node, "retry")
    places = listed.items if isinstance(listed, Sequence) else [listed or section.node]
    for index, (rule, node) in enumerate(zip((rules,) if isinstance(rules, Section) else rules, places, strict=False)):
        names = rule.good("on", ALL_ERRORS)
        names = (names,) if isinstance(names, str) else names
        if "States.ALL" in names and (len(names) > 1 or index < len(places) - 1):
            message = f"{path}: the retry rule for all errors (States.ALL, or no 'on') must be alone and the last."
            yield reading.problem(node, message, "Move it to the end, or name the errors.")


def fan_out_keys_need_for_each(section: Section, reading: Reading, path: str) -> Iterator[Problem]:
    if "for_each" in section:
        return
    for key in _FAN_OUT_KEYS:
        if key in section:
            message = f"{path}: '{key}' means nothing without 'for_each'."
            yield reading.problem(section.node.keys[key], message, "Add for_each, or remove the key.")


def distributed_comes_later(section: Section, reading: Reading, path: str) -> Iterator[Problem]:
    if section.get("mode") == "distributed":
        hint = "Use mode: inline: at most 40 items at once, 1,000 in all."
        yield reading.problem(section.node.values["mode"], f"{path}: 'mode: distributed' is not supported yet.", hint)


_MEANINGLESS: dict[str, tuple[str, ...]] = {
    "wait": ("retry", "timeout", "heartbeat", "with", "for_each", "inline"),
    "approval": ("retry", "heartbeat", "with", "for_each", "inline"),
    "http": ("with", "heartbeat"),
}
_INSTEAD = {"http": "Arguments of an HTTP request are 'query', 'headers' and 'body'."}


def only_tasks_have_task_keys(section: Section, reading: Reading, path: str) -> Iterator[Problem]:
    for kind, keys in _MEANINGLESS.items():
        for key in keys if kind in section else ():
            if key in section:
                hint = _INSTEAD.get(kind, "Remove the key.") if key == "with" else "Remove the key."
                yield reading.problem(
                    section.node.keys[key], f"{path}: '{key}' means nothing for the kind {kind}.", hint
                )


def only_code_has_an_environment(section: Section, reading: Reading, path: str) -> Iterator[Problem]:
    kinds = [key for key in section if key in KINDS]
    if "env" in section and kinds and not runs_code(section):
        message = f"{path}: 'env' means nothing for the kind {kinds[0]}: no code of yours runs there."
        yield reading.problem(section.node.keys["env"], message, "Remove the key.")


def runs_code(section: Section) -> bool:
    """It runs under Bunsui's runtime, which sets the environment."""
    existing = isinstance(section.get("lambda"), Section) and "function" in section["lambda"]
    return not existing and any(kind in section for kind in RUNTIME_KINDS)


def secrets_only_in_env(section: Section, reading: Reading, path: str) -> Iterator[Problem]:
    for node in _secrets(at(section.node, "with")):
        hint = "Write env: {NAME: {secret: REF}} and read the variable in the task."
        yield reading.problem(node, f"{path}.with: a secret reaches a task only through 'env'.", hint)


def _secrets(node: Node | None) -> Iterator[Node]:
    match node:
        case Mapping(values=values_):
            reference = values_.get("secret")
            if len(values_) == 1 and isinstance(reference, Scalar) and _SECRET.fullmatch(reference.text):
                yield node
            for value in values_.values():
                yield from _secrets(value)
        case Sequence(items=items):
            for item in items:
                yield from _secrets(item)
        case _:
            return


_SECRET = re.compile(r"(?:env|file|ssm|secretsmanager):.+")

_APPLIES = {
    "minimum": ("integer", "number"),
    "maximum": ("integer", "number"),
    "min_length": ("string", "list"),
    "max_length": ("string", "list"),
    "pattern": ("string",),
}


def parameter_rules_fit_the_type(section: Section, reading: Reading, path: str) -> Iterator[Problem]:
    kind = section.good("type", "string")
    for key, kinds in _APPLIES.items():
        if key in section and kind not in kinds:
            message = f"{path}: '{key}' is for parameters of type {' or '.join(kinds)}, not {kind}."
            yield reading.problem(section.node.keys[key], message, "Change the type, or remove the key.")
    for low, high in (("minimum", "maximum"), ("min_length", "max_length")):
        smallest, largest = section.good(low), section.good(high)
        if smallest is not None and largest is not None and smallest > largest:
            yield reading.problem(section.node.values[low], f"{path}: '{low}' is greater than '{high}'.", "Swap them.")
    yield from _the_pattern_compiles(section, reading, path)


def _the_pattern_compiles(section: Section, reading: Reading, path: str) -> Iterator[Problem]:
    pattern = section.good("pattern")
    if pattern is None:
        return
    try:
        Pattern(pattern)
    except InvalidPattern as error:
        hint = "Mend it. It is as RE2 has it: no look-around, no back-references."
        message = f"{path}: 'pattern' is no regular expression: {error}."
        yield reading.problem(section.node.values["pattern"], message, hint)
        section["pattern"] = INVALID


def the_default_obeys_the_rules(section: Section, reading: Reading, path: str) -> Iterator[Problem]:
    if section.good("required") is True and "default" in section:
        hint = "Remove one of them."
        yield reading.problem(section.node.keys["required"], f"{path}: with a default it cannot be required.", hint)
    if any(value is INVALID for value in section.values()):
        return
    rules = values.parameter(path, section, reading.place(section.node))
    for index, choice in enumerate(rules.choices):
        if complaint := values.type_complaint(rules, choice):
            node = at(section.node, "choices", index) or section.node
            yield reading.problem(node, f"{path}: {complaint}", "Change the choice, or the type.")
    default = section.node.get("default")
    surprising = isinstance(default, Scalar) and default.surprise is not None  # that is reported already
    if default is not None and not surprising and (complaint := values.complaint(rules, rules.default)):
        hint = "Change the default, or the rules."
        yield reading.problem(default, f"{path}: the default: {complaint}", hint)


_WITH_OPERATIONS = ("env", "runtime", "defaults", "on_failure", "outputs", "joins")


def operations_or_a_definition(section: Section, reading: Reading, path: str) -> Iterator[Problem]:
    if "operations" not in section and "definition" not in section:
        hint = "Add at least one operation; bunsui init writes an example."
        yield reading.problem(section.node, "the key 'operations' is missing.", hint)
    if "definition" not in section:
        return
    for key in ("operations", *_WITH_OPERATIONS):
        if key in section:
            message = f"'{key}' means nothing beside 'definition': the state machine says it all."
            yield reading.problem(section.node.keys[key], message, "Remove one of them.")


def what_is_said_of_a_queue_has_one(section: Section, reading: Reading, path: str) -> Iterator[Problem]:
    for key, needs in (("slots", "pool"), ("on_excess", "max_sessions")):
        if key in section and needs not in section:
            message = f"{path}.{key} means nothing without '{needs}'."
            yield reading.problem(section.node.keys[key], message, f"Add '{needs}', or remove it.")


LATER = ("schedule",)


def acted_on_later(section: Section, reading: Reading, path: str) -> Iterator[Problem]:
    for key in LATER:
        if key in section:
            hint = "It is checked and kept; this version of Bunsui does not use it."
            yield reading.problem(section.node.keys[key], f"'{key}' is not acted on yet.", hint, Severity.WARNING)
