"""Codes and what they stand for."""

from __future__ import annotations

import csv
import io

import archive
from counted import counted


@counted
def handler(event: dict[str, archive.Source]) -> dict[str, object]:
    """A Lambda handler: it gets one event."""
    return {
        "airlines": _pairs(event["source"], "airlines.csv", "carrier"),
        "airports": _pairs(event["source"], "airports.csv", "faa"),
    }


def _pairs(source: archive.Source, table: str, code: str) -> dict[str, str]:
    text = archive.table(source, table).decode()
    return {row[code]: row["name"] for row in csv.DictReader(io.StringIO(text))}
