"""One state on its own, as TestState tries it: with an input, a context object, variables, and an answer that is mocked
or asked for. What the operation's parameters mean is in `local.api.trials`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bunsui.asl import errors
from bunsui.asl.dataflow import Flow, filtered, placed
from bunsui.asl.groups import items_of, limits_of
from bunsui.asl.language import (
    AnyState,
    Choice,
    Common,
    Fail,
    Guarded,
    Map,
    Parallel,
    Pass,
    Succeed,
    Task,
    Wait,
)
from bunsui.asl.map_runs import EXCEEDED, tolerated
from bunsui.asl.payload import PathFailure
from bunsui.asl.simple import moment_of, text_of
from bunsui.asl.template import QueryFailure, Scope, Template
from bunsui.model.json import Json


@dataclass(frozen=True, slots=True)
class Answered:
    """What a task, a Parallel or a Map came to. `error` None: to its result."""

    result: Json = None
    error: str | None = None
    cause: str | None = None


@dataclass(slots=True)
class Outcome:
    """`inspected` is what TestState calls inspectionData, in the order of its coming about."""

    status: str = "SUCCEEDED"
    output: Json = None
    next: str | None = None
    error: str | None = None
    cause: str | None = None
    inspected: dict[str, Json] = field(default_factory=dict)


Ask = Callable[[Json], Answered]
"""Given the arguments of a task; those of a Parallel or a Map are of no concern."""


@dataclass(frozen=True, slots=True)
class Trial:
    """`retried` is how often each retrier has retried already, `failures` how many iterations of a Map failed."""

    state: AnyState
    input: Json
    scope: Callable[[Mapping[str, Json]], Scope]
    ask: Ask
    retried: int = 0
    failures: int | None = None

    def run(self) -> Outcome:
        outcome = Outcome(inspected={"input": self.input})
        try:
            _TRIED[type(self.state)](self, outcome)
        except PathFailure as failure:
            self.failed(outcome, failure.error, failure.message, bare=failure.error == errors.RUNTIME)
        except QueryFailure as failure:
            self.failed(outcome, errors.QUERY, failure.message)
        return outcome

    # parts

    def leave(self, outcome: Outcome, result: Json, *, own: bool = True) -> None:
        """`own`: there is a result beside the input."""
        state = self.state
        assert isinstance(state, Common)
        outcome.next = state.next
        if state.flow is None:
            scope = self.scope({"result": result} if isinstance(state, Guarded) else {})
            outcome.output = state.output.evaluate(scope) if state.output is not None else result
            return
        outcome.output = self._merged(outcome, state.flow, result, shown=own)

    def _merged(self, outcome: Outcome, flow: Flow, result: Json, *, shown: bool) -> Json:
        scope, value = self.scope({}), result
        if flow.merges:
            selected = result if flow.selector is None else flow.selector.evaluate(scope.at(result))
            value = self.input if flow.place is None else placed(self.input, flow.place, flow.place_text, selected)
            if shown:
                outcome.inspected |= {"afterResultSelector": selected, "afterResultPath": value}
        return {} if flow.output is None else flow.output.evaluate(scope.at(value))

    def entered(self, outcome: Outcome, *, parameters: bool = False, shown: bool = True) -> Json:
        """What the state works on."""
        flow, scope = self.state.flow, self.scope({})
        if flow is None:
            return self.input
        value = filtered(flow, scope)
        if shown:
            outcome.inspected["afterInputPath"] = value
        if flow.parameters is not None:
            value = flow.parameters.evaluate(scope.at(value))
        if parameters:
            outcome.inspected["afterParameters"] = value
        return value

    def failed(self, outcome: Outcome, error: str | None, cause: str | None, *, bare: bool = False) -> None:
        """RETRIABLE and CAUGHT_ERROR tell by which retrier or catcher. A bare one passes by both."""
        outcome.status, outcome.error, outcome.cause = "FAILED", error, cause
        outcome.next = None
        if bare or not isinstance(self.state, Guarded):
            return
        for index, retrier in enumerate(self.state.retry):
            if errors.matches(error, retrier.errors):
                if self.retried >= retrier.attempts:
                    break
                delay = retrier.interval * retrier.backoff**self.retried
                seconds = int(min(delay, retrier.most) if retrier.most is not None else delay)
                outcome.inspected["errorDetails"] = {"retryIndex": index, "retryBackoffIntervalSeconds": seconds}
                outcome.status = "RETRIABLE"
                return
        self._caught(outcome, error, cause)

    def _caught(self, outcome: Outcome, error: str | None, cause: str | None) -> None:
        assert isinstance(self.state, Guarded)
        for index, catcher in enumerate(self.state.catch):
            if errors.matches(error, catcher.errors):
                told: Json = {"Error": error or "", "Cause": cause or ""}
                scope = self.scope({"errorOutput": told})
                outcome.output = told if catcher.output is None else catcher.output.evaluate(scope)
                if catcher.flow is not None and catcher.flow.place is not None:
                    outcome.output = placed(self.input, catcher.flow.place, catcher.flow.place_text, told)
                elif catcher.flow is not None:
                    outcome.output = self.input
                outcome.status, outcome.next = "CAUGHT_ERROR", catcher.next
                outcome.inspected["errorDetails"] = {"catchIndex": index}
                return


def _pass(trial: Trial, outcome: Outcome) -> None:
    state = trial.state
    assert isinstance(state, Pass | Succeed)
    if isinstance(state, Pass) and state.result is not None:
        result = state.result.evaluate(trial.scope({}))
        outcome.inspected["result"] = result
        trial.leave(outcome, result)
        return
    jsonpath = state.flow is not None and isinstance(state, Pass)
    trial.leave(outcome, trial.entered(outcome, parameters=jsonpath))


def _choice(trial: Trial, outcome: Outcome) -> None:
    state = trial.state
    assert isinstance(state, Choice)
    value = trial.entered(outcome)
    scope = trial.scope({}).at(value)
    rule = next((rule for rule in state.rules if rule.condition.evaluate(scope) is True), None)
    target = rule.next if rule else state.default
    if target is None:
        words = "Failed to transition out of the state. The state does not point to a next state."
        trial.failed(outcome, errors.RUNTIME, words)
        return
    output: Template | None = rule.output if rule else state.output
    trial.leave(outcome, value)
    if output is not None:
        outcome.output = output.evaluate(scope)
    outcome.next = target


def _wait(trial: Trial, outcome: Outcome) -> None:
    state = trial.state
    assert isinstance(state, Wait)
    value = trial.entered(outcome)
    moment_of(state, trial.scope({}).at(value), 0.0)
    trial.leave(outcome, value)


def _fail(trial: Trial, outcome: Outcome) -> None:
    state = trial.state
    assert isinstance(state, Fail)
    scope = trial.scope({})
    if state.flow is not None:
        outcome.inspected["afterInputPath"] = trial.input
    trial.failed(outcome, text_of(state.error, scope, "Error"), text_of(state.cause, scope, "Cause"))


def _task(trial: Trial, outcome: Outcome) -> None:
    state = trial.state
    assert isinstance(state, Task)
    if state.flow is not None:
        arguments = trial.entered(outcome, parameters=True)
    else:
        scope = trial.scope({})
        arguments = state.arguments.evaluate(scope) if state.arguments is not None else trial.input
        outcome.inspected["afterArguments"] = arguments
    answered = trial.ask(arguments)
    if answered.error is not None:
        trial.failed(outcome, answered.error, answered.cause)
        return
    outcome.inspected["result"] = answered.result
    trial.leave(outcome, answered.result)


def _parallel(trial: Trial, outcome: Outcome) -> None:
    state = trial.state
    assert isinstance(state, Parallel)
    if state.flow is not None:
        trial.entered(outcome, shown=False)
    elif state.arguments is not None:
        state.arguments.evaluate(trial.scope({}))
    _answer(trial, outcome)


def _map(trial: Trial, outcome: Outcome) -> None:
    state = trial.state
    assert isinstance(state, Map)
    scope = trial.scope({}).at(trial.entered(outcome))
    items = items_of(state, scope)
    if state.flow is not None:
        outcome.inspected["afterItemsPath"] = items
    concurrency, count, share = limits_of(state, scope)
    outcome.inspected["maxConcurrency"] = concurrency
    if count is not None:
        outcome.inspected["toleratedFailureCount"] = count
    if share is not None:
        outcome.inspected["toleratedFailurePercentage"] = float(share)
    bounded = count is not None or share is not None
    if bounded and (trial.failures or 0) > tolerated(len(items), count, share):
        trial.failed(outcome, errors.THRESHOLD, EXCEEDED)
        return
    _answer(trial, outcome)


def _answer(trial: Trial, outcome: Outcome) -> None:
    """What the mock says of the branches or iterations."""
    answered = trial.ask(None)
    if answered.error is not None:
        trial.failed(outcome, answered.error, answered.cause)
    else:
        trial.leave(outcome, answered.result)


_TRIED: Mapping[type, Callable[[Trial, Outcome], None]] = {
    Pass: _pass,
    Succeed: _pass,
    Choice: _choice,
    Wait: _wait,
    Fail: _fail,
    Task: _task,
    Parallel: _parallel,
    Map: _map,
}
