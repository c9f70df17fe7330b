"""One month of departures, counted every way the report needs; and the twelve put together."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from counted import counted

from bunsui import task

# A tally is [departures, of these cancelled, minutes late in all].
WAYS = ("day", "hour", "carrier", "origin", "dest")


@counted
def summarise(event: dict[str, Any]) -> dict[str, Any]:
    """A Lambda handler for one item of a fan-out: tallies by day, hour, carrier, origin and destination."""
    tallies: dict[str, dict[str, list[int]]] = {way: defaultdict(lambda: [0, 0, 0]) for way in WAYS}
    lines = event["departures"].split("\n")
    for line in lines:
        *keys, delay = line.split(",")
        cancelled = delay == "NA"
        minutes = 0 if cancelled else int(delay)
        for way, key in zip(WAYS, keys):
            tally = tallies[way][key]
            tally[0] += 1
            tally[1] += cancelled
            tally[2] += minutes
    print(f"month {event['month']}: {len(lines):,} departures")
    return {"month": event["month"], "tallies": {way: dict(found) for way, found in tallies.items()}}


@counted
def rankings(months: list[dict[str, Any]], airlines: dict[str, str], airports: dict[str, str]) -> dict[str, Any]:
    """Airlines and destinations by mean delay, worst first; airports of departure too. Small ones are left out."""
    ranked = {
        "airlines": _ranked(_merged(months, "carrier"), airlines, 500),
        "origins": _ranked(_merged(months, "origin"), airports, 1),
        "destinations": _ranked(_merged(months, "dest"), airports, 365),
    }
    for name, rows in ranked.items():
        lines = ["name,departures,cancelled,mean_delay", *(f'"{n}",{c},{x},{m}' for n, c, x, m in rows)]
        with task.output_file(f"{name}.csv") as file:
            Path(file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ranked


@counted
def calendar(months: list[dict[str, Any]]) -> dict[str, Any]:
    """When it is bad: by month, by hour, and the worst days of the year."""
    by_month = [[month["month"], *_row(_total(month["tallies"]["day"]))] for month in months]
    by_hour = [[int(hour), *_row(tally)] for hour, tally in _merged(months, "hour").items()]
    days = [
        [f"2013-{month['month']:02d}-{int(day):02d}", *_row(tally)]
        for month in months
        for day, tally in month["tallies"]["day"].items()
    ]
    return {
        "months": by_month,
        "hours": sorted(row for row in by_hour if row[1] >= 100),
        "days": sorted(days),
        "worst_days": sorted(days, key=lambda row: -row[3])[:5],
        "worst_month": max(row[3] for row in by_month),
    }


def _merged(months: list[dict[str, Any]], way: str) -> dict[str, list[int]]:
    merged: dict[str, list[int]] = {}
    for month in months:
        for key, tally in month["tallies"][way].items():
            merged[key] = [a + b for a, b in zip(merged.get(key, [0, 0, 0]), tally)]
    return merged


def _ranked(tallies: dict[str, list[int]], names: dict[str, str], least: int) -> list[list[Any]]:
    rows = [[names.get(key, key), *_row(tally)] for key, tally in tallies.items() if tally[0] >= least]
    return sorted(rows, key=lambda row: -row[3])


def _total(tallies: dict[str, list[int]]) -> list[int]:
    return [sum(column) for column in zip(*tallies.values())]


def _row(tally: list[int]) -> list[Any]:
    count, cancelled, minutes = tally
    return [count, cancelled, round(minutes / max(1, count - cancelled), 1)]
