"""What is said of a file that lies in S3: the code beside it is on no machine. Where it lies is told by its folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bunsui.definition.containers import Section
from bunsui.definition.reading import Reading
from bunsui.definition.tree import shorten
from bunsui.model.address import is_remote
from bunsui.model.problem import Problem, Severity

_HINT = "Code is not read from S3: run the pipeline from a folder that has it, or name an absolute folder."


def code_is_on_a_machine(operations: Mapping[str, Section], reading: Reading, folder: str) -> Iterator[Problem]:
    if not is_remote(folder):
        return
    for name, operation in operations.items():
        for kind in ("lambda", "python"):
            task = operation.get(kind)
            code = task.good("code") if isinstance(task, Section) else None
            if isinstance(task, Section) and isinstance(code, str) and not code.startswith("/"):
                path = f"operations.{name}.{kind}.code"
                message = f"{path}: '{shorten(code)}' would lie at {shorten(folder)}, which is no folder of a machine."
                yield reading.problem(task.node.values["code"], message, _HINT, Severity.WARNING)
