"""What is declared through the API: state machines by name, and functions. In engine.db, within the engine's turn.

What the API makes of it is in `api`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from bunsui.errors import Conflict
from bunsui.local import names
from bunsui.local.journal import Journal
from bunsui.model.json import Json
from bunsui.model.machine import FunctionResource

MACHINE = "machine"
FUNCTION = "function"
DELETED = "DELETED"  # a status: the name is free again, its versions are kept for their executions
_FUNCTION = re.compile(
    r"(?:arn:[a-z-]+:lambda:[^:]*:)?(?:[^:]*:)?(?:function:)?([A-Za-z0-9_-]+)(?::([A-Za-z0-9_$-]+))?"
)


def function_name(text: str) -> str:
    """The name in a function's name, partial or whole ARN; empty if it is none."""
    found = _FUNCTION.fullmatch(text) if ":" in text else re.fullmatch(r"([A-Za-z0-9_-]+)", text)
    if found is None:
        return ""
    return found[1]


class Declarations:
    def __init__(self, journal: Journal, folder: Path) -> None:
        """`folder` is where the code of functions lies."""
        self._journal = journal
        self._folder = folder

    def get(self, kind: str, name: str) -> Mapping[str, Any] | None:
        sql = "SELECT body FROM declarations WHERE kind = ? AND name = ?"
        row = self._journal.connection.execute(sql, (kind, name)).fetchone()
        return orjson.loads(row[0]) if row else None

    def put(self, kind: str, name: str, body: Mapping[str, Json], expected: int) -> int:
        """Store it on condition of its revision (0: there is none); the new one. Raises Conflict."""
        self._journal.begin()
        connection = self._journal.connection
        row = connection.execute(
            "SELECT revision FROM declarations WHERE kind = ? AND name = ?", (kind, name)
        ).fetchone()
        if (row[0] if row else 0) != expected:
            raise Conflict(f"{kind} {name} changed meanwhile")
        values = (kind, name, expected + 1, orjson.dumps(body))
        connection.execute("INSERT OR REPLACE INTO declarations VALUES (?, ?, ?, ?)", values)
        return expected + 1

    def drop(self, kind: str, name: str, expected: int) -> None:
        self.put(kind, name, {}, expected)
        self._journal.connection.execute("DELETE FROM declarations WHERE kind = ? AND name = ?", (kind, name))

    def version(self, arn: str) -> str:
        """The version that a machine's ARN without one stands for; any other ARN as it is."""
        if arn != names.unversioned(arn) or arn.count(":") < 6:
            return arn
        name = names.machine_name_of(arn)
        declared = self.get(MACHINE, name)
        if declared is not None:
            return arn if declared["status"] == DELETED else str(declared["version"])
        return self._journal.newest_version(name) or arn

    def function(self, name: str) -> FunctionResource | None:
        """How a declared function is run, by its name or ARN."""
        declared = self.get(FUNCTION, function_name(name))
        if declared is None:
            return None
        return FunctionResource(
            handler=declared["handler"],
            code=str(self._folder / declared["name"] / declared["code"]),
            timeout=declared["timeout"],
            env=declared["env"],
        )
