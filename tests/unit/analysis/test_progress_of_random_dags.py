"""Progress told from real histories of random DAGs is what an oracle says, at the end and after a resume."""

from __future__ import annotations

from random import Random

import pytest

from bunsui.analysis.progress import OperationView, progress
from bunsui.analysis.shape import shapes_of
from bunsui.model.status import OperationStatus as S
from virtual.dags import Node, Spec, eventful, random_edges
from virtual.oracle import Fate
from virtual.trial import Trial

STATUS = {"ok": S.SUCCEEDED, "failed": S.FAILED, "upstream_failed": S.UPSTREAM_FAILED, "skipped": S.SKIPPED}


def views(trial: Trial, run) -> dict[str, OperationView]:
    return {view.name: view for view in progress(run.events, shapes_of(trial.pipeline))}


def trial_of(seed: int) -> Trial:
    chance = Random(seed)
    return Trial(eventful(chance, random_edges(chance, chance.randint(5, 40))), shuffle=seed)


def expected_status(fate: Fate) -> S:
    return S.REUSED if fate.reused and fate.status == "ok" else STATUS[fate.status]


@pytest.mark.parametrize("seed", range(40))
def test_statuses_times_and_attempts_are_the_oracle_s(seed: int) -> None:
    trial = trial_of(seed)
    for _ in range(2):  # as it was started, and as it is resumed
        run, expected = trial.execute()
        seen = views(trial, run)
        assert {name: view.status for name, view in seen.items()} == {
            n: expected_status(f) for n, f in expected.items()
        }
        for name, fate in expected.items():
            if fate.called and trial.spec.by_name[name].items is None:
                view = seen[name]
                assert view.started == run.started + fate.start
                assert view.ended == run.started + fate.end
                assert view.attempts == len(fate.called)


@pytest.mark.parametrize("seed", range(20))
def test_a_stopped_execution_leaves_no_operation_open(seed: int) -> None:
    trial = trial_of(1000 + seed)
    run, _ = trial.execute(until=2.0)
    open_ = {S.PENDING, S.WAITING, S.RUNNING, S.RETRYING}
    assert {name for name, view in views(trial, run).items() if view.status in open_} == set()


KINDS = ("python", "command", "lambda")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("failures", [1, 2])
def test_after_a_redrive_each_try_is_known_by_what_it_calls(kind: str, failures: int) -> None:
    nodes = (Node("a", kind=kind, failures=failures), Node("b", kind=kind, seconds=3), Node("c", ("a",), kind=kind))
    trial = Trial(Spec(nodes, fail_fast=True))
    run, _ = trial.execute()
    assert {name: view.status for name, view in views(trial, run).items()} == {
        "a": S.FAILED,
        "b": S.CANCELLED,
        "c": S.UPSTREAM_FAILED,
    }
    trial.host.redrive(run)
    trial.host.drain()
    again = views(trial, run)
    assert (again["a"].attempts, again["b"].attempts) == (2, 2)
    ended = {"a": S.FAILED, "b": S.CANCELLED, "c": S.UPSTREAM_FAILED}
    assert {name: view.status for name, view in again.items()} == (
        ended if failures == 2 else dict.fromkeys(ended, S.SUCCEEDED)
    )
