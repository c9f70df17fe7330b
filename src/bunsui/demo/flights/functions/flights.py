"""All departures of the year, cut into what each later operation needs: by month, by airport, by aircraft."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from operator import itemgetter

import archive
from counted import counted

from bunsui import task

TOTAL = 336_776
COLUMNS = ("month", "day", "hour", "time_hour", "carrier", "origin", "dest", "tailnum", "dep_delay", "arr_delay")


@counted
def split(source: archive.Source) -> dict[str, object]:
    """Fields ``m1`` to ``m12`` are CSV texts of a month, ``EWR``, ``JFK`` and ``LGA`` those of an airport.

    They are large, so they travel as references: each consumer fetches only its own.
    """
    months: dict[str, list[str]] = defaultdict(list)
    airports: dict[str, list[str]] = defaultdict(list)
    aircraft: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    count = 0
    for month, day, hour, time, carrier, origin, dest, tail, left, arrived in _departures(source):
        months[month].append(f"{day},{hour},{carrier},{origin},{dest},{left}")
        airports[origin].append(f"{time},{left}")
        if arrived != "NA":
            tally = aircraft[tail]
            tally[0] += 1
            tally[1] += int(arrived)
        count += 1
        if count % 20_000 == 0:
            task.progress(count, TOTAL, f"{month}/2013")
    print(f"{count:,} departures in {len(months)} months from {', '.join(sorted(airports))}")
    return {
        "count": count,
        "months": sorted(map(int, months)),
        "airports": sorted(airports),
        "aircraft": dict(aircraft),
        **{f"m{month}": "\n".join(lines) for month, lines in months.items()},
        **{airport: "\n".join(lines) for airport, lines in airports.items()},
    }


def _departures(source: archive.Source) -> Iterator[tuple[str, ...]]:
    zipped = zipfile.ZipFile(io.BytesIO(archive.table(source, "flights.csv.zip")))
    with zipped, zipped.open(zipped.namelist()[0]) as stream:
        rows = csv.reader(io.TextIOWrapper(stream, "utf-8", newline=""))
        header = next(rows)
        yield from map(itemgetter(*map(header.index, COLUMNS)), rows)
