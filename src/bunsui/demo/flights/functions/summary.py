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
    dry = next(row for row in skies if row[0] == "dry")
    late, early = max(ages, key=lambda row: row[3]), min(ages, key=lambda row: row[3])
    return [
        f"  airline   {worst[0]}, {worst[3]} minutes late on average; best: {best[0]}, {best[3]}",
        f"  airport   {origin[0]}, {origin[3]} minutes; most of all to {place[0]}, {place[3]}",
        f"  hour      leave at {hours[0][0]} o'clock ({hours[0][3]} minutes), not at {hours[-1][0]} ({hours[-1][3]})",
        f"  day       {day[0]}: {day[3]} minutes, {day[2]} of {day[1]} cancelled",
        f"  weather   {skies[0][0]}: {skies[0][2]} minutes and {skies[0][3]} % cancelled; dry: {dry[2]} and {dry[3]} %",
        f"  aircraft  {late[0]} of age: {late[3]} minutes late at arrival; {early[0]}: {early[3]}",
    ]
