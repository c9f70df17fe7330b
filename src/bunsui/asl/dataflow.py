"""The way of data through a JSONPath state: InputPath, Parameters, ResultSelector, ResultPath, OutputPath. JSONata
states have Arguments and Output instead; see `leaving`."""

from __future__ import annotations

from dataclasses import dataclass

from bunsui.asl.payload import PathFailure, Reference
from bunsui.asl.template import Scope, Template, json_text
from bunsui.expressions.paths import NoValue, Step, set_at
from bunsui.model.json import Json


@dataclass(frozen=True, slots=True)
class Flow:
    """`input` and `output` None are ``null`` in the definition: an empty object. `place` None discards the result.

    Without `merges` there is no result of its own: what came in goes out.
    """

    input: Reference | None
    output: Reference | None
    parameters: Template | None = None
    selector: Template | None = None
    place: tuple[Step, ...] | None = ()
    place_text: str = "$"
    merges: bool = True


def filtered(flow: Flow, scope: Scope) -> Json:
    """What InputPath lets in."""
    return {} if flow.input is None else flow.input.evaluate(scope)


def effective(flow: Flow, scope: Scope) -> Json:
    """What the state works on."""
    value = filtered(flow, scope)
    return value if flow.parameters is None else flow.parameters.evaluate(scope.at(value))


def passed_on(flow: Flow, given: Json, result: Json, scope: Scope) -> Json:
    """The state's output; `given` is its input as it came."""
    value = result
    if flow.merges:
        selected = result if flow.selector is None else flow.selector.evaluate(scope.at(result))
        value = given if flow.place is None else placed(given, flow.place, flow.place_text, selected)
    return {} if flow.output is None else flow.output.evaluate(scope.at(value))


def placed(given: Json, place: tuple[Step, ...], text: str, value: Json) -> Json:
    try:
        return set_at(given, place, value)
    except NoValue:
        message = f"Unable to apply ReferencePath {text} to input {json_text(given)}"
        raise PathFailure(message, "States.ResultPathMatchFailure") from None
