"""Random DAGs with everything a pipeline may say, as small specs; and the `Pipeline` that a spec stands for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

from bunsui.model.json import Json
from bunsui.model.pipeline import (
    ApprovalTask,
    CommandTask,
    LambdaTask,
    OnFailure,
    Operation,
    Pipeline,
    PythonTask,
    Retry,
    RunIf,
    Task,
    Tolerance,
    WaitTask,
)


@dataclass(frozen=True)
class Item:
    seconds: float
    failures: int = 0  # its first so many calls fail


@dataclass(frozen=True)
class Node:
    """`failures`: its first so many calls fail, over all executions. `tries` is max_attempts, 1 second apart."""

    name: str
    needs: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    kind: str = "python"  # python, command, lambda, wait, approval
    seconds: float = 1.0
    failures: int = 0
    tries: int = 1
    run_if: RunIf = RunIf.ALL_SUCCESS
    when: bool | str | None = None  # a flag, or the name of an operation that must be ok
    items: tuple[Item, ...] | None = None
    tolerate: Tolerance | None = None
    max_concurrency: int | None = None


@dataclass(frozen=True)
class Spec:
    nodes: tuple[Node, ...]
    fail_fast: bool = False
    joins: bool = True
    by_name: dict[str, Node] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        self.by_name.update({node.name: node for node in self.nodes})


def build(spec: Spec, name: str = "dag") -> Pipeline:
    return Pipeline(
        name=name,
        operations={node.name: operation(node) for node in spec.nodes},
        on_failure=OnFailure.FAIL_FAST if spec.fail_fast else OnFailure.CONTINUE,
        joins=spec.joins,
        outputs={node.name: "{% $" + node.name + " %}" for node in spec.nodes[-2:]},
    )


def operation(node: Node) -> Operation:
    reads: Json = ["{% $exists($NAME.n)?$NAME.n:$NAME.succeeded %}".replace("NAME", read) for read in node.reads]
    inputs = "{% [" + ",".join(str(text)[3:-3] for text in reads) + "] %}" if node.reads else []
    arguments: dict[str, Json] = {"from": inputs}
    if node.items is not None:
        arguments["item"] = "{% $item %}"
    when = None
    if node.when is not None:
        when = f"{{% $exists(${node.when}) %}}" if isinstance(node.when, str) else f"{{% $params.flags.{node.name} %}}"
    return Operation(
        node.name,
        task_of(node),
        needs=node.needs,
        arguments={} if node.kind in ("wait", "approval") else arguments,
        run_if=node.run_if,
        when=when,
        for_each=None if node.items is None else f"{{% $params.items.{node.name} %}}",
        tolerate=node.tolerate,
        max_concurrency=node.max_concurrency,
        retry=(Retry(max_attempts=node.tries, interval=1, backoff=1),) if node.tries > 1 else (),
    )


def task_of(node: Node) -> Task:
    match node.kind:
        case "command":
            return CommandTask(("run", node.name))
        case "lambda":
            return LambdaTask(function=node.name)
        case "wait":
            return WaitTask(seconds=int(node.seconds))
        case "approval":
            return ApprovalTask(f"may {node.name} go on?")
        case _:
            return PythonTask(f"tasks:{node.name}")


def params(spec: Spec) -> dict[str, Json]:
    return {
        "flags": {node.name: node.when for node in spec.nodes if isinstance(node.when, bool)},
        "items": {node.name: list(range(len(node.items))) for node in spec.nodes if node.items is not None},
    }


# shapes: edges only


Edges = dict[str, tuple[str, ...]]


def _names(count: int) -> list[str]:
    return [f"op{i}" for i in range(count)]


def layered(rnd: Random, count: int, depth: int) -> Edges:
    """Every operation needs one to three of the layer before, and now and then one far above."""
    names = _names(count)
    layers: list[list[str]] = [[] for _ in range(depth)]
    for i, name in enumerate(names):
        layers[i if i < depth else rnd.randrange(depth)].append(name)
    order = [name for layer in layers for name in layer]
    edges: Edges = {}
    for k, layer in enumerate(layers):
        above = [name for former in layers[:k] for name in former]
        for name in layer:
            chosen = rnd.sample(layers[k - 1], min(len(layers[k - 1]), rnd.randint(1, 3))) if k else []
            if above and rnd.random() < 0.3:
                chosen.append(rnd.choice(above))
            edges[name] = tuple(dict.fromkeys(chosen))
    return {name: edges[name] for name in order}


def series_parallel(rnd: Random, count: int) -> Edges:
    """Grown by replacing an operation by two, in a row or side by side."""
    before: dict[str, set[str]] = {"op0": set()}
    for i in range(1, count):
        name, old = f"op{i}", rnd.choice(list(before))
        if rnd.random() < 0.5:
            before[name] = set(before[old])
            for needs in before.values():
                if old in needs:
                    needs.add(name)
        else:
            for needs in before.values():
                if old in needs:
                    needs.discard(old)
                    needs.add(name)
            before[name] = {old}
    return _sorted({name: tuple(sorted(needs)) for name, needs in before.items()})


def sparse(rnd: Random, count: int) -> Edges:
    """Any earlier operations, mostly near ones; sometimes none."""
    names = _names(count)
    edges: Edges = {}
    for i, name in enumerate(names):
        near = names[max(0, i - 6) : i]
        edges[name] = tuple(rnd.sample(near, min(len(near), rnd.choice((0, 1, 1, 1, 2, 2, 3)))))
    return edges


def _sorted(edges: Edges) -> Edges:
    found: Edges = {}
    while len(found) < len(edges):
        for name, needs in edges.items():
            if name not in found and all(need in found for need in needs):
                found[name] = needs
    return found


def random_edges(rnd: Random, count: int) -> Edges:
    shape = rnd.randrange(3)
    if shape == 0:
        return layered(rnd, count, min(count, rnd.randint(3, 14)))
    return series_parallel(rnd, count) if shape == 1 else sparse(rnd, count)


def depth(edges: Edges) -> int:
    """Operations in the longest chain; `edges` in order of the DAG."""
    found: dict[str, int] = {}
    for name, needs in edges.items():
        found[name] = 1 + max((found[need] for need in needs), default=0)
    return max(found.values(), default=0)


# everything else a spec says


def bare(edges: Edges) -> Spec:
    return Spec(tuple(Node(name, needs) for name, needs in edges.items()))


def plain(rnd: Random, edges: Edges) -> Spec:
    """Durations and reads only."""
    nodes = [_reading(rnd, edges, Node(name, needs, seconds=rnd.randint(1, 9))) for name, needs in edges.items()]
    return Spec(tuple(nodes))


def eventful(rnd: Random, edges: Edges, *, fail_fast: bool = False) -> Spec:
    """With failures, retries, rules, conditions, fan-outs and all kinds."""
    nodes = [_reading(rnd, edges, Node(name, needs, seconds=rnd.randint(0, 9))) for name, needs in edges.items()]
    return Spec(tuple(_with_events(rnd, node) for node in nodes), fail_fast=fail_fast)


def _reading(rnd: Random, edges: Edges, node: Node) -> Node:
    """Reads some of what it needs, and sometimes an older ancestor."""
    reads = [need for need in node.needs if rnd.random() < 0.6]
    ancestors = sorted(_ancestors(edges, node.name))
    if ancestors and rnd.random() < 0.2:
        reads.append(rnd.choice(ancestors))
    return replace(node, reads=tuple(dict.fromkeys(reads)))


def _ancestors(edges: Edges, name: str) -> set[str]:
    found: set[str] = set()
    pending = list(edges[name])
    while pending:
        need = pending.pop()
        if need not in found:
            found.add(need)
            pending.extend(edges[need])
    return found


def _with_events(rnd: Random, node: Node) -> Node:
    kind = rnd.choices(("python", "command", "lambda", "wait", "approval"), (60, 15, 8, 10, 7))[0]
    rules = (RunIf.ALL_SUCCESS, RunIf.ALL_DONE, RunIf.ONE_FAILED, RunIf.NONE_FAILED)
    node = replace(node, kind=kind, run_if=rnd.choices(rules, (80, 8, 5, 7))[0])
    if kind in ("wait", "approval"):
        node = replace(node, reads=())
    if rnd.random() < 0.12:
        node = replace(node, when=rnd.choice(node.needs) if node.needs and rnd.random() < 0.4 else rnd.random() < 0.6)
    if kind in ("python", "command") and rnd.random() < 0.15:
        return _fan_out(rnd, node)
    if kind != "wait" and rnd.random() < 0.15:
        node = replace(node, failures=rnd.choice((1, 2, 99)), tries=rnd.choice((1, 2, 3)))
    return node


def _fan_out(rnd: Random, node: Node) -> Node:
    items = tuple(
        Item(rnd.randint(0, 9), rnd.choice((1, 99)) if rnd.random() < 0.12 else 0) for _ in range(rnd.randint(0, 12))
    )
    tolerate = rnd.choice((None, None, Tolerance(count=2), Tolerance(percent=30)))
    return replace(node, items=items, tolerate=tolerate, tries=rnd.choice((1, 1, 2)))
