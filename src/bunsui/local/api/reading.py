"""What the API reads of engine.db beyond what sessions need: machines, declarations, lists of executions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from bunsui.local import codec, names
from bunsui.local.reading import EngineReader


@dataclass(frozen=True, slots=True)
class Listed:
    """An execution in a list. `id` is where the next page goes on."""

    id: int
    arn: str
    name: str
    machine: str
    status: str
    started: float
    ended: float | None
    redrives: int


class ApiReader(EngineReader):
    def declaration(self, kind: str, name: str) -> tuple[int, Mapping[str, Any]] | None:
        """Its revision and what it says."""
        found = self._select("SELECT revision, body FROM declarations WHERE kind = ? AND name = ?", kind, name)
        return (found[0][0], orjson.loads(found[0][1])) if found else None

    def declarations(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """By name, in its order."""
        found = self._select("SELECT name, body FROM declarations WHERE kind = ? ORDER BY name", kind)
        return {name: orjson.loads(body) for name, body in found}

    def machine(self, arn: str) -> Mapping[str, Any] | None:
        """What a version was made of."""
        found = self._select("SELECT body FROM machines WHERE arn = ?", arn)
        return orjson.loads(found[0][0]) if found else None

    def newest(self, name: str) -> str | None:
        found = self._select("SELECT arn FROM machines WHERE name = ? ORDER BY version DESC LIMIT 1", name)
        return found[0][0] if found else None

    def machine_names(self) -> list[str]:
        return [row[0] for row in self._select("SELECT DISTINCT name FROM machines ORDER BY name")]

    def first_start(self, name: str) -> float:
        """When the first execution of a machine began; the epoch if there was none."""
        sql = "SELECT started FROM executions WHERE rtrim(machine, '0123456789') = ? ORDER BY id LIMIT 1"
        found = self._select(sql, _stem(name))
        return float(found[0][0]) if found else 0.0

    def executions(
        self, name: str, status: str | None, redriven: bool | None, before: int | None, most: int
    ) -> list[Listed]:
        """The newest first, those with ids below `before`."""
        sql = (
            "SELECT id, arn, name, machine, status, started, ended, redrives FROM executions"
            " WHERE rtrim(machine, '0123456789') = ? AND id < ?"
        )
        values: list[object] = [_stem(name), before or 1 << 62]
        if status is not None:
            sql, values = f"{sql} AND status = ?", [*values, status]
        if redriven is not None:
            sql += " AND redrives > 0" if redriven else " AND redrives = 0"
        return [Listed(*row) for row in self._select(f"{sql} ORDER BY id DESC LIMIT ?", *values, most)]

    def running(self, name: str) -> bool:
        return bool(self.executions(name, "RUNNING", None, None, 1))

    def redriven(self, arn: str) -> float | None:
        """When it was redriven last."""
        mark = codec.input_mark("Redriven")
        sql = (
            "SELECT input FROM journal WHERE execution = ? AND substr(input, 1, ?) = ? ORDER BY seq DESC LIMIT 1"
        )  # fmt: skip
        found = self._select(sql, self._id(arn), len(mark), mark)
        return float(orjson.loads(found[0][0])["at"]) if found else None


def _stem(name: str) -> str:
    """How the ARNs of all versions of a machine begin: what the index has."""
    return names.machine_arn(name, 0)[:-1]
