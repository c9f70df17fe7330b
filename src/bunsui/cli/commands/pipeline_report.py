"""`bunsui pipeline report`: how a pipeline fares over its sessions."""

from __future__ import annotations

import webbrowser
from collections.abc import Iterator, Sequence

import click

from bunsui.analysis.trends import Durations, OperationTrend, Past, PipelineTrend
from bunsui.cli import ending
from bunsui.cli.opening import workspace
from bunsui.cli.options import context_option, output_option
from bunsui.cli.output import Output
from bunsui.cli.writing import write_whole
from bunsui.model.json import Json
from bunsui.text import escape, width, words
from bunsui.text.body import plain
from bunsui.text.style import Style
from bunsui.text.table import Column, table

_BARS = "▁▂▃▄▅▆▇█"
_MOST_BARS = 40
_MOST = 3


@click.command("report")
@click.argument("name", metavar="NAME")
@click.option("--limit", "-n", type=click.IntRange(1, 1000), default=50, show_default=True, help="Of so many sessions.")
@click.option("--html", is_flag=True, help="Write it as one HTML file.")
@click.option("--open", "show", is_flag=True, help="Open that file in the browser.")
@click.option("--to", "target", metavar="FILE", help="Write that file there, too.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@context_option
@output_option
@click.pass_obj
def report(out: Output, name: str, limit: int, html: bool, show: bool, target: str | None, force: bool) -> None:
    """Tell how a pipeline fares: durations, success rate, slowest and flakiest operations.

    It looks at the latest sessions of the pipeline that have ended.
    """
    address = ""
    with workspace() as opened:
        found = opened.pipeline_reports.read(name, limit)
        if html or show or target:
            address, body = opened.pipeline_reports.generate(found)
            address = write_whole(target, body, force=force) if target else address
    if show:
        webbrowser.open(address)
    if out.json:
        out.value({**_body(found), "report": address or None})
        return
    out.lines(_lines(found, out.width if out.out.isatty() else None, out.style))
    if address:
        out.data(f"\n{out.style.bold('report')}  {ending.place(address)}")


def _body(found: PipelineTrend) -> dict[str, Json]:
    body = plain(found)
    assert isinstance(body, dict)
    return {
        **body,
        "success_rate": found.success_rate,
        "flakiest": _names(found.flakiest),
        "broken": _names(found.broken),
    }


def _names(operations: Sequence[OperationTrend]) -> list[Json]:
    return [one.name for one in operations]


def _lines(found: PipelineTrend, columns: int | None, style: Style) -> Iterator[str]:
    rate = found.success_rate
    judged = "none was judged" if rate is None else f"{rate:.0%} completed"
    again = f", {found.recovered} after a recovery" if found.recovered else ""
    yield f"{style.bold(escape.line(found.pipeline))}  {words.counted(len(found.sessions), 'session')}, {judged}{again}"
    if found.durations:
        yield f"{style.dim('takes')}   {_span(found.durations)}"
    if style.unicode:
        yield f"{style.dim('lately')}  {''.join(_bars(found, style))} {style.dim('the newest on the right')}"
    yield ""
    yield from table(_COLUMNS, [_row(one) for one in found.operations], style, columns)
    yield from _listed("flakiest", found.flakiest[:_MOST], style)
    yield from _listed("never succeeds", found.broken[:_MOST], style)


def _listed(title: str, operations: Sequence[OperationTrend], style: Style) -> Iterator[str]:
    if not operations:
        return
    yield ""
    yield style.bold(title)
    names = [escape.line(one.name) for one in operations]
    wide = max(map(width.columns, names))
    for name, one in zip(names, operations, strict=True):
        yield f"  {width.pad(name, wide)}  {_flaky(one)}"


def _span(found: Durations) -> str:
    least, most, latest = (words.duration(each) for each in (found.fastest, found.slowest, found.latest))
    usual = f"{words.duration(found.typical)} typically, nine of ten within {words.duration(found.nearly)}"
    return f"{usual} ({least} to {most}, the latest {latest})"


def _bars(found: PipelineTrend, style: Style) -> Iterator[str]:
    shown = list(reversed(found.sessions[:_MOST_BARS]))
    most = max((one.seconds for one in shown if one.seconds), default=0.0) or 1.0
    for one in shown:
        yield style.status(one.status, _bar(one, most))


def _bar(one: Past, most: float) -> str:
    if one.status != "COMPLETED":
        return "✘" if one.status != "CANCELLED" else "■"
    return _BARS[min(int((one.seconds or most) / most * len(_BARS)), len(_BARS) - 1)]


_COLUMNS = [
    Column("OPERATION", cut=True),
    Column("SESSIONS", right=True),
    Column("TYPICALLY", right=True),
    Column("9 OF 10", right=True),
    Column("SLOWEST", right=True),
    Column("SHARE", right=True),
    Column("FAILED", right=True, paint=lambda text: "red" if text.strip() else ""),
    Column("TRIED AGAIN", right=True, paint=lambda text: "yellow" if text.strip() else ""),
]


def _row(one: OperationTrend) -> list[str]:
    took = one.durations
    times = [words.duration(each) for each in (took.typical, took.nearly, took.slowest)] if took else ["", "", ""]
    share = f"{one.share:.0%}" if took else ""
    return [escape.line(one.name), str(one.sessions), *times, share, str(one.failed or ""), str(one.again or "")]


def _flaky(one: OperationTrend) -> str:
    parts = [f"failed in {one.failed}"] if one.failed else []
    parts += [f"tried again in {one.again}"] if one.again else []
    return f"{' and '.join(parts)} of {words.counted(one.sessions, 'session')}"
