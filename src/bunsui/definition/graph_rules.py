"""Rules over the graph of operations, each a generator of problems named as the sentence it enforces."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bunsui.definition import names
from bunsui.definition.graph import Graph
from bunsui.definition.reading import Reading
from bunsui.definition.tree import Node, Scalar, Sequence, at
from bunsui.model.nearest import did_you_mean
from bunsui.model.problem import Problem


def operations_have_names_of_their_own(graph: Graph, reading: Reading) -> Iterator[Problem]:
    for name, section in graph.operations.items():
        if name in names.RESERVED:
            key = _key(reading, name) or section.node
            message = f"operation '{name}': the name is taken; in expressions ${name} is something else."
            yield reading.problem(key, message, "Choose another name.")


def needs_exist(graph: Graph, reading: Reading) -> Iterator[Problem]:
    for name, need, node in _needs(graph):
        if need not in graph.operations:
            message = f"operation '{name}' needs '{need}', which does not exist."
            others = [other for other in graph.operations if other != name]
            yield reading.problem(node, message, did_you_mean(need, others, "Define it, or remove it from needs."))


def no_operation_needs_itself(graph: Graph, reading: Reading) -> Iterator[Problem]:
    for name, need, node in _needs(graph):
        if need == name:
            yield reading.problem(node, f"operation '{name}' needs itself.", "Remove it from needs.")


def there_is_no_circle(graph: Graph, reading: Reading) -> Iterator[Problem]:
    for circle in graph.circles():
        shown = circle if len(circle) <= 12 else [*circle[:6], "…", *circle[-5:]]
        node = _need_node(graph, circle[0], circle[1])
        message = f"the operations wait for each other: {' -> '.join(shown)} (each needs the next)."
        yield reading.problem(node, message, "Remove one of these needs.")


RULES: tuple[Callable[[Graph, Reading], Iterator[Problem]], ...] = (
    operations_have_names_of_their_own,
    needs_exist,
    no_operation_needs_itself,
    there_is_no_circle,
)


def _needs(graph: Graph) -> Iterator[tuple[str, str, Node]]:
    """Every need that is a name, with the operation and its place."""
    for name, section in graph.operations.items():
        listed = section.node.get("needs")
        if isinstance(listed, Sequence):
            for item in listed.items:
                if isinstance(item, Scalar) and isinstance(item.value, str) and item.value:
                    yield name, item.value, item


def _need_node(graph: Graph, name: str, need: str) -> Node:
    found = [node for other, wanted, node in _needs(graph) if (other, wanted) == (name, need)]
    return found[0] if found else graph.operations[name].node


def _key(reading: Reading, name: str) -> Node | None:
    operations = at(reading.document.root, "operations")
    return (
        operations.keys.get(name) if operations is not None and not isinstance(operations, Scalar | Sequence) else None
    )
