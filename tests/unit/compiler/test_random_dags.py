"""Random pipelines in virtual time: what the compiled machine does is what the rules say, told by a separate oracle."""

from __future__ import annotations

import os
from random import Random

import pytest

from bunsui.compiler import plan
from virtual import dags
from virtual.dags import Spec
from virtual.oracle import breaks_at, critical_path, done_at, fates
from virtual.trial import Trial, check, check_calls, check_checkpoint, records

SOAK = int(os.environ.get("BUNSUI_SOAK") or 1000)
SMALL, MIDDLE, LARGE = (5, 14), (20, 60), (100, 200)


def edges_of(rnd: Random, seed: int, size: tuple[int, int]) -> dags.Edges:
    """A third is layered: at least 8 deep, and hardly ever series-parallel."""
    if seed % 3:
        return dags.random_edges(rnd, rnd.randint(*size))
    return dags.layered(rnd, max(20, rnd.randint(*size)), rnd.randint(8, 12))


def spec_of(seed: int, size: tuple[int, int], *, fail_fast: bool = False) -> tuple[Random, Spec]:
    rnd = Random(seed)
    return rnd, dags.eventful(rnd, edges_of(rnd, seed, size), fail_fast=fail_fast)


def trial_of(spec: Spec, seed: int) -> Trial:
    return Trial(spec, shuffle=seed if seed % 2 else None, folded=seed % 5 == 0)


# continue: every status, moment, call and value; twice resumed


def run_and_resume(seed: int, size: tuple[int, int]) -> None:
    trial = trial_of(spec_of(seed, size)[1], seed)
    for _ in range(3):
        run, expected = trial.execute()
        check(trial, run, expected)
        check_checkpoint(trial, trial.checkpoint)
        if run.status == "SUCCEEDED":
            return


@pytest.mark.parametrize("seed", range(60))
def test_small_dags_do_what_the_rules_say_and_resume(seed: int) -> None:
    run_and_resume(seed, SMALL)


@pytest.mark.parametrize("seed", range(1000, 1012))
def test_middle_dags_do_what_the_rules_say_and_resume(seed: int) -> None:
    run_and_resume(seed, MIDDLE)


@pytest.mark.parametrize("seed", [2001])
def test_large_dags_do_what_the_rules_say_and_resume(seed: int) -> None:
    run_and_resume(seed, LARGE)


# cancelled at any moment, resumed, cancelled again


def cancel_and_resume(seed: int, size: tuple[int, int]) -> None:
    rnd, spec = spec_of(seed, size)
    trial = trial_of(spec, seed)
    length = max((fate.end for fate in fates(spec).values()), default=0.0)
    for _ in range(3):
        moment = rnd.randint(0, int(4 * length)) / 4
        run, expected = trial.execute(moment)
        if run.status != "ABORTED":
            check(trial, run, expected)
            return
        ended = {name: fate.status for name, fate in expected.items() if fate.end <= moment}
        assert {name: status for name, (status, _) in records(run).items()} == ended
        check_calls(trial, run, expected, moment)
        check_checkpoint(trial, trial.checkpoint)
    run, expected = trial.execute()
    check(trial, run, expected)


@pytest.mark.parametrize("seed", range(3000, 3030))
def test_a_cancelled_session_goes_on_without_running_anything_twice(seed: int) -> None:
    cancel_and_resume(seed, SMALL)


@pytest.mark.parametrize("seed", range(4000, 4004))
def test_a_cancelled_larger_session_goes_on_without_running_anything_twice(seed: int) -> None:
    cancel_and_resume(seed, MIDDLE)


# fail_fast: the first failure ends it; redrive and resume go on


def fail_fast(seed: int, size: tuple[int, int], *, redrive: bool) -> None:
    trial = trial_of(spec_of(seed, size, fail_fast=True)[1], seed)
    run, expected = trial.execute()
    moment = breaks_at(expected)
    if moment is None:
        check(trial, run, expected)
        return
    assert (run.status, run.seconds) == ("FAILED", moment)
    ended = {name: status for name, (status, _) in records(run).items()}
    before = {name: fate.status for name, fate in expected.items() if fate.end < moment}
    assert before.items() <= ended.items()
    assert all(expected[name].end == moment for name in ended.keys() - before.keys())
    done = [call for call in trial.made if ended.get(call.operation) == "ok"]
    for _ in range(8):
        if run.status != "FAILED" or not _can_heal(trial):
            break
        if redrive and not _ended_by_its_own_fail_state(run):
            trial.host.redrive(run)
            trial.host.drain()
        else:
            run, _ = trial.execute()
    again = [call for call in trial.host.calls if ended.get(call.operation) == "ok"]
    assert len(again) == len(done), "a completed operation ran again"
    assert run.status == "SUCCEEDED" or not _can_heal(trial)


def _can_heal(trial: Trial) -> bool:
    """Nothing fails for ever, and no rule asks for a failure that fail_fast does not let be."""
    forever = [node for node in trial.spec.nodes if node.failures > 10]
    forever += [node for node in trial.spec.nodes if any(item.failures > 10 for item in node.items or ())]
    return not forever


def _ended_by_its_own_fail_state(run) -> bool:
    return any(event.type == "FailStateEntered" for event in run.events)


@pytest.mark.parametrize("seed", range(5000, 5030))
def test_fail_fast_ends_at_the_first_failure_and_is_redriven_to_its_end(seed: int) -> None:
    fail_fast(seed, SMALL, redrive=True)


@pytest.mark.parametrize("seed", range(6000, 6015))
def test_fail_fast_ends_at_the_first_failure_and_is_resumed_to_its_end(seed: int) -> None:
    fail_fast(seed, SMALL, redrive=False)


@pytest.mark.parametrize("seed", range(7000, 7003))
def test_larger_dags_fail_fast_and_are_redriven(seed: int) -> None:
    fail_fast(seed, MIDDLE, redrive=True)


# makespan and mailboxes


@pytest.mark.parametrize("seed", range(8000, 8030))
def test_the_makespan_is_the_critical_path(seed: int) -> None:
    rnd = Random(seed)
    spec = dags.plain(rnd, dags.random_edges(rnd, rnd.randint(5, 40)))
    trial = trial_of(spec, seed)
    run, expected = trial.execute()
    assert run.seconds == critical_path(spec, expected)
    assert run.status == "SUCCEEDED"


def test_a_third_of_the_sample_is_deep_and_not_series_parallel() -> None:
    found = [edges_of(Random(seed), seed, SMALL) for seed in range(60)]
    deep = [edges for edges in found if dags.depth(edges) >= 8 and plan.make(dags.build(dags.bare(edges))).awaits]
    assert len(deep) * 3 >= len(found)


@pytest.mark.parametrize("seed", range(20))
def test_a_series_parallel_dag_needs_no_mailbox(seed: int) -> None:
    rnd = Random(seed)
    spec = dags.plain(rnd, dags.series_parallel(rnd, rnd.randint(2, 60)))
    assert "Mailboxes" not in Trial(spec).machine.text


def without_joins(seed: int, size: tuple[int, int]) -> None:
    spec = Spec(spec_of(seed, size)[1].nodes, joins=False)
    trial = trial_of(spec, seed)
    run, expected = trial.execute()
    assert {name: status for name, (status, _) in records(run).items()} == {n: f.status for n, f in expected.items()}
    assert set(trial.checkpoint.resume) == set(done_at(spec, expected))
    assert "batchGetItem" not in trial.machine.text


@pytest.mark.parametrize("seed", range(9000, 9020))
def test_without_joins_only_the_moments_differ(seed: int) -> None:
    without_joins(seed, SMALL)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(20))
def test_soak(part: int) -> None:
    each = max(1, SOAK // 20)
    for seed in range(100_000 + part * each, 100_000 + (part + 1) * each):
        size = LARGE if seed % 40 == 0 else MIDDLE if seed % 4 == 0 else SMALL
        try:
            run_and_resume(seed, size)
            cancel_and_resume(seed, MIDDLE if size == LARGE else size)
            fail_fast(seed, MIDDLE if size == LARGE else size, redrive=seed % 2 == 0)
            without_joins(seed, SMALL)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, size {size}: {error}") from error
