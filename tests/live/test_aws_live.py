"""The whole life of pipelines on a real account. Costs some cents, and makes and removes an environment of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.whole_life import Life, whole_life
from live.account import Account


@pytest.mark.aws_live
def test_a_whole_life_on_a_real_account(tmp_path: Path, account: Account) -> None:
    whole_life(Life(tmp_path, account))
