"""The aircraft registry, and whether old aircraft are late ones."""

from __future__ import annotations

import csv
import io

import archive
from counted import counted

from bunsui import task

PAGE = 1000
AGES = ((5, "up to 5 years"), (10, "6 to 10 years"), (15, "11 to 15 years"), (25, "16 to 25 years"), (99, "older"))


class RegistryHungUp(Exception):
    """Staged, once in a session: it shows a retry that goes on where the first try had saved its position."""


@counted
def registry(source: archive.Source) -> dict[str, object]:
    """Reads in pages and saves its position after each, as one does with a slow service."""
    rows = list(csv.DictReader(io.StringIO(archive.table(source, "planes.csv").decode())))
    saved = task.saved()
    built = dict(saved["built"]) if saved else {}
    if saved:
        print(f"going on after row {saved['next']:,}: the first try had saved its position")
    for first in range(saved["next"] if saved else 0, len(rows), PAGE):
        page = rows[first : first + PAGE]
        built.update({row["tailnum"]: int(row["year"]) for row in page if row["year"] != "NA"})
        task.save({"next": first + PAGE, "built": built})
        task.progress(min(first + PAGE, len(rows)), len(rows), "aircraft")
        if not saved:
            raise RegistryHungUp(f"the registry hung up after row {first + PAGE:,} (staged: it shows a retry)")
    return {"built": built}


@counted
def ages(built: dict[str, int], aircraft: dict[str, list[int]]) -> dict[str, object]:
    """Mean delay at arrival by the age of the aircraft; without those that the registry does not know."""
    tally = {name: [0, 0, 0] for _, name in AGES}
    for tail, (flights, delay) in aircraft.items():
        if tail in built:
            name = next(name for limit, name in AGES if 2013 - built[tail] <= limit)
            tally[name] = [tally[name][0] + 1, tally[name][1] + flights, tally[name][2] + delay]
    return {"ages": [[name, planes, n, round(delay / n, 1)] for name, (planes, n, delay) in tally.items() if n]}
