"""Token buckets with a clock of their own: how long who asks must wait."""

from __future__ import annotations

from bunsui.aws.limits import Limiter, limiter_of


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def limiter(region: str = "us-east-1") -> tuple[Limiter, Clock]:
    clock = Clock()
    return Limiter(region, clock, clock.sleep), clock


def test_a_full_bucket_lets_pass_at_once_and_an_empty_one_at_its_refill() -> None:
    limits, clock = limiter()
    for _ in range(150):  # half of 300
        limits.take("DescribeExecution")
    assert clock.now == 0
    for _ in range(75):
        limits.take("DescribeExecution")
    assert round(clock.now, 6) == 10.0  # half of 15 a second


def test_elsewhere_the_buckets_are_smaller() -> None:
    limits, clock = limiter("ap-northeast-1")
    for _ in range(50):
        limits.take("ListExecutions")
    assert clock.now == 0
    limits.take("ListExecutions")
    assert clock.now == 1.0


def test_what_stands_idle_fills_up_to_its_size_and_no_further() -> None:
    limits, clock = limiter()
    clock.now = 1e6
    for _ in range(100):
        limits.take("ListExecutions")
    assert clock.now == 1e6
    limits.take("ListExecutions")
    assert clock.now > 1e6


def test_what_was_throttled_waits_before_it_asks_again() -> None:
    limits, clock = limiter()
    limits.throttled("DescribeExecution")
    limits.take("DescribeExecution")
    assert round(clock.now, 6) == round(1 / 7.5, 6)


def test_one_action_does_not_wait_for_another_and_unknown_ones_never_do() -> None:
    limits, clock = limiter()
    limits.throttled("DescribeExecution")
    limits.take("StartExecution")
    limits.take("GetItem")
    limits.throttled("GetItem")
    assert clock.now == 0


def test_clients_of_one_account_and_region_share_their_buckets() -> None:
    assert limiter_of("1", "eu-west-1", "") is limiter_of("1", "eu-west-1", "")
    assert limiter_of("1", "eu-west-1", "") is not limiter_of("1", "us-east-1", "")
    assert limiter_of("1", "eu-west-1", "") is not limiter_of("2", "eu-west-1", "")
