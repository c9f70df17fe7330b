"""All recorded executions of AWS, on a virtual clock.

The cases lie beside the repository (`../shared/conformance`); without them these tests are skipped.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bunsui.model.conformance import Conformance
from bunsui.offline import conformance

FOLDER = Path(__file__).parents[3] / "shared" / "conformance"

# What differs from AWS, by id of the case, and why. A case that begins to agree must leave this list.
KNOWN_MISSES = {
    # The function that was recorded had a longer name than the case tells: its answer is 3 bytes longer.
    "context_object.result_selector": "Content-Length",
    # When it was recorded a function could have 10,240 MB; in the service model of today it may have more.
    "field_validation_mode_present.present_mode_aws_sdk_lambda_get_function_task"
    "-integer_more_than_maximum_allowed": "MemorySize",
}

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recorded cases in {FOLDER}")


@pytest.fixture(scope="module")
def found() -> Conformance:
    return conformance(str(FOLDER))


def test_only_the_known_misses_differ_from_aws(found: Conformance) -> None:
    misses = {miss.id: miss.why for miss in found.misses}
    assert misses.keys() == KNOWN_MISSES.keys(), misses


def test_the_score_by_group(found: Conformance, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print()
        for score in found.scores:
            print(f"  recorded {score.group:<16} {score.final:>3} final {score.full:>3} full of {score.run} run")
    assert sum(score.full for score in found.scores) >= 590
