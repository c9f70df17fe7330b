"""The report as one HTML file, with nothing to fetch. A program: its input is a file, and so is its output."""

from __future__ import annotations

import json
import os
from html import escape
from pathlib import Path
from typing import Any

from counted import counted

from bunsui import task

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
STYLE = """
:root { color-scheme: light dark; --ink: #1c2733; --paper: #fbfaf7; --bar: #2b6cb0; --soft: #d8dee6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ef; --paper: #14191f; --bar: #63a4e6; --soft: #2c3540; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
       max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { line-height: 1.15; } h2 { margin-top: 2.2rem; font-size: 1.1rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
td { padding: .15rem .6rem .15rem 0; border-bottom: 1px solid var(--soft); } td + td { text-align: right; }
svg { width: 100%; height: auto; } rect { fill: var(--bar); } text { fill: var(--ink); font-size: 9px; }
svg.year rect { fill: var(--bar); }
"""


def page(data: dict[str, Any]) -> str:
    calendar, rankings = data["calendar"], data["rankings"]
    parts = [
        "<h1>New York, 2013: who was late, when, and why</h1>",
        f"<p>{data['count']:,} departures from EWR, JFK and LGA.</p>",
        _section("Every day of the year", _year(calendar["days"])),
        _section(
            "Mean delay by month, minutes", _bars([[MONTHS[m - 1], mean] for m, _, _, mean in calendar["months"]])
        ),
        _section("Mean delay by hour of departure", _bars([[f"{h}h", mean] for h, _, _, mean in calendar["hours"]])),
        _section(
            "Airlines, worst first", _table([[n, f"{c:,}", f"{m:.1f} min"] for n, c, _, m in rankings["airlines"]])
        ),
        _section(
            "Destinations, worst ten",
            _table([[n, f"{c:,}", f"{m:.1f} min"] for n, c, _, m in rankings["destinations"][:10]]),
        ),
        _section(
            "Weather", _table([[s, f"{c:,}", f"{m:.1f} min", f"{x:.1f} % cancelled"] for s, c, m, x in data["skies"]])
        ),
        _section(
            "Age of the aircraft", _table([[a, f"{p:,} aircraft", f"{m:.1f} min"] for a, p, _, m in data["ages"]])
        ),
    ]
    head = f'<meta charset="utf-8"><title>Flights of New York, 2013</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def _section(title: str, body: str) -> str:
    return f"<h2>{escape(title)}</h2>{body}"


def _table(rows: list[list[Any]]) -> str:
    return (
        "<table>"
        + "".join(f"<tr>{''.join(f'<td>{escape(str(c))}</td>' for c in row)}</tr>" for row in rows)
        + "</table>"
    )


def _bars(rows: list[list[Any]]) -> str:
    width, top = 460 / len(rows), max(value for _, value in rows)
    bars = [
        f'<rect x="{i * width + 2:.1f}" y="{100 - 90 * max(0, v) / top:.1f}" width="{width - 4:.1f}" '
        f'height="{90 * max(0, v) / top:.1f}"><title>{escape(str(name))}: {v} min</title></rect>'
        f'<text x="{i * width + width / 2:.1f}" y="112" text-anchor="middle">{escape(str(name))}</text>'
        for i, (name, v) in enumerate(rows)
    ]
    return f'<svg viewBox="0 0 460 116" role="img">{"".join(bars)}</svg>'


def _year(days: list[list[Any]]) -> str:
    """A square a day, one row a month; the darker, the later."""
    worst = max(mean for *_, mean in days)
    squares = [
        f'<rect x="{30 + 13.8 * (int(day[8:]) - 1):.1f}" y="{14 * (int(day[5:7]) - 1)}" width="12" height="12" rx="2" '
        f'opacity="{0.08 + 0.92 * max(0.0, mean) / worst:.2f}"><title>{day}: {mean} min, {c} cancelled</title></rect>'
        for day, _, c, mean in days
    ]
    labels = [f'<text x="0" y="{14 * i + 10}">{name}</text>' for i, name in enumerate(MONTHS)]
    return f'<svg class="year" viewBox="0 0 460 170" role="img">{"".join(labels + squares)}</svg>'


@counted
def main() -> None:
    data = json.loads(Path(os.environ["BUNSUI_INPUT"]).read_text(encoding="utf-8"))
    with task.output_file("report.html") as file:
        Path(file).write_text(page(data), encoding="utf-8")
    print(f"report.html: {file['bytes']:,} bytes")
    Path(os.environ["BUNSUI_OUTPUT"]).write_text(json.dumps({"report": file}), encoding="utf-8")


if __name__ == "__main__":
    main()
