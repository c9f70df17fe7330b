"""What the task runtime and the controller say of containers, and what is made of it."""

from __future__ import annotations

import pytest

from bunsui.analysis.errors.judging import judge
from bunsui.analysis.errors.rulebook import builtin

_LOST = "Essential container in task exited; container task: exit code {} (the task had not answered)"


@pytest.mark.parametrize(
    ("error", "cause", "rule", "category", "recoverable"),
    [
        ("Bunsui.ContainerStopped", "x was killed by SIGTERM", "container-told-to-stop", "transient", True),
        ("ECS.EssentialContainerExited", _LOST.format(1), "container-ended-without-a-word", "transient", True),
        ("ECS.EssentialContainerExited", _LOST.format(137), "killed-for-memory", "memory", False),
        ("ECS.SpotInterruption", "Your Spot Task was interrupted.", "spot-interrupted", "capacity", True),
        (
            "ECS.UserInitiated",
            "by hand (the task had not answered)",
            "container-stopped-by-a-person",
            "cancelled",
            False,
        ),
        (
            "ECS.TaskFailedToStart",
            'CannotStartContainerError: exec: "python3": executable file not found in $PATH',
            "image-without-python",
            "configuration",
            False,
        ),
    ],
)
def test_the_end_of_a_container_is_known_for_what_it_is(
    error: str, cause: str, rule: str, category: str, recoverable: bool
) -> None:
    found = judge(error, cause, (), (builtin(),))
    assert (found.rule, found.category.value, found.recoverable) == (rule, category, recoverable)
