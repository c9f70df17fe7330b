"""The states that need nothing but their input: Pass, Choice, Wait, Succeed and Fail."""

from __future__ import annotations

from bunsui.asl import errors, timestamps
from bunsui.asl import state as phases
from bunsui.asl.dataflow import effective, passed_on
from bunsui.asl.language import Choice, Fail, Pass, Rule, Succeed, Wait
from bunsui.asl.leaving import leave, leave_state
from bunsui.asl.run import Failed, Run, executing
from bunsui.asl.state import Frame
from bunsui.asl.template import QueryFailure, Scope, Template, unexpected
from bunsui.model.json import Json

_NO_CHOICE = "Failed to transition out of the state. The state does not point to a next state."


def attempt_pass(run: Run, frame: Frame, state: Pass | Succeed) -> None:
    scope = run.scope(frame)
    value = frame.input if state.flow is None else effective(state.flow, scope)
    if isinstance(state, Pass) and state.result is not None:
        value = state.result.evaluate(scope)
    leave_state(run, frame, state, scope, value)


def attempt_choice(run: Run, frame: Frame, state: Choice) -> None:
    scope = run.scope(frame)
    value = frame.input
    if state.flow is not None:
        value = effective(state.flow, scope)
        scope = scope.at(value)
    rule = next((rule for rule in state.rules if _holds(rule, scope)), None)
    if state.flow is not None and (rule is not None or state.default is not None):
        value = passed_on(state.flow, frame.input, value, scope)
    if rule is not None:
        leave(run, frame, scope, value, rule.next, rule.output, rule.assign)
    elif state.default is not None:
        leave(run, frame, scope, value, state.default, state.output, state.assign)
    else:
        run.todo.appendleft(Failed(frame.id, errors.RUNTIME, executing(frame, _NO_CHOICE), fatal=True))


def _holds(rule: Rule, scope: Scope) -> bool:
    value = rule.condition.evaluate(scope)
    if not isinstance(value, bool):
        raise unexpected(rule.condition, value, "boolean", "Condition")
    return value


def attempt_wait(run: Run, frame: Frame, state: Wait) -> None:
    scope = run.scope(frame)
    if state.flow is not None:
        scope = scope.at(effective(state.flow, scope))
    until = moment_of(state, scope, run.at)
    if until <= run.at:
        leave_wait(run, frame)
    else:
        frame.phase, frame.due = phases.WAIT, until


def leave_wait(run: Run, frame: Frame) -> None:
    state = run.definition(frame)
    scope = run.scope(frame)
    value = frame.input if state.flow is None else effective(state.flow, scope)
    leave_state(run, frame, state, scope, value)


def moment_of(state: Wait, scope: Scope, now: float) -> float:
    """When the waiting is over."""
    if state.seconds is not None:
        return now + whole_number(state.seconds, scope, "Seconds")
    timestamp = state.timestamp.evaluate(scope) if state.timestamp is not None else None
    moment = timestamps.parsed(timestamp) if isinstance(timestamp, str) else None
    if moment is None:
        message = (
            f"The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: {timestamp}"
        )
        raise QueryFailure(message, "Timestamp")
    return moment


def whole_number(template: Template, scope: Scope, name: str, least: int = 0) -> int:
    value = template.evaluate(scope)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= 99_999_999:
        raise unexpected(template, value, "integer", name)
    return value


def attempt_fail(run: Run, frame: Frame, state: Fail) -> None:
    scope = run.scope(frame)
    error, cause = text_of(state.error, scope, "Error"), text_of(state.cause, scope, "Cause")
    run.todo.appendleft(Failed(frame.id, error, cause))


def text_of(template: Template | None, scope: Scope, name: str) -> str | None:
    if template is None:
        return None
    value: Json = template.evaluate(scope)
    if not isinstance(value, str):
        raise unexpected(template, value, "string", name)
    return value
