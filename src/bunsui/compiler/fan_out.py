"""A fan-out: an inline Map whose items keep their place, also the ones that an earlier execution finished.

An item's state has ``{index, item, cap, reads}`` as input. Its output is the operation's output of that item; a failed
item gives ``{"Bunsui.Failed": error}``, which no task can return by accident.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from bunsui.compiler.context import heartbeat_of
from bunsui.compiler.front import ASIDE, INPUT, NO_FILE, Scope, braced, field, names_in
from bunsui.compiler.retries import retries
from bunsui.compiler.tasks import Work
from bunsui.expressions import is_expression
from bunsui.model.json import Json
from bunsui.model.pipeline import Operation, Tolerance

MAX_ITEMS = 1000
MAX_CONCURRENCY = 40
ERROR = "Bunsui.ItemsFailed"
_MARK = "Bunsui.Failed"


@dataclass(frozen=True, slots=True)
class FanOut:
    operation: Operation
    scope: Scope  # of the pipeline, not of an item
    work: Work
    catch: bool  # items may fail without failing the Map

    def fields(self) -> dict[str, Json]:
        """The Map, but for Output, Catch and what comes after."""
        found: dict[str, Json] = {
            "Type": "Map",
            "Items": braced(self._items()),
            "MaxConcurrency": min(self.operation.max_concurrency or MAX_CONCURRENCY, MAX_CONCURRENCY),
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": f"{self.operation.name}.item.gate",
                "States": self._states(),
            },
        }
        if reads := self._reads():
            value = "$states.context.Map.Item.Value"
            members: dict[str, Json] = {key: braced(f"{value}.{key}") for key in ("index", "item", "cap")}
            found["ItemSelector"] = {**members, "reads": braced(f"{{{reads}}}")}
        return found

    def _items(self) -> str:
        """A list, each with its index and its share of the bytes; what matches once is a list of one."""
        source = self.operation.for_each
        given = _jsonata(self.scope, source)
        name = self.operation.name
        none = f"$error('for_each of {name} is not a list: it is undefined')"
        aside = f"$error('for_each of {name} is {ASIDE}')"
        many = f"$error('for_each of {name} has '&$n&' items; over {MAX_ITEMS} it needs mode: distributed')"
        element = f"{{'index':$k,'item':$v,'cap':$floor({self.scope.caps.fan_out}/$n)}}"
        return (
            f"($all:={given};$exists($all)?0:{none};$all:=$type($all)='array'?$all:[$all];$n:=$count($all);"
            f"$n=1 and $exists($all[$type($)='object' and {NO_FILE}])?{aside};"
            f"$n>{MAX_ITEMS}?{many};[$map($all,function($v,$k){{{element}}})])"
        )

    def _reads(self) -> str:
        """Outputs that the item's own expressions read go into its input: an item sees nothing else."""
        operation = self.operation
        task = operation.task
        texts = [getattr(task, name) for name in task.__dataclass_fields__ if name != "child"]
        names = names_in([operation.arguments, *texts]) & self.scope.operations
        return ",".join(f"'{name}':$states.input.{field(name)}.o" for name in sorted(names))

    def _states(self) -> dict[str, Json]:
        name, work = self.operation.name, self.work
        item, first = f"{name}.item", f"{name}.item.input" if self.work.before else f"{name}.item"
        done = f"$lookup({INPUT}.partial.{field(name)},$string($states.input.index))"
        states: dict[str, Json] = {
            f"{item}.gate": {
                "Type": "Choice",
                "Choices": [{"Condition": braced(f"$exists({done})"), "Next": f"{item}.done"}],
                "Default": first,
            },
            f"{item}.done": {"Type": "Pass", "Output": braced(done), "End": True},
        }
        if work.before is not None:
            states[first] = {**work.before, "Output": braced("$states.input"), **self._fault(), "Next": item}
        states[item] = {
            **work.fields,
            **limits(self.operation, work),
            "Output": braced(work.result),
            **(self._fault() if work.may_fail else {}),
            "End": True,
        }
        if self.catch and (work.may_fail or work.before):
            states[f"{item}.failed"] = {"Type": "Pass", "End": True}
        return states

    def _fault(self) -> dict[str, Json]:
        found: dict[str, Json] = {"Retry": retries(self.operation)} if self.operation.retry else {}
        if self.catch:
            cause = "$substring($states.errorOutput.Cause,0,$min([1000,$floor($states.input.cap/4)]))"
            error = f"{{'{_MARK}':{{'Error':$states.errorOutput.Error,'Cause':{cause}}}}}"
            failed = f"{self.operation.name}.item.failed"
            found["Catch"] = [{"ErrorEquals": ["States.ALL"], "Output": braced(error), "Next": failed}]
        return found

    def record(self) -> str:
        """JSONata of the operation's record, from the Map's result. Tolerance is judged here."""
        if not self.catch:
            return f"({_collect()}{{'s':'ok','o':$o}})"
        limit = _allowed(self.operation.tolerate)
        error = (
            f"{{'Error':'{ERROR}','Cause':$f&' of '&$n&' items failed: '&"
            "$join([$e[[0..4]].('['&index&'] '&error.Error)],', ')&($f>5?', ...':'')}"
        )
        return f"({_collect()}$f>{limit}?{{'s':'failed','e':{error}}}:{{'s':'ok','o':$o}})"


def limits(operation: Operation, work: Work) -> dict[str, Json]:
    if work.fields.get("Type") != "Task":
        return {}
    found: dict[str, Json] = {}
    if operation.timeout is not None:
        found["TimeoutSeconds"] = operation.timeout
    heartbeat = heartbeat_of(operation)
    if heartbeat is not None and str(work.fields["Resource"]).endswith(".waitForTaskToken"):
        found["HeartbeatSeconds"] = heartbeat
    return found


def _collect() -> str:
    """Binds n, e (errors with their index), f (how many) and o. A list of one list must not melt into its parent."""
    return (
        f"$r:=$states.result;$n:=$count($r);$m:=function($v){{$type($v)='object'?$lookup($v,'{_MARK}')}};"
        "$e:=[$map($r,function($v,$k){$exists($m($v))?{'index':$k,'error':$m($v)}})];$f:=$count($e);"
        "$l:=function($v){$exists($m($v))?null:$v};"
        "$w:=$n=1?($type($r[0])='array'?[$r]:[$l($r[0])]):[$map($r,$l)];"
        "$o:={'items':$w,'succeeded':$n-$f,'failed':$f,'errors':$e};"
    )


def _allowed(tolerate: Tolerance | None) -> str:
    if tolerate is None:
        return "0"
    return str(tolerate.count) if tolerate.count is not None else f"{tolerate.percent}*$n/100"


def _jsonata(scope: Scope, value: Json) -> str:
    """A JSON value as JSONata, with the expressions inside it in place."""
    if is_expression(value):
        return scope.inline(str(value))
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(k)}:{_jsonata(scope, v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_jsonata(scope, one) for one in value) + "]"
    return json.dumps(value)
