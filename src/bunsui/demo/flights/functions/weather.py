"""What the sky was like, hour by hour, and how late flights left in it."""

from __future__ import annotations

import csv
import io

import archive
from counted import counted

from bunsui import task

SKIES = ("dry", "rain", "heavy rain", "snow", "fog", "gale")


@counted
def hours(source: archive.Source) -> dict[str, object]:
    """For each airport, the sky at each hour that was not simply dry."""
    skies: dict[str, dict[str, str]] = {}
    unreadable = 0
    for row in csv.DictReader(io.StringIO(archive.table(source, "weather.csv").decode())):
        try:
            sky = _sky(row)
        except ValueError:
            unreadable += 1
            continue
        if sky != "dry":
            skies.setdefault(row["origin"], {})[row["time_hour"]] = sky
    if unreadable:
        task.log(f"{unreadable} hours without a usable reading count as dry", "WARNING")
    return dict(skies)


@counted
def effect(event: dict[str, object]) -> dict[str, object]:
    """The join, for one airport: departures and their delay under each sky. A Lambda handler: it gets one event."""
    skies: dict[str, str] = event["skies"]  # type: ignore[assignment]  # as flights.yaml hands it
    tally = {sky: [0, 0, 0] for sky in SKIES}
    for line in str(event["departures"]).split("\n"):
        time, delay = line.split(",")
        seen = tally[skies.get(time, "dry")]
        seen[0] += 1
        if delay == "NA":
            seen[2] += 1
        else:
            seen[1] += int(delay)
    print(f"{event['airport']}: " + ", ".join(f"{sky} {seen[0]:,}" for sky, seen in tally.items() if seen[0]))
    return {"airport": event["airport"], "skies": tally}


@counted
def storms(airports: list[dict[str, dict[str, list[int]]]]) -> dict[str, object]:
    """All airports together: mean delay and share cancelled under each sky, worst first."""
    rows: list[tuple[str, int, float, float]] = []
    for sky in SKIES:
        count, delay, cancelled = (sum(airport["skies"][sky][column] for airport in airports) for column in range(3))
        if count > cancelled:
            rows.append((sky, count, round(delay / (count - cancelled), 1), round(100 * cancelled / count, 1)))
    return {"skies": sorted(rows, key=lambda row: -row[2])}


def _sky(row: dict[str, str]) -> str:
    rain, visibility, wind = float(row["precip"]), float(row["visib"]), float(row["wind_speed"])
    if rain > 0 and float(row["temp"]) <= 32:
        return "snow"
    if rain > 0:
        return "heavy rain" if rain >= 0.1 else "rain"
    if visibility < 2:
        return "fog"
    return "gale" if wind >= 25 else "dry"
