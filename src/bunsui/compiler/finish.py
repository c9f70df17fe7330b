"""The first and the last states of a machine: the bag begins as what is known done, and the end says how it went."""

from __future__ import annotations

from collections.abc import Mapping

from bunsui.compiler.front import INPUT, Scope, braced, rewrite
from bunsui.compiler.plan import Plan
from bunsui.model.json import Json

BEGIN, FINISH, SUCCEED, FAIL = "Begin", "Finish", "Succeed", "Fail"
ERROR = "Bunsui.OperationsFailed"
_NAMED = 10  # operations that the cause names
_ANY_BAD = "$count($states.input.*[s='failed' or s='upstream_failed'])>0"
_BAD = "$i:=$states.input;$f:=$keys($i)[$lookup($i,$).s='failed'];$u:=$keys($i)[$lookup($i,$).s='upstream_failed'];"


def begin(entry: str) -> dict[str, Json]:
    known = f"$exists({INPUT}.resume)?{INPUT}.resume:{{}}"
    return {BEGIN: {"Type": "Pass", "Output": braced(known), "Next": entry}}


def end(plan: Plan) -> dict[str, Json]:
    """Without operations that may fail there is nothing to find out."""
    states: dict[str, Json] = {}
    if plan.may_fail:
        states[FINISH] = {
            "Type": "Choice",
            "Choices": [{"Condition": braced(_ANY_BAD), "Next": FAIL}],
            "Default": SUCCEED,
        }
        states[FAIL] = {"Type": "Fail", "Error": ERROR, "Cause": braced(_cause())}
    outputs = _outputs(plan.pipeline.outputs, Scope(frozenset(plan.graph.names), fields=plan.fields))
    states[SUCCEED] = {"Type": "Succeed", "Output": outputs}
    return states


def entry_of_end(plan: Plan) -> str:
    return FINISH if plan.may_fail else SUCCEED


def _cause() -> str:
    """``2 of 7 operations failed: extract (ValueError), load (States.Timeout); not run because of that: publish``."""
    named = f"$join([$f[[0..{_NAMED - 1}]].($&' ('&$lookup($i,$).e.Error&')')],', ')&($count($f)>{_NAMED}?', ...':'')"
    held = f"$join([$u[[0..{_NAMED - 1}]]],', ')&($count($u)>{_NAMED}?', ...':'')"
    return (
        f"({_BAD}$count($f)&' of '&$count($keys($i))&' operations failed: '"
        f"&{named}&($count($u)>0?'; not run because of that: '&{held}:''))"
    )


def _outputs(outputs: Mapping[str, Json], scope: Scope) -> Json:
    """What is undefined (its operation was skipped, say) is null."""
    return rewrite(dict(outputs), lambda text: braced(f"($v:={scope.inline(text)};$exists($v)?$v:null)"))
