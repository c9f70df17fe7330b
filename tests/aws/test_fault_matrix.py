"""At every request of start, refresh, finish, recover and cancel something goes wrong: the session comes to the truth.

What there is in the end is what there is when nothing goes wrong: the same records, objects, alerts, lines of the log,
and exactly one execution for each number. A sample of it runs always, all of it in the soak.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache

import pytest

from aws.matrix import FAULTS, STEPS, Laboratory, Left
from ministack.server import MiniStack
from ministack.wire import Wire

KINDS = (*FAULTS, "killed", "killed after")
SAMPLE = {"start": 4, "refresh": 1, "finish": 2, "recover": 2, "cancel": 1}
MOST = 110  # requests that any step takes; those that a step does not take are left out
_CHANCE = random.Random(20_261_123)


@pytest.fixture(scope="module")
def laboratory(ministack: MiniStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    with pytest.MonkeyPatch.context() as patch, Wire(ministack.address) as wire:
        patch.setenv("AWS_RETRY_MODE", "standard")
        patch.setenv("AWS_MAX_ATTEMPTS", "1")
        made = Laboratory(ministack, wire, tmp_path_factory.mktemp("matrix"))
        made.clean = cache(made.clean)  # type: ignore[method-assign]  # once for all tests
        yield made


def same(laboratory: Laboratory, step: str, turn: int, fault: str) -> None:
    requests, clean = laboratory.clean(step)
    turn = 1 + turn % requests
    life = laboratory.tried(step, turn, fault)
    left = life.left()
    told = f"{fault} at request {turn} of {step}: {life.failures}"
    for name in Left.__dataclass_fields__:
        assert getattr(left, name) == getattr(clean, name), f"{name}, {told}"


@pytest.mark.parametrize(
    ("step", "turn", "fault"),
    [
        pytest.param(step, _CHANCE.randrange(1000), fault, id=f"{step}-{fault}-{number}")
        for step, count in SAMPLE.items()
        for number, fault in enumerate(_CHANCE.sample(KINDS, count))
    ],
)
def test_what_went_wrong_once_leaves_no_trace(laboratory: Laboratory, step: str, turn: int, fault: str) -> None:
    same(laboratory, step, turn, fault)


def killed(laboratory: Laboratory, turn: int, after: bool) -> None:
    requests, clean = laboratory.clean("start")
    life = laboratory.life()
    life.start_killed(1 + turn % requests, after)
    life.started()
    assert life.left() == clean, life.failures


def test_a_process_that_is_killed_while_it_starts_a_session_is_made_up_for(laboratory: Laboratory) -> None:
    killed(laboratory, _CHANCE.randrange(1000), after=True)


@pytest.mark.soak
@pytest.mark.parametrize("after", [False, True])
def test_a_process_may_be_killed_at_any_request_of_a_start(laboratory: Laboratory, after: bool) -> None:
    for turn in range(laboratory.clean("start")[0]):
        killed(laboratory, turn, after)


@pytest.mark.soak
@pytest.mark.parametrize("fault", KINDS)
@pytest.mark.parametrize("step", STEPS)
def test_whatever_goes_wrong_anywhere_leaves_no_trace(laboratory: Laboratory, step: str, fault: str) -> None:
    for turn in range(laboratory.clean(step)[0]):
        same(laboratory, step, turn, fault)
