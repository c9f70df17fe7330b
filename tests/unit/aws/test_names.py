"""Names of an environment's things, within the lengths that AWS allows."""

from __future__ import annotations

from bunsui.aws.names import Environment, execution_arn, fitted

PROD = Environment("prod", "123456789012", "eu-west-1")


def test_things_are_named_for_their_environment() -> None:
    assert PROD.records == "bunsui-prod-records"
    assert PROD.bucket == "bunsui-prod-123456789012-eu-west-1"
    assert PROD.machine("flights") == "arn:aws:states:eu-west-1:123456789012:stateMachine:bunsui-prod-flights"
    assert PROD.function("flights", "extract").endswith(":function:bunsui-prod-flights-extract")


def test_a_name_that_is_too_long_is_cut_and_stays_its_own() -> None:
    one, other = (PROD.function("p" * 40, "o" * 60 + end).rpartition(":")[2] for end in "ab")
    assert len(one) == len(other) == 64
    assert one != other
    assert fitted("x" * 64, 64) == "x" * 64


def test_an_execution_belongs_to_the_machine_whatever_its_version() -> None:
    machine = PROD.machine("flights")
    assert execution_arn(f"{machine}:7", "s-1") == execution_arn(machine, "s-1")
    assert execution_arn(machine, "s-1").endswith(":execution:bunsui-prod-flights:s-1")
