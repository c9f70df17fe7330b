"""The year in a screenful of text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from counted import counted

from bunsui import task

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WIDTH = 34


@counted
def text(
    count: int, calendar: dict[str, Any], rankings: dict[str, Any], skies: list[list[Any]], ages: list[list[Any]]
) -> dict[str, Any]:
    """A text file, which `bunsui demo` shows."""
    cancelled = sum(row[2] for row in calendar["months"])
    lines = [
        f"{count:,} flights were to leave New York in 2013; {cancelled:,} never did.",
        "",
        "Mean delay at departure, in minutes",
        *_chart([[MONTHS[month - 1], mean] for month, _, _, mean in calendar["months"]]),
        "",
        *_facts(calendar, rankings, skies, ages),
    ]
    with task.output_file("summary.txt") as file:
        Path(file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {"summary": file}


def _chart(rows: list[list[Any]]) -> list[str]:
    most = max(value for _, value in rows)
    return [f"  {name}  {'█' * max(1, round(WIDTH * value / most)):<{WIDTH}} {value:>5.1f}" for name, value in rows]


def _facts(
    calendar: dict[str, Any], rankings: dict[str, Any], skies: list[list[Any]], ages: list[list[Any]]
) -> list[str]:
    worst, best = rankings["airlines"][0], rankings["airlines"][-1]
    origin, place, day = rankings["origins"][0], rankings["destinations"][0], calendar["worst_days"][0]
    hours = sorted(calendar["hours"], key=lambda row: row[3])
    (early_hour, *_, least), (late_hour, *_, most) = hours[0], hours[-1]
    sky, dry = skies[0], next(row for row in skies if row[0] == "dry")
    late, early = max(ages, key=lambda row: row[3]), min(ages, key=lambda row: row[3])
    return [
        f"  airline   {worst[0]}, {worst[3]:.1f} minutes late on average; best: {best[0]}, {best[3]:.1f}",
        f"  airport   {origin[0]}, {origin[3]:.1f} minutes; most of all to {place[0]}, {place[3]:.1f}",
        f"  hour      leave at {early_hour} o'clock ({least:.1f} minutes), not at {late_hour} ({most:.1f})",
        f"  day       {day[0]}: {day[3]:.1f} minutes, {day[2]} of {day[1]} cancelled",
        f"  weather   {sky[0]}: {sky[2]:.1f} minutes, {sky[3]:.1f} % cancelled; dry: {dry[2]:.1f}, {dry[3]:.1f} %",
        f"  aircraft  {late[0]} of age: {late[3]:.1f} minutes late at arrival; {early[0]}: {early[3]:.1f}",
    ]
