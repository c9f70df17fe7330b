"""From any DAG to a tree: every edge kept by its order or by a join, joins only where they must be, no deadlock."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bunsui.compiler.decompose import decompose
from bunsui.compiler.graph import Graph, bits, build
from bunsui.compiler.plan import make
from bunsui.compiler.tree import Node, Op, Parallel, Sequence
from bunsui.errors import InvalidInput
from virtual import dags


@st.composite
def edges(draw: st.DrawFn, most: int = 14) -> dags.Edges:
    """Any DAG, its names in no particular order."""
    count = draw(st.integers(1, most))
    names = draw(st.permutations([f"op{i}" for i in range(count)]))
    found = {}
    for i, name in enumerate(names):
        found[name] = tuple(draw(st.lists(st.sampled_from(names[:i]), unique=True, max_size=4))) if i else ()
    return {name: found[name] for name in sorted(found)}


def is_before(tree: Node, first: int, second: int) -> bool | None:
    """Whether the tree alone puts one before the other; None when they run beside each other."""
    if isinstance(tree, Op):
        return None
    parts = tree.parts if isinstance(tree, Sequence) else tree.branches
    places = {i: k for k, part in enumerate(parts) for i in bits(part.members)}
    if places[first] == places[second]:
        return is_before(parts[places[first]], first, second)
    return places[first] < places[second] if isinstance(tree, Sequence) else None


def linear(tree: Node) -> list[int]:
    if isinstance(tree, Op):
        return [tree.index]
    parts = tree.parts if isinstance(tree, Sequence) else tree.branches
    return [i for part in parts for i in linear(part)]


def ancestors(dag: dags.Edges, name: str) -> set[str]:
    return {above for need in dag[name] for above in {need} | ancestors(dag, need)}


def contains_n(graph: Graph) -> bool:
    """Four operations a, b, c, d with edges a-c, a-d, b-d only: what no series-parallel order has."""
    every = range(len(graph.names))

    def beside(i: int, j: int) -> bool:
        return i != j and not (graph.ancestors[i] >> j & 1 or graph.ancestors[j] >> i & 1)

    return any(
        beside(a, b) and beside(c, d) and beside(b, c)
        for d in every
        for a in bits(graph.ancestors[d])
        for b in bits(graph.ancestors[d])
        for c in bits(graph.descendants[a])
    )


@given(edges())
def test_ancestors_are_all_that_comes_before(dag: dags.Edges) -> None:
    graph = build(dag)
    for name in dag:
        assert set(graph.names_of(graph.ancestors[graph.index[name]])) == ancestors(dag, name)
        assert all(graph.index[need] < graph.index[name] for need in dag[name])


@given(edges())
def test_the_reduction_is_the_smallest_set_of_edges_with_the_same_order(dag: dags.Edges) -> None:
    graph = build(dag)
    for name in dag:
        shortcuts = {far for need in dag[name] for far in ancestors(dag, need)}
        assert set(graph.names_of(graph.parents[graph.index[name]])) == set(dag[name]) - shortcuts


@given(edges())
def test_every_operation_is_in_the_tree_once(dag: dags.Edges) -> None:
    assert sorted(linear(decompose(build(dag)))) == list(range(len(dag)))


@given(edges())
def test_the_tree_never_waits_for_more_than_the_dag(dag: dags.Edges) -> None:
    graph = build(dag)
    tree = decompose(graph)
    for i in range(len(dag)):
        for j in range(len(dag)):
            if i != j and is_before(tree, i, j):
                assert graph.ancestors[j] >> i & 1


@given(edges())
def test_every_edge_is_kept_by_the_tree_or_by_a_join(dag: dags.Edges) -> None:
    plan = make(dags.build(dags.bare(dag)))
    for name, needs in dag.items():
        for need in needs:
            first, second = plan.graph.index[need], plan.graph.index[name]
            if not is_before(plan.tree, first, second):
                assert any(
                    plan.awaits.get(waiting, 0) >> first & 1
                    for waiting in (second, *bits(plan.graph.ancestors[second]))
                )


@given(edges())
def test_one_order_satisfies_tree_and_joins_so_nothing_deadlocks(dag: dags.Edges) -> None:
    plan = make(dags.build(dags.bare(dag)))
    place = {i: k for k, i in enumerate(linear(plan.tree))}
    for consumer, producers in plan.awaits.items():
        assert all(place[producer] < place[consumer] for producer in bits(producers))
        assert producers & ~plan.graph.ancestors[consumer] == 0


@given(edges(most=10))
def test_there_are_joins_only_where_there_is_an_n(dag: dags.Edges) -> None:
    plan = make(dags.build(dags.bare(dag)))
    assert bool(plan.awaits) == contains_n(plan.graph)


@given(edges())
def test_without_joins_the_tree_keeps_every_edge(dag: dags.Edges) -> None:
    graph = build(dag)
    tree = decompose(graph, joins=False)
    for name, needs in dag.items():
        for need in needs:
            assert is_before(tree, graph.index[need], graph.index[name])


@given(edges())
def test_sequences_and_branches_are_flat(dag: dags.Edges) -> None:
    pending = [decompose(build(dag))]
    while pending:
        node = pending.pop()
        if isinstance(node, Op):
            continue
        parts = node.parts if isinstance(node, Sequence) else node.branches
        assert len(parts) > 1
        assert not any(type(part) is type(node) for part in parts)
        pending.extend(parts)


@pytest.mark.parametrize("seed", range(10))
def test_large_series_parallel_dags_are_seen_as_such(seed: int) -> None:
    rnd = Random(seed)
    assert not make(dags.build(dags.bare(dags.series_parallel(rnd, 300)))).awaits


def test_a_chain_is_a_sequence_and_roots_are_branches() -> None:
    assert decompose(build({"a": (), "b": ("a",), "c": ("b",)})) == Sequence((Op(0), Op(1), Op(2)), 0b111)
    assert decompose(build({"a": (), "b": (), "c": ()})) == Parallel((Op(0), Op(1), Op(2)), 0b111)


def test_a_circle_is_refused() -> None:
    with pytest.raises(InvalidInput, match="a, b"):
        build({"a": ("b",), "b": ("a",), "c": ()})


def test_a_need_that_is_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput, match="'a' needs 'b'"):
        build({"a": ("b",)})


def test_very_deep_dags_are_no_matter() -> None:
    chain = {f"op{i}": (f"op{i - 1}",) if i else () for i in range(3000)}
    assert len(linear(decompose(build(chain)))) == 3000
    ladder = {f"op{i}": tuple(f"op{j}" for j in (i - 2, i - 3) if j >= 0) for i in range(600)}
    assert len(linear(decompose(build(ladder)))) == 600
