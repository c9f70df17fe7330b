"""Secrets of a task: references in the environment, looked up where the task starts and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping

from bunsui.task.aws.client import AwsError
from bunsui.task.aws.services import Services
from bunsui.task.failure import TaskFailure

MISSING = "Bunsui.SecretMissing"


def resolved(environ: Mapping[str, str], services: Services) -> dict[str, str]:
    """Values by the names of variables. Raises TaskFailure, which says what is missing and what to do."""
    references = json.loads(environ.get("BUNSUI_SECRETS") or "{}")
    return {name: _value(name, reference, services) for name, reference in references.items()}


def _value(name: str, reference: str, services: Services) -> str:
    scheme = reference.partition(":")[0]
    if scheme not in ("ssm", "secretsmanager"):
        raise TaskFailure(
            MISSING,
            f"{name} is to come from {reference}, which only the machine of its author can read. On AWS, use ssm: or "
            "secretsmanager: instead",
        )
    try:
        return services.secret(reference)
    except AwsError as error:
        raise TaskFailure(MISSING, f"{name} is to come from {reference}, which cannot be read: {error}") from error
