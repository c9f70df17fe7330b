"""The whole life of pipelines on a real account. Costs some cents, and makes and removes an environment of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.whole_life import Life, whole_life
from live.account import Account


@pytest.mark.aws_live
def test_a_whole_life_on_a_real_account(tmp_path: Path, account: Account) -> None:
    whole_life(Life(tmp_path, account))


NEVER = """
version: 1
name: never
operations:
  begin:
    command: {run: [python3, -c, pass], image: "public.ecr.aws/docker/library/python:there-is-no-such-tag"}
"""


@pytest.mark.aws_live
def test_a_container_that_never_began_fails_with_what_ecs_says(tmp_path: Path, account: Account) -> None:
    """Its token is in ECS's event, and the controller may answer it: else a heartbeat is missed ten minutes later."""
    life = Life(tmp_path, account)
    life.write("never.yaml", NEVER)
    account.begin()
    account.deploy(life, "never.yaml")
    life.bunsui("run", "never.yaml", "--name", "april", code=1)
    errors = life.bunsui("session", "errors", "april")
    assert "ECS.TaskFailedToStart" in errors
    assert "CannotPullContainerError" in errors
