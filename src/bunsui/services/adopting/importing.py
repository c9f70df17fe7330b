"""A state machine that somebody else made as a pipeline file with its definition beside it. Pure: texts come and go."""

from __future__ import annotations

import json

from bunsui.errors import InvalidInput
from bunsui.ports import ExistingMachine
from bunsui.services.adopting.adoption import checked_name


def imported(machine: ExistingMachine, name: str, definition: str) -> tuple[str, str]:
    """Its definition, laid out, and the pipeline file that names it as `definition`. Raises InvalidInput."""
    try:
        text = json.dumps(json.loads(machine.definition), indent=2, ensure_ascii=False) + "\n"
    except ValueError as error:
        raise InvalidInput(f"the definition of {machine.arn} is no JSON: {error}", "Look at it in AWS") from None
    kind = "\n# It is an Express state machine there; Bunsui runs Standard ones." if machine.express else ""
    lines = [
        f"# Imported: the definition of {machine.arn}. Its executions get the parameters as their input.{kind}",
        "version: 1",
        f"name: {checked_name(name)}",
        f"definition: {json.dumps(definition)}",
        "",
    ]
    return text, "\n".join(lines)
